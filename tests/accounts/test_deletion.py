from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts import tasks
from accounts.actor import PermissionRefused
from accounts.domain import deletion
from accounts.domain.accounts import instance_account
from accounts.domain.people import PersonNeeded
from accounts.enums import ALL, Action, Permission
from accounts.models import Account, AuditEntry
from connections.ingest import wanted_sources as wanted_channels
from connections.models import Connection
from events.domain import rights
from events.enums import Kind
from events.models import ChatLine, IngestSource, LiveHead
from integrations.domain import bridge
from integrations.ingest import wanted_sources as wanted_tips
from tests import factories
from tests.connections.conftest import credentials, grant, twitch  # noqa: F401  # fixtures
from tests.pages import signed_in
from tokens.domain.access import authenticate

PAGE = "/dashboard/account/delete"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(deletion, "PAUSE", 0)


def close(actor) -> None:
    deletion.close(actor=actor, confirm_name=actor.account.name)


def finish() -> int:
    """A run of the task, once every process has noticed."""
    with time_machine.travel(timezone.now() + deletion.NOTICED + timedelta(seconds=1)):
        return deletion.finish()


def rows_of(account_id) -> dict[str, int]:
    """What the database holds of an account, by model; without the models of which it holds nothing."""
    found = {}
    for model in apps.get_models():
        names = [field.name for field in model._meta.fields if field.related_model is Account]
        if names and (number := model._default_manager.filter(**{names[0]: account_id}).count()):
            found[model.__name__] = number
    return found


class TestClosing:
    def test_nobody_and_nothing_gets_in_from_then_on(self, account, ada_actor, ben_client, client):
        _, token = factories.make_token(actor=ada_actor, permissions={"events:read"})
        factories.make_credentials(account=account)
        factories.make_se_token(account=account)
        factories.make_connection(account=account)
        link, _ = factories.make_link(actor=ada_actor)
        rights.bump(account.pk)
        before = LiveHead.objects.get(account=account).access_epoch
        assert len(wanted_channels()) == len(wanted_tips()) == 1
        IngestSource.objects.create(account=account, key=wanted_channels()[0].key)

        close(ada_actor)

        assert authenticate(token.reveal(), "/popout/events") is None
        assert client.get(f"/popout/events?token={token.reveal()}").status_code == 401
        assert ben_client.get("/dashboard").status_code == 403
        assert not type(link).objects.with_rights().get().works
        assert (wanted_channels(), wanted_tips()) == ([], [])
        assert not IngestSource.objects.filter(account=account).exists()
        assert LiveHead.objects.get(account=account).access_epoch > before  # open sockets are asked again

    def test_it_is_noted_where_it_outlives_the_account(self, account, ada_actor, ben):
        close(ada_actor)
        finish()

        line = AuditEntry.objects.get(action=Action.ACCOUNT_DELETED)
        assert (line.account, line.actor_name, line.actor_id) == (instance_account(), "Ada", ada_actor.user.pk)
        assert (line.target_id, line.target_name) == (str(account.pk), "Ada live")
        assert line.before == {"name": "Ada live", "members": 2}

    def test_twice_is_once(self, account, ada_actor):
        close(ada_actor)
        close(ada_actor)

        assert AuditEntry.objects.filter(action=Action.ACCOUNT_DELETED).count() == 1

    def test_the_people_stay_and_so_do_their_other_accounts(self, ada, ada_actor, ada_client, ben_client):
        other = factories.make_account(owner=ada, name="Ada at work")

        close(ada_actor)
        finish()

        assert ada_client.get("/dashboard").context["actor"].account == other
        assert "not a member of any account" in ben_client.get("/dashboard").content.decode()

    @pytest.mark.parametrize("name", ["", "ada live", "Ada"])
    def test_another_name_deletes_nothing(self, account, ada_actor, name):
        with pytest.raises(deletion.NameDiffers):
            deletion.close(actor=ada_actor, confirm_name=name)

        account.refresh_from_db()
        assert (account.closed_at, account.members.count()) == (None, 1)
        assert not AuditEntry.objects.filter(action=Action.ACCOUNT_DELETED).exists()

    def test_it_takes_the_permission_and_a_person(self, account, ada_actor):
        administrator = factories.make_actor(account=account, permissions=ALL - {Permission.ACCOUNT_DELETE})
        _, secret = factories.make_token(actor=ada_actor, permissions={"account:read"})

        with pytest.raises(PermissionRefused):
            close(administrator)
        with pytest.raises(PersonNeeded):
            close(authenticate(secret.reveal(), "/v1/account"))

        assert account.members.count() == 2


