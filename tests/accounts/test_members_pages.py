"""The Members page: what each person sees and may do there."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from accounts import member_views
from accounts.enums import ADMINISTRATOR, ALL, MODERATOR, VIEWER, Action
from accounts.models import Account, AuditEntry, Invitation, Member, User
from tests import factories, pages

MEMBERS = "/dashboard/members"


def words(response: Any) -> str:
    """What the main part of a page says, tags left out."""
    body = response.content.decode().partition('id="main"')[2].partition(">")[2]
    return pages.words(body)


def names(response: Any) -> list[str]:
    """Whom the roster lists, by the buttons to their details."""
    return re.findall(r'aria-label="Details of ([^"]*)"', response.content.decode())


def signed_in(user: User) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    return client


def seat_of(user: User) -> Member:
    return Member.objects.get(user=user)


class TestRoster:
    def test_it_lists_everybody_in_the_order_in_which_they_joined(self, ada_client, ben, cleo):
        page = ada_client.get(MEMBERS)

        assert names(page) == ["Ada", "Ben"]
        assert "ben@example.com" in page.content.decode()
        assert "cleo@example.com" not in page.content.decode()
        assert re.findall(r'tabs__count">(\d+)', page.content.decode()) == ["2", "0"]

    def test_an_owner_may_change_and_remove_all_but_themselves(self, ada_client, ada, ben):
        content = ada_client.get(MEMBERS).content.decode()

        assert f'action="/dashboard/members/{seat_of(ben).pk}/role"' in content
        assert f'action="/dashboard/members/{seat_of(ben).pk}/remove"' in content
        assert str(seat_of(ada).pk) + "/re" not in content
        assert str(seat_of(ada).pk) + "/role" not in content
        assert "/leave" not in content

    def test_whoever_may_only_look_finds_no_buttons_but_the_way_out(self, account, ben):
        looker = factories.make_member(account=account, permissions={"members:read"})

        content = signed_in(looker.user).get(MEMBERS).content.decode()

        main = content[content.index('id="main"') :]
        assert re.findall(r'action="([^"]*)"', main) == [f"/account/accounts/{account.pk}/leave"]
        assert "/dashboard/members/invite" not in main

    def test_who_is_above_the_actor_is_out_of_reach(self, account, ben):
        helper = factories.make_member(
            account=account, permissions=VIEWER.permissions | {"members:read", "members:edit"}
        )
        factories.make_member(account=account, role=VIEWER.slug, user=factories.make_user(name="Vera"))

        content = signed_in(helper.user).get(MEMBERS).content.decode()

        assert re.findall(r'for="role-[^"]*">([^<]*)<', content) == ["Role of Vera"]
        assert set(re.findall(r"<option[^>]*>([^<]*)<", content)) == {"Viewer", helper.role.name}

    def test_a_name_that_is_half_an_address_is_hidden_on_air(self, ada_client, account):
        factories.make_member(account=account, user=factories.make_user(email="secret.name@example.com"))

        content = ada_client.get(MEMBERS).content.decode()

        row = content[content.index('aria-label="Show: name"') :]
        assert row[: row.index("</span>")].endswith('<span class="private__value">secret.name')

    @pytest.mark.parametrize(
        ("q", "found"), [("BEN", ["Ben"]), ("ada@", ["Ada"]), ("nobody", []), ("\x00", ["Ada", "Ben"])]
    )
    def test_it_can_be_searched(self, ada_client, ben, q, found):
        page = ada_client.get(MEMBERS, {"q": q})

        assert page.status_code == 200
        assert names(page) == found

    def test_a_long_one_comes_in_pages(self, ada_client, account, monkeypatch):
        monkeypatch.setattr(member_views, "ROWS", 2)
        for number in range(4):
            factories.make_member(account=account, user=factories.make_user(name=f"Member {number}"))
        listed: list[str] = []
        address = MEMBERS

        while address:
            page = ada_client.get(address)
            listed += names(page)
            following = re.search(r'href="([^"]*after=[^"]*)"', page.content.decode())
            address = html.unescape(following[1]) if following else ""

        assert listed == ["Ada", "Member 0", "Member 1", "Member 2", "Member 3"]

    def test_a_made_up_cursor_is_met_with_words(self, ada_client, account):
        response = ada_client.get(MEMBERS, {"after": "nonsense"})

        assert response.status_code == 400
        assert "takes a cursor" in response.content.decode()

    def test_its_queries_do_not_grow_with_it(self, ada_client, ada_actor, account, django_assert_max_num_queries):
        for _ in range(20):
            helper = factories.make_actor(account=account, permissions=ALL)
            factories.make_invitation(actor=helper, role=VIEWER.slug)
            factories.make_token(actor=helper, permissions={"events:read"})
        ada_client.get(MEMBERS)

        with django_assert_max_num_queries(14):
            page = ada_client.get(MEMBERS)
        with django_assert_max_num_queries(11):
            ada_client.get(f"{MEMBERS}?tab=invitations")

        assert page.content.decode().count("1 open invitation ends") == 20
        assert page.content.decode().count("1 popout token opens nothing any more") == 20


class TestChanging:
    def test_a_role_is_changed_and_the_page_says_so(self, ada_client, ben, account):
        viewer = account.roles.get(slug=VIEWER.slug)

        response = ada_client.post(f"{MEMBERS}/{seat_of(ben).pk}/role", {"role": viewer.pk}, follow=True)

        assert seat_of(ben).role == viewer
        assert "Ben is now Viewer. It counts at once, on open pages too." in words(response)

    @pytest.mark.parametrize("role", ["", "made-up", "owner"])
    def test_no_other_role_is_given(self, ada_client, ben, account, role):
        sent = str(account.roles.get(slug="owner").pk) if role == "owner" else role

        response = ada_client.post(f"{MEMBERS}/{seat_of(ben).pk}/role", {"role": sent}, follow=True)

        assert seat_of(ben).role.slug == MODERATOR.slug
        assert "You cannot give this role to anybody" in words(response)

    def test_the_owner_stays_whoever_asks(self, account, ada):
        administrator = factories.make_member(account=account, role=ADMINISTRATOR.slug)
        client = signed_in(administrator.user)
        viewer = account.roles.get(slug=VIEWER.slug)

        changed = client.post(f"{MEMBERS}/{seat_of(ada).pk}/role", {"role": viewer.pk}, follow=True)
        removed = client.post(f"{MEMBERS}/{seat_of(ada).pk}/remove", follow=True)

        assert seat_of(ada).role.is_owner
        for page in (changed, removed):
            assert "The owner keeps their role and cannot be removed." in words(page)

    def test_removing_says_what_goes_and_counts_at_once(self, ada_client, ben_client, ben, account):
        asked = words(ada_client.get(MEMBERS))

        response = ada_client.post(f"{MEMBERS}/{seat_of(ben).pk}/remove", follow=True)

        assert "Remove this member?" in asked
        assert "Ben is no longer a member. Their open pages are closed." in words(response)
        assert not Member.objects.filter(user=ben).exists()
        gone = ben_client.get("/dashboard")
        assert gone.status_code == 403
        assert "You are not a member of any account." in gone.content.decode()

    def test_a_second_press_finds_nobody(self, ada_client, ben):
        address = f"{MEMBERS}/{seat_of(ben).pk}/remove"

        assert [ada_client.post(address).status_code for _ in range(2)] == [302, 404]
        assert AuditEntry.objects.filter(action=Action.MEMBER_REMOVED).count() == 1


class TestMember:
    def test_it_shows_one_and_how_to_change_them(self, ada_client, ben):
        page = ada_client.get(f"{MEMBERS}/{seat_of(ben).pk}")

        assert "Ben" in words(page)
        assert "ben@example.com" in words(page)
        assert f'action="/dashboard/members/{seat_of(ben).pk}/role"' in page.content.decode()

    def test_it_says_why_nothing_can_be_changed(self, account, ada):
        administrator = factories.make_member(account=account, role=ADMINISTRATOR.slug)
        less = factories.make_member(account=account, permissions={"members:read", "members:edit"})

        own = signed_in(administrator.user).get(f"{MEMBERS}/{administrator.pk}")
        owners = signed_in(administrator.user).get(f"{MEMBERS}/{seat_of(ada).pk}")
        above = signed_in(less.user).get(f"{MEMBERS}/{administrator.pk}")

        assert "Somebody else changes your role" in words(own)
        assert "The owner may do everything, keeps their role and cannot be removed." in words(owners)
        assert "Their role allows more than yours" in words(above)

    def test_whoever_is_switched_off_is_marked(self, ada_client, ben):
        User.objects.filter(pk=ben.pk).update(is_active=False)

        assert "Cannot sign in" in words(ada_client.get(MEMBERS))
        assert "Switched off by whoever runs this Lumio." in words(ada_client.get(f"{MEMBERS}/{seat_of(ben).pk}"))


class TestLeaving:
    def test_one_leaves_an_account_and_lands_in_another(self, ben_client, ben, account):
        own = factories.make_account(owner=ben, name="Ben plays")
        ben_client.post(f"/account/accounts/{account.pk}/switch")

        response = ben_client.post(f"/account/accounts/{account.pk}/leave", follow=True)

        assert [member.account for member in ben.memberships.all()] == [own]
        assert "You have left Ada live." in words(response)
        assert "no longer a member" not in words(response)
        entry = AuditEntry.objects.get(action=Action.MEMBER_LEFT)
        assert (entry.account, entry.actor_name, entry.before) == (account, "Ben", {"role": "moderator"})

    def test_whoever_has_no_other_account_is_told_what_to_do(self, ben_client, ben, account):
        response = ben_client.post(f"/account/accounts/{account.pk}/leave", follow=True)

        assert response.status_code == 403
        assert "You are not a member of any account." in response.content.decode()
        assert 'href="/account/accounts/new"' in response.content.decode()

    def test_an_owner_cannot(self, ada_client, ada, account):
        response = ada_client.post(f"/account/accounts/{account.pk}/leave", follow=True)

        assert seat_of(ada).account == account
        assert "You own this account, so you cannot leave it." in words(response)
        assert f"/account/accounts/{account.pk}/leave" not in ada_client.get("/account/accounts").content.decode()

    @pytest.mark.parametrize("page", ["/account/accounts", MEMBERS])
    def test_its_form_is_where_one_looks_for_it_and_can_be_sent(self, account, page):
        member = factories.make_member(account=account, permissions={"members:read"})
        client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
        client.force_login(member.user)
        address = f"/account/accounts/{account.pk}/leave"

        content = client.get(page).content.decode()
        [token] = re.findall(
            rf'action="{address}"><input type="hidden" name="csrfmiddlewaretoken" value="([^"]+)"', content
        )
        response = client.post(address, {"csrfmiddlewaretoken": token})

        assert response.status_code == 302
        assert not Member.objects.filter(pk=member.pk).exists()


class TestInviting:
    def make(self, client: Client, **fields: Any):
        account = Account.objects.get(name="Ada live")
        role = account.roles.get(slug=fields.pop("role", MODERATOR.slug))
        return client.post(
            f"{MEMBERS}/invite", {"role": role.pk, "lifetime": "7d", "max_uses": "1", "note": ""} | fields
        )

    def test_the_link_is_shown_once_with_a_qr_code(self, ada_client, account, client):
        response = self.make(ada_client, note="The night shift")

        [link] = re.findall(r'value="(http://localhost:8000/invite/[^"]+)"', response.content.decode())
        assert response["Cache-Control"] == "no-store"
        assert 'src="data:image/svg+xml;base64,' in response.content.decode()
        assert client.get(link.removeprefix("http://localhost:8000")).status_code == 200
        listed = ada_client.get(f"{MEMBERS}?tab=invitations").content.decode()
        assert link.rpartition("/")[2] not in listed
        assert "The night shift" in listed
        assert "0 of 1 joined" in listed

    def test_only_roles_that_one_holds_are_offered(self, account):
        inviter = factories.make_member(account=account, permissions=VIEWER.permissions | {"members:create"})

        content = signed_in(inviter.user).get(f"{MEMBERS}/invite").content.decode()

        roles = content[content.index('name="role"') : content.index("</select>")]
        assert re.findall(r"<option[^>]*>([^<]*)<", roles) == [inviter.role.name, "Viewer"]

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"max_uses": "0"}, "greater than or equal to 1"),
            ({"max_uses": "1001"}, "less than or equal to 1000"),
            ({"lifetime": "2 years"}, "Select a valid choice"),
            ({"note": "x" * 81}, "at most 80 characters"),
            ({"role": "owner"}, "Select a valid choice"),
        ],
    )
    def test_bad_input_is_met_with_words(self, ada_client, account, fields, said):
        response = self.make(ada_client, **fields)

        assert response.status_code == 422
        assert said in words(response)
        assert not Invitation.objects.exists()

    def test_without_a_number_as_many_may_join_as_come(self, ada_client, account):
        response = self.make(ada_client, max_uses="", lifetime="never")

        made = Invitation.objects.get()
        assert (made.max_uses, made.expires_at) == (None, None)
        assert "As many as have it may join" in words(response)

    def test_every_state_is_told(self, ada_client, ada_actor, account):
        helper = factories.make_actor(account=account, permissions=ALL)
        used, _ = factories.make_invitation(actor=ada_actor, note="used")
        over, _ = factories.make_invitation(actor=ada_actor, note="over")
        factories.make_invitation(actor=helper, note="lost")
        Invitation.objects.filter(pk=used.pk).update(uses=1)
        Invitation.objects.filter(pk=over.pk).update(expires_at="2026-01-01T00:00:00Z")
        Member.objects.filter(user=helper.user).delete()

        said = words(ada_client.get(f"{MEMBERS}?tab=invitations"))

        lost = said.index("Who made it may not give this role any more")
        assert lost < said.index("Has run out") < said.index("Used up")

    def test_withdrawing_ends_it(self, ada_client, ada_actor, account):
        invitation, _ = factories.make_invitation(actor=ada_actor)

        response = ada_client.post(f"{MEMBERS}/invitations/{invitation.pk}/withdraw", follow=True)

        assert not Invitation.objects.exists()
        assert "The invitation is withdrawn. Its link opens nothing any more." in words(response)
