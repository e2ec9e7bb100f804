from __future__ import annotations

import re

import pytest
from django.test import override_settings

from accounts.enums import Action
from accounts.models import Account, AuditEntry, Member
from events.credentials import SessionCookie
from tests import factories


@pytest.fixture
def second(ada, account) -> Account:
    return factories.make_account(owner=ada, name="Ada plays chess")


@pytest.fixture
def theirs(ada, cleo) -> Account:
    """Cleo's account, in which Ada moderates."""
    account = Account.objects.get(name="Cleo plays")
    factories.make_member(account=account, user=ada)
    return account


def switch(client, account: Account):
    return client.post(f"/account/accounts/{account.pk}/switch")


def shown(client) -> str:
    """The account that the sidebar names."""
    page = client.get("/dashboard").content.decode()
    return re.search(r'<span class="person__text">\s*<strong title="([^"]*)"', page)[1]


def test_the_menu_offers_the_other_accounts_with_ones_role(ada_client, account, second, theirs):
    page = ada_client.get("/dashboard").content.decode()

    menu = page[page.index('class="person__menu"') : page.index("</details>")]
    assert re.findall(r"<strong[^>]*>([^<]*)</strong><span>([^<]*)</span>", menu) == [
        ("Ada plays chess", "Owner"),
        ("Cleo plays", "Moderator"),
    ]


def test_switching_leads_to_the_dashboard_of_the_other_and_stays(ada_client, account, theirs):
    assert shown(ada_client) == "Ada live"

    response = switch(ada_client, theirs)

    assert (response.status_code, response["Location"]) == (302, "/dashboard")
    assert shown(ada_client) == "Cleo plays"
    assert ada_client.get("/dashboard/account").status_code == 403
    assert not AuditEntry.objects.filter(action=Action.ACCOUNT_CHANGED).exists()


def test_another_browser_stays_where_it_is(ada_client, ada, client, account, theirs):
    client.force_login(ada)

    switch(ada_client, theirs)

    assert shown(client) == "Ada live"


def test_an_open_socket_keeps_to_the_account_of_its_page(ada_client, account, theirs):
    cookie = SessionCookie(ada_client.session.session_key)
    opened = cookie.within(cookie.actor().account.pk)

    switch(ada_client, theirs)

    assert cookie.actor().account == theirs
    assert opened.actor().account == account


def test_a_strangers_account_is_not_there(ada_client, account, cleo):
    response = switch(ada_client, Account.objects.get(name="Cleo plays"))

    assert response.status_code == 404
    assert shown(ada_client) == "Ada live"


def test_a_form_of_the_account_before_is_refused_with_a_sentence(ada_client, account, second):
    switch(ada_client, second)

    response = ada_client.post("/dashboard/account", {"account": account.pk, "name": "Mixed up"})

    assert response.status_code == 409
    assert "opened for another account" in response.content.decode()
    assert set(Account.objects.values_list("name", flat=True)) == {"Ada live", "Ada plays chess"}


def test_who_loses_the_account_falls_to_another_and_is_told_once(ada_client, ada, account, theirs):
    switch(ada_client, theirs)
    Member.objects.get(account=theirs, user=ada).delete()

    first, again = (ada_client.get("/dashboard").content.decode() for _ in range(2))

    assert "You are no longer a member of the account you worked in. This is Ada live." in first
    assert "no longer a member" not in again


def test_a_member_of_none_is_told_and_may_open_one(ada_client, ada, account):
    Member.objects.filter(user=ada).delete()

    page = ada_client.get("/dashboard")
    made = ada_client.post("/account/accounts/new", {"name": "Fresh start"})

    assert page.status_code == 403
    assert "You are not a member of any account." in page.content.decode()
    assert 'href="/account/accounts/new"' in page.content.decode()
    assert (made.status_code, made["Location"]) == (302, "/dashboard")
    assert shown(ada_client) == "Fresh start"


def test_a_member_of_none_still_has_the_switch_of_the_shield(ada_client, ada, account):
    Member.objects.filter(user=ada).delete()

    assert ada_client.post("/account/streamer-mode", {"mode": "on"}).status_code == 302
    ada.refresh_from_db()
    assert ada.streamer_mode == "on"