class TestTheRest:
    @pytest.fixture
    def full(self, account, ada_actor, ben, kind) -> Account:
        factories.make_credentials(account=account)
        factories.make_connection(account=account)
        factories.make_se_token(account=account)
        factories.make_integration(account=account)
        bridge.address(account)
        factories.make_notification(account=account)
        factories.make_link(actor=ada_actor)
        factories.make_token(actor=ada_actor, permissions={"events:read"})
        factories.make_event(account=account)
        for _ in range(5):
            factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message="gg")
        return account

    def test_nothing_is_left_of_it_and_all_of_the_others(self, full, ada_actor, cleo):
        others = Account.objects.get(members__user=cleo)
        factories.make_event(account=others)
        before = rows_of(others.pk)
        assert len(rows_of(full.pk)) > 10

        close(ada_actor)
        gone = finish()

        assert gone == 1
        assert rows_of(full.pk) == {}
        assert not Account.objects.filter(pk=full.pk).exists()
        assert rows_of(others.pk) == before

    def test_nothing_is_deleted_before_every_process_has_noticed(self, full, ada_actor):
        close(ada_actor)

        assert deletion.finish() == 0
        assert ChatLine.objects.count() == 5

    def test_large_tables_go_a_few_rows_at_a_time(self, full, ada_actor, monkeypatch):
        monkeypatch.setattr(deletion, "BATCH", 2)
        close(ada_actor)
        sizes = []
        original = deletion.transaction.atomic

        def counted(*args, **kwargs):
            sizes.append(ChatLine.objects.count())
            return original(*args, **kwargs)

        monkeypatch.setattr(deletion.transaction, "atomic", counted)
        finish()

        assert list(dict.fromkeys(sizes)) == [5, 3, 1, 0]

    def test_a_run_that_is_cut_short_is_gone_on_with(self, full, ada_actor, monkeypatch):
        monkeypatch.setattr(deletion, "BATCH", 2)
        close(ada_actor)
        original = deletion._empty

        def dies(model, account, give_up):
            if model is AuditEntry:
                raise KeyboardInterrupt
            return original(model, account, give_up)

        monkeypatch.setattr(deletion, "_empty", dies)
        with pytest.raises(KeyboardInterrupt):
            finish()
        monkeypatch.setattr(deletion, "_empty", original)

        assert (ChatLine.objects.count(), Account.objects.filter(pk=full.pk).exists()) == (0, True)
        assert finish() == 1
        assert rows_of(full.pk) == {}

    def test_a_run_that_has_no_time_left_leaves_the_rest(self, full, ada_actor, monkeypatch):
        monkeypatch.setattr(deletion, "LONGEST", 0)
        close(ada_actor)

        assert finish() == 0
        assert Account.objects.filter(pk=full.pk).exists()

    def test_one_account_that_cannot_be_deleted_keeps_no_other_waiting(self, full, ada_actor, cleo_actor, monkeypatch):
        close(ada_actor)
        close(cleo_actor)

        def farewell(account):
            if account == full:
                raise PermissionError("its uploads")

        monkeypatch.setattr(deletion, "_farewells", [farewell])

        assert finish() == 1
        assert Account.objects.filter(pk=full.pk).exists()

    def test_the_worker_does_it(self, full, ada_actor):
        close(ada_actor)

        with time_machine.travel(timezone.now() + timedelta(minutes=1)):
            assert tasks.finish_deletions() == 1

    def test_sign_ins_are_handed_back(self, request, ada_actor):
        stand_in, hold = request.getfixturevalue("twitch"), request.getfixturevalue("grant")
        django_capture_on_commit_callbacks = request.getfixturevalue("django_capture_on_commit_callbacks")
        hold()
        assert stand_in.state.access_tokens
        close(ada_actor)

        with django_capture_on_commit_callbacks(execute=True):
            finish()

        assert not Connection.objects.exists()
        assert stand_in.state.access_tokens == {}

    def test_a_platform_that_does_not_answer_changes_nothing(self, request, ada_actor):
        stand_in, hold = request.getfixturevalue("twitch"), request.getfixturevalue("grant")
        django_capture_on_commit_callbacks = request.getfixturevalue("django_capture_on_commit_callbacks")
        hold()
        close(ada_actor)
        stand_in.stop()

        with django_capture_on_commit_callbacks(execute=True):
            assert finish() == 1

    def test_lines_of_an_account_that_is_open_are_still_kept_by_the_database(self, account, cleo_actor, ada_actor):
        close(ada_actor)

        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_auditentry WHERE account_id = %s", [db_id(account)])
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_auditentry WHERE account_id = %s", [db_id(cleo_actor.account)])


