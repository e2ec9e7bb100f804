"""What is noted of people: their names, their end, and what operators do to them."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.domain.accounts import instance_account
from accounts.enums import Action
from accounts.models import AuditEntry, User
from tests import factories
from tokens.domain.access import authenticate

PAGE = "/account/delete"


def lines(*actions: Action) -> list[tuple]:
    """Whose log, who, what, to whom."""
    found = AuditEntry.objects.filter(action__in=actions).select_related("account").order_by("pk")
    return [(line.account.name, line.actor_name, line.action, line.target_name) for line in found]


class TestNames:
    def test_another_name_is_noted_in_every_account(self, ada_client, ada, account):
        factories.make_member(account=factories.make_account(name="Elsewhere"), user=ada)

        ada_client.put("/v1/me", {"name": "Ada L."}, content_type="application/json")

        found = AuditEntry.objects.filter(action=Action.NAME_CHANGED)
        assert {line.account.name for line in found} == {"Ada live", "Elsewhere"}
        assert {(line.before["name"], line.after["name"], line.address) for line in found} == {
            ("Ada", "Ada L.", "127.0.0.1")
        }

    def test_what_is_of_no_consequence_is_not(self, ada_client, account):
        ada_client.put("/v1/me", {"name": "Ada", "language": "de"}, content_type="application/json")

        assert lines(Action.NAME_CHANGED) == []


class TestTheEnd:
    def fresh(self, email: str) -> Client:
        client = Client(HTTP_HOST="localhost")
        client.post("/account/login/", {"login": email, "password": factories.PASSWORD})
        client.post("/account/reauthenticate/", {"password": factories.PASSWORD})
        return client

    def test_everything_of_a_person_goes_and_the_log_keeps_the_name(self, ben, account):
        actor = factories.make_actor(account=account)
        token, secret = factories.make_token(actor=actor, permissions={"events:read"})
        type(token).objects.filter(pk=token.pk).update(creator=ben)
        client, other = self.fresh("ben@example.com"), self.fresh("ben@example.com")

        response = client.post(PAGE, follow=True)

        assert "Your sign-in is deleted." in response.content.decode()
        assert not User.objects.filter(email="ben@example.com").exists()
        assert not account.members.filter(user_id=ben.pk).exists()
        assert other.get("/dashboard").status_code == 302
        assert authenticate(secret.reveal(), "/popout/events") is None
        left, deleted = lines(Action.MEMBER_LEFT, Action.SIGN_IN_DELETED)
        assert (left[:3], deleted) == (
            ("Ada live", "Ben", "member.left"),
            ("Lumio", "Ben", "user.deleted", "Ben"),
        )
        assert lines(Action.SIGNED_IN)[0][:2] == ("Ada live", "Ben")

    def test_an_open_browser_alone_deletes_nobody(self, ben_client, ben):
        assert ben_client.post(PAGE)["Location"].startswith("/account/reauthenticate/")
        assert User.objects.filter(pk=ben.pk).exists()

    def test_whoever_owns_an_account_is_told_which(self, ada, account):
        response = self.fresh("ada@example.com").post(PAGE)

        assert response.status_code == 409
        assert "You own Ada live." in response.content.decode()
        assert User.objects.filter(pk=ada.pk).exists()
        assert account.members.filter(user=ada).exists()

    def test_an_operator_stays(self, ben):
        User.objects.filter(pk=ben.pk).update(is_staff=True)

        assert self.fresh("ben@example.com").post(PAGE).status_code == 409
        assert User.objects.filter(pk=ben.pk).exists()

    def test_somebody_without_an_account_can_go_too(self, db):
        user = factories.make_user(email="guest@example.com", password=factories.PASSWORD)

        self.fresh("guest@example.com").post(PAGE)

        assert not User.objects.filter(pk=user.pk).exists()


class TestOperators:
    @pytest.fixture
    def save(self, db):
        """Has an operator called Olga save somebody in Django admin."""
        client = Client(HTTP_HOST="localhost")
        client.force_login(factories.make_user(name="Olga", is_staff=True, is_superuser=True))

        def save(person: User, **changes: str) -> None:
            values = {"name": person.name, "hour_cycle": "auto", "row_times": "minutes", "is_active": "on"} | changes
            given = {name: value for name, value in values.items() if value}
            response = client.post(reverse("admin:accounts_user_change", args=[person.pk]), given)
            assert response.status_code == 302, response.content

        return save

    def test_who_switches_somebody_off_and_on_is_noted_in_their_accounts(self, save, ben):
        save(ben, is_active="")
        save(ben)

        assert lines(Action.SWITCHED_OFF, Action.SWITCHED_ON) == [
            (account, "Olga", action, "Ben")
            for action in ("user.switched_off", "user.switched_on")
            for account in (instance_account().name, "Ada live")
        ]
        assert {line.via_detail for line in AuditEntry.objects.filter(action=Action.SWITCHED_OFF)} == {"Django admin"}

    def test_who_makes_an_operator_is_noted_in_the_log_of_lumio(self, save, ben):
        save(ben, is_staff="on")
        save(ben)

        assert lines(Action.OPERATOR_MADE, Action.OPERATOR_UNMADE) == [
            ("Lumio", "Olga", "operator.made", "Ben"),
            ("Lumio", "Olga", "operator.unmade", "Ben"),
        ]

    def test_so_is_one_who_was_made_on_the_machine(self, db, monkeypatch):
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", factories.PASSWORD)

        call_command("createsuperuser", "--noinput", "--email", "olga@example.com", stdout=StringIO())

        assert lines(Action.OPERATOR_MADE) == [("Lumio", "Lumio", "operator.made", "olga")]

    def test_another_name_is_noted_too_and_nothing_else(self, save, ben):
        before = AuditEntry.objects.count()

        save(ben, name="Benjamin", language="de")

        assert {line[1:] for line in lines(Action.NAME_CHANGED)} == {("Olga", "user.name_changed", "Benjamin")}
        assert AuditEntry.objects.count() == before + 2