class TestNew:
    def test_it_is_owned_entered_and_noted(self, ada_client, ada, account):
        ada_client.post("/account/accounts/new", {"name": "Second channel"})

        made = Account.objects.get(name="Second channel")
        assert Member.objects.get(account=made, user=ada).role.is_owner
        assert shown(ada_client) == "Second channel"
        assert AuditEntry.objects.get(account=made).action == Action.ACCOUNT_CREATED

    @override_settings(LUMIO_ACCOUNTS_PER_PERSON=2)
    def test_as_many_as_the_operator_allows(self, ada_client, ada, account, theirs):
        answers = [ada_client.post("/account/accounts/new", {"name": f"Nr {n}"}).status_code for n in range(2)]

        assert answers == [302, 422]
        assert Member.objects.filter(user=ada, role__slug="owner").count() == 2

    @override_settings(LUMIO_ACCOUNTS_PER_PERSON=0)
    def test_none_where_the_operator_allows_none(self, ada_client, account):
        page = ada_client.get("/account/accounts/new").content.decode()

        assert "Ask them for more" in page
        assert "Create account" not in page
        assert 'href="/account/accounts/new"' not in ada_client.get("/account/accounts").content.decode()

    @pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
    def test_bad_names_are_met_with_words(self, ada_client, account, name):
        assert ada_client.post("/account/accounts/new", {"name": name}).status_code == 422
        assert Account.objects.count() == 1


class TestMany:
    @pytest.fixture
    def many(self, ada, account) -> None:
        for number in range(200):
            factories.make_member(account=factories.make_account(name=f"Team {number:03}"), user=ada)

    def test_200_accounts_stay_usable(self, ada_client, many, django_assert_max_num_queries):
        ada_client.get("/dashboard")
        with django_assert_max_num_queries(12):
            page = ada_client.get("/dashboard").content.decode()

        assert page.count("/switch") == 6
        assert "All 201 accounts" in page
        assert ada_client.get("/account/accounts").content.decode().count("/switch") - 6 == 200

    def test_one_is_found_by_a_part_of_its_name(self, ada_client, many):
        page = ada_client.get("/account/accounts?q=TEAM 04").content.decode()

        main = page[page.index('id="main"') :]
        assert re.findall(r"<strong>(Team \d+)</strong>", main) == [f"Team 04{n}" for n in range(10)]

    def test_a_search_that_finds_nothing_says_so(self, ada_client, many):
        assert "No account of that name" in ada_client.get("/account/accounts?q=<script>").content.decode()


class TestSettings:
    def test_name_and_time_zone_are_changed_and_noted(self, ada_client, account):
        response = ada_client.post(
            "/dashboard/account", {"account": account.pk, "name": "Ada goes live", "time_zone": "Europe/Berlin"}
        )

        assert (response.status_code, response["Location"]) == (302, "/dashboard/account")
        account.refresh_from_db()
        assert (account.name, account.time_zone) == ("Ada goes live", "Europe/Berlin")
        entry = AuditEntry.objects.get(action=Action.ACCOUNT_CHANGED)
        assert (entry.before, entry.after) == (
            {"name": "Ada live", "time_zone": ""},
            {"name": "Ada goes live", "time_zone": "Europe/Berlin"},
        )

    def test_saving_what_is_there_notes_nothing(self, ada_client, account):
        ada_client.post("/dashboard/account", {"name": "Ada live", "time_zone": ""})

        assert not AuditEntry.objects.filter(action=Action.ACCOUNT_CHANGED).exists()

    def test_reading_alone_changes_nothing(self, account, client):
        client.force_login(factories.make_member(account=account, permissions={"account:read"}).user)

        page = client.get("/dashboard/account")
        response = client.post("/dashboard/account", {"name": "Mine now"})

        assert 'name="name"' not in page.content.decode()
        assert response.status_code == 403
        account.refresh_from_db()
        assert account.name == "Ada live"

    def test_a_time_zone_nobody_knows_is_refused(self, ada_client, account):
        response = ada_client.post("/dashboard/account", {"name": "Ada live", "time_zone": "Mars/Olympus"})

        assert response.status_code == 422
        account.refresh_from_db()
        assert account.time_zone == ""