def db_id(account: Account) -> str:
    return Account._meta.pk.get_db_prep_value(account.pk, connection)


class TestDoors:
    def test_an_open_browser_alone_deletes_nothing(self, ada_client, account):
        query = 'mutation { deleteAccount(confirmName: "Ada live") { account { id } } }'

        by_page = ada_client.post(PAGE, {"account": str(account.pk), "confirm_name": "Ada live"})
        by_rest = ada_client.delete("/v1/account?confirm_name=Ada+live")
        by_graphql = ada_client.post("/v1/gql", {"query": query}, content_type="application/json").json()

        assert by_page["Location"].startswith("/account/reauthenticate/")
        assert (by_rest.status_code, by_rest.json()["code"]) == (403, "not_confirmed")
        assert by_graphql["errors"][0]["extensions"]["code"] == "not_confirmed"
        assert Account.objects.get(pk=account.pk).closed_at is None

    def test_the_page_says_what_goes_and_asks_for_the_name(self, fresh, account, ben):
        page = fresh.get(PAGE).content.decode()
        refused = fresh.post(PAGE, {"account": str(account.pk), "confirm_name": "ada live"})

        assert "1 other member loses the account, and you do." in page
        assert refused.status_code == 422
        assert "Type Ada live exactly as it stands there." in refused.content.decode()
        assert Account.objects.get(pk=account.pk).closed_at is None

    def test_the_page_deletes_and_leads_to_what_is_left(self, fresh, account):
        response = fresh.post(PAGE, {"account": str(account.pk), "confirm_name": " Ada live "}, follow=True)

        assert response.redirect_chain == [("/dashboard", 302)]
        assert "not a member of any account" in response.content.decode()
        assert Account.objects.get(pk=account.pk).closed_at is not None

    @pytest.mark.parametrize("door", ["rest", "graphql"])
    def test_so_do_the_apis(self, fresh, account, door):
        if door == "rest":
            refused = [fresh.delete(f"/v1/account{query}") for query in ("", "?confirm_name=ada+live")]
            response = fresh.delete("/v1/account?confirm_name=Ada+live")
            assert [answer.json()["code"] for answer in refused] == ["invalid", "name_differs"]
            assert ([answer.status_code for answer in refused], response.status_code) == ([400, 400], 204)
        else:
            query = 'mutation { deleteAccount(confirmName: "Ada live") { account { name } } }'
            answer = fresh.post("/v1/gql", {"query": query}, content_type="application/json").json()
            assert answer == {"data": {"deleteAccount": {"account": {"name": "Ada live"}}}}

        assert Account.objects.get(pk=account.pk).closed_at is not None
        assert fresh.get("/v1/account").json()["code"] == "no_account"

    def test_only_the_owner_is_offered_it(self, account):
        administrator = signed_in(factories.make_member(account=account, role="administrator").user)

        assert PAGE not in administrator.get("/dashboard/account").content.decode()
        assert administrator.get(PAGE).status_code == 403
