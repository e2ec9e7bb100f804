"""Hourly validation against the stand-in: what it finds, how often it asks, and that it asks once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.models import AuditEntry
from connections.domain import credentials as pairs
from connections.domain import grants, validation, vault
from connections.domain.channels import CardState
from connections.enums import GrantState
from connections.ingest import wanted_sources
from connections.models import Connection
from connections.platforms import PLATFORMS
from connections.platforms.failures import TokenRefused
from connections.platforms.twitch.scopes import SCOPES
from connections.tasks import validate_due
from tests import factories
from tests.connections.conftest import PAGE, as_stored, link

ALL = [scope.name for scope in SCOPES]


def asked(twitch) -> int:
    return len(twitch.calls("/oauth2/validate"))


def refreshed(twitch) -> int:
    return len(twitch.calls("/oauth2/token", grant_type="refresh_token"))


def until_next(connection: Connection) -> timedelta:
    return Connection.objects.get(pk=connection.pk).validate_due_at - timezone.now()


@pytest.fixture
def due(grant):
    """A grant that was validated an hour ago."""

    def make(**fields) -> Connection:
        now = timezone.now()
        return grant(
            **{
                "validate_due_at": now,
                "validated_at": now - timedelta(hours=1),
                "refresh_due_at": now + timedelta(hours=3),
            }
            | fields
        )

    return make


@pytest.mark.django_db(transaction=True)
class TestWhatItFinds:
    def test_a_working_token_is_asked_about_once_an_hour(self, twitch, due):
        connection = due()
        before = as_stored(connection)

        assert (validate_due(), validate_due()) == (1, 0)

        assert asked(twitch) == 1
        after = as_stored(connection)
        changed = {name for name in after if after[name] != before[name]}
        assert changed == {"validated_at", "validate_due_at"}
        assert timedelta(minutes=59) < until_next(connection) <= timedelta(hours=1)
        assert twitch.calls("/oauth2/validate")[0].headers["Authorization"].startswith("OAuth ")

    def test_a_dead_token_is_renewed_once_and_validated_again(self, twitch, due):
        connection = due()
        twitch.expire_tokens()

        validate_due()

        row = Connection.objects.get()
        assert (asked(twitch), refreshed(twitch)) == (2, 1)
        assert (row.version, row.state, row.failure_code) == (2, GrantState.CONNECTED, "")
        assert timedelta(minutes=59) < until_next(connection)

    def test_a_grant_that_was_taken_back_needs_a_sign_in(self, twitch, due, account):
        due()
        twitch.revoke_grant("mira_plays")

        validate_due()

        row = Connection.objects.get()
        assert (row.state, row.failure_code) == (GrantState.NEEDS_SIGN_IN, "grant_ended")
        assert (row.validate_due_at, row.refresh_due_at, wanted_sources()) == (None, None, [])
        assert validate_due() == 0
        assert AuditEntry.objects.filter(account=account, action="connection.lost").count() == 1

    @pytest.mark.parametrize(
        ("said", "code", "words"),
        [
            ({"client_id": "somebodys0app"}, "other_app", "was made through another app"),
            ({"user_id": "666"}, "other_identity", "belongs to somebody else than Mira_Plays"),
        ],
    )
    def test_a_token_of_somebody_else_needs_a_sign_in(self, said, code, words, twitch, due, ada_client, account):
        connection = due()
        before = as_stored(connection)
        honest = {"client_id": "lumio0client0id0for0the0tests00", "user_id": "31337", "scopes": ALL, "expires_in": 99}
        twitch.fail("/oauth2/validate", status=200, body=honest | said)

        validate_due()

        after = as_stored(connection)
        assert (after["state"], after["failure_code"]) == (GrantState.NEEDS_SIGN_IN, code)
        kept = ("access_token_encrypted", "refresh_token_encrypted", "channel_id", "scopes", "version")
        assert [after[name] for name in kept] == [before[name] for name in kept]
        assert wanted_sources() == []
        card = ada_client.get(PAGE).context["cards"][0]
        assert card.state == CardState.NEEDS_SIGN_IN
        assert words in card.trouble
        page = ada_client.get(PAGE).content.decode()
        shown = page.partition('id="card-twitch"')[2].partition("</article>")[0]
        assert ("(no longer used)" in shown, "refresh" in shown.lower()) == (True, False)
        assert AuditEntry.objects.get(account=account, action="connection.lost").after == {"code": code}

    def test_scopes_that_changed_are_stored_shown_and_listened_with(self, twitch, due, ada_client, account):
        due()
        [before] = wanted_sources()
        seen = ada_client.get(PAGE).context["cards"][0].fingerprint
        for token in twitch.state.access_tokens.values():
            token.scopes = [scope for scope in ALL if scope != "bits:read"]

        validate_due()

        assert len(Connection.objects.get().scopes) == 26
        [after] = wanted_sources()
        assert after.key == before.key
        assert after.revision != before.revision
        entry = AuditEntry.objects.get(account=account, action="connection.scopes_changed")
        assert entry.after == {"lost": ["bits:read"], "gained": []}
        redrawn = ada_client.get(f"{PAGE}/twitch/card", {"seen": seen}).content.decode()
        assert "Reconnect to grant bits:read, needed for events" in redrawn
        assert 'id="scopes-list-twitch" hx-swap-oob="true"' in redrawn
        assert (redrawn.count("Granted</span>"), redrawn.count("Needed for events.")) == (26, 1)

    def test_an_end_that_is_nearer_than_we_thought_is_believed(self, twitch, due):
        due()
        for token in twitch.state.access_tokens.values():
            token.expires_at -= 13_000

        validate_due()

        row = Connection.objects.get()
        assert timedelta(minutes=17) < row.expires_at - timezone.now() < timedelta(minutes=19)
        assert row.refresh_due_at < row.expires_at

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param({"status": 503}, id="outage"),
            pytest.param({"status": 500, "body": {"message": "invalid access token"}}, id="500 with telling words"),
            pytest.param({"status": 200, "body": "<html>"}, id="html"),
            pytest.param({"status": 200, "body": {}}, id="empty object"),
            pytest.param({"status": 200, "body": []}, id="list"),
            pytest.param({"status": 200, "body": {"client_id": 1, "user_id": None, "scopes": {}}}, id="nonsense"),
            pytest.param({"status": 429}, id="rate limit"),
            pytest.param({"status": 403, "body": "no"}, id="forbidden"),
            pytest.param({"redirect": "http://127.0.0.1:9/"}, id="redirect"),
            pytest.param({"close": True}, id="hung up"),
        ],
    )
    def test_what_says_nothing_about_the_token_changes_nothing(self, fault, twitch, due, ada_client):
        connection = due()
        before = as_stored(connection)
        twitch.fail("/oauth2/validate", times=None, **fault)

        validate_due()

        after = as_stored(connection)
        assert {name for name in after if after[name] != before[name]} == {"validate_due_at"}
        assert timedelta(seconds=50) < until_next(connection) <= timedelta(minutes=5)
        assert refreshed(twitch) == 0
        card = ada_client.get(PAGE).context["cards"][0]
        assert (card.state, card.trouble, card.token_is_dead) == (CardState.CONNECTED, "", False)

    def test_a_platform_that_refuses_every_token_costs_one_refresh_an_hour(self, twitch, due):
        connection = due()
        twitch.fail("/oauth2/validate", status=401, body={"message": "invalid access token"}, times=None)

        validate_due()

        assert (asked(twitch), refreshed(twitch), Connection.objects.get().state) == (2, 1, GrantState.CONNECTED)
        assert timedelta(minutes=59) < until_next(connection)

    def test_during_an_outage_of_the_token_endpoint_a_dead_token_is_tried_again(self, twitch, due):
        connection = due()
        twitch.expire_tokens()
        twitch.fail("/oauth2/token", status=503, times=None)

        validate_due()

        row = Connection.objects.get()
        assert (row.state, row.failure_code, row.version) == (GrantState.CONNECTED, "platform_unavailable", 1)
        assert until_next(connection) <= timedelta(minutes=5)


@pytest.mark.django_db(transaction=True)
class TestWhenItAsks:
    def test_a_new_sign_in_is_validated_at_once(self, twitch, credentials, ada_client):
        link(ada_client, twitch)
        assert Connection.objects.get().validate_due_at <= timezone.now()

        assert validate_due() == 1

        assert Connection.objects.get().validated_at is not None

    def test_after_a_long_stop_it_is_due_before_anything_else(self, twitch, due):
        """Lumio was off for a night: the hour is long over, so the first sweep after the start asks."""
        due(validate_due_at=timezone.now() - timedelta(hours=9), validated_at=timezone.now() - timedelta(hours=10))

        assert validate_due() == 1

    def test_only_what_is_due_and_works(self, twitch, due, account):
        now = timezone.now()
        for fields in (
            {"validate_due_at": now + timedelta(minutes=1)},
            {"validate_due_at": None},
            {"validate_due_at": now, "state": GrantState.NEEDS_SIGN_IN},
        ):
            factories.make_connection(account=factories.make_account(), **fields)

        assert validate_due() == 0
        assert not twitch.calls()

    def test_a_new_secret_has_the_grant_validated(self, twitch, due, credentials, ada_actor):
        connection = due(state=GrantState.CREDENTIALS_REJECTED, validate_due_at=None)

        client = vault.client_of(credentials)
        pairs.save(
            actor=ada_actor,
            platform=PLATFORMS["twitch"],
            client_id=client.id,
            client_secret=client.secret.reveal(),
        )

        assert Connection.objects.get(pk=connection.pk).validate_due_at <= timezone.now()

    def test_a_refresh_leaves_the_hour_as_it_is(self, twitch, due):
        connection = due(validate_due_at=timezone.now() + timedelta(minutes=40))
        before = as_stored(connection)["validate_due_at"]

        grants.refresh_if_version(connection.pk, 1)

        assert as_stored(connection)["validate_due_at"] == before

    def test_five_at_once_ask_once(self, twitch, due):
        twitch.configure(latency=0.2)
        due()
        gate = threading.Barrier(5)

        def one(_: int) -> None:
            gate.wait()
            try:
                validate_due()
            finally:
                database.close()

        with ThreadPoolExecutor(5) as pool:
            list(pool.map(one, range(5)))

        assert asked(twitch) == 1

    def test_who_dies_while_asking_loses_a_minute_and_a_half(self, twitch, due, monkeypatch):
        connection = due()

        def die(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(grants, "call", die)
        with pytest.raises(KeyboardInterrupt):
            validate_due()

        assert timedelta(seconds=60) < until_next(connection) <= validation.LEASE

    def test_a_sign_in_that_came_in_between_is_left_alone(self, twitch, due, monkeypatch):
        """The answer is about tokens that are not there any more."""
        connection = due()
        honest = grants.call

        def call(*arguments):
            answer = honest(*arguments)
            Connection.objects.update(version=2, validate_due_at=timezone.now(), channel_name="Renewed")
            return answer

        monkeypatch.setattr(grants, "call", call)
        twitch.fail("/oauth2/validate", status=200, body={"client_id": "x", "user_id": "y", "expires_in": 9})
        validate_due()

        row = Connection.objects.get(pk=connection.pk)
        assert (row.state, row.version) == (GrantState.CONNECTED, 2)
        assert row.validate_due_at <= timezone.now()


@pytest.mark.django_db(transaction=True)
class TestCall:
    """grants.call: a 401 is followed by one refresh and one more try."""

    def test_a_good_token_is_asked_with_once(self, twitch, grant):
        connection = grant()

        assert grants.call(connection.pk, lambda access: access.version) == 1
        assert not twitch.calls()

    def test_a_refused_one_is_renewed_and_tried_again(self, twitch, grant):
        connection = grant()
        versions = []

        def ask(access):
            versions.append(access.version)
            if access.version == 1:
                raise TokenRefused(platform="Twitch")
            return "done"

        assert grants.call(connection.pk, ask) == "done"
        assert (versions, refreshed(twitch)) == ([1, 2], 1)

    def test_a_second_no_is_an_answer(self, twitch, grant):
        connection = grant()

        def ask(access):
            raise TokenRefused(platform="Twitch")

        with pytest.raises(TokenRefused):
            grants.call(connection.pk, ask)
        assert refreshed(twitch) == 1

    def test_nothing_holds_the_database_meanwhile(self, twitch, grant):
        connection = grant()

        assert grants.call(connection.pk, lambda access: database.connection) is None
