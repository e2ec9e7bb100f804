"""Refreshing against the stand-in, with rotation and reuse detection where it matters."""

from __future__ import annotations

import contextlib
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError
from django.db import connection as database
from django.utils import timezone

from accounts.models import AuditEntry
from connections.domain import channels, grants, refresh, vault
from connections.domain.grants import GrantUnusable
from connections.enums import GrantState
from connections.models import Connection
from connections.platforms import oauth
from connections.platforms.failures import CredentialsRejected, GrantEnded, PlatformFailure, Unavailable
from connections.tasks import refresh_due
from tests import factories
from tests.connections.conftest import as_stored


def token_calls(twitch) -> int:
    return len(twitch.calls("/oauth2/token", grant_type="refresh_token"))


def access_token(connection: Connection) -> str:
    return vault.read(Connection.objects.get(pk=connection.pk), "access_token_encrypted").reveal()


def refresh_token(connection: Connection) -> str:
    return vault.read(Connection.objects.get(pk=connection.pk), "refresh_token_encrypted").reveal()


@pytest.mark.usefixtures("db")
class TestOneRefresh:
    @pytest.mark.parametrize("rotation", [False, True])
    def test_new_tokens_are_stored(self, twitch, grant, rotation):
        twitch.configure(rotation=rotation)
        connection = grant()
        old_access, old_refresh = access_token(connection), refresh_token(connection)

        refresh.refresh(connection.pk, 1)

        row = Connection.objects.get()
        assert access_token(row) != old_access
        assert access_token(row) in twitch.state.access_tokens
        assert (refresh_token(row) != old_refresh) is rotation
        assert (row.version, row.refresh_owner, row.refresh_leased_until, row.refresh_started_at) == (2, "", None, None)
        assert row.refresh_due_at > timezone.now() + timedelta(hours=2)

    def test_rotation_goes_on_and_on(self, twitch, grant):
        twitch.configure(rotation=True)
        connection = grant()

        for version in range(1, 6):
            refresh.refresh(connection.pk, version)

        assert Connection.objects.get().version == 6
        assert access_token(connection) in twitch.state.access_tokens

    def test_who_comes_too_late_does_not_ask(self, twitch, grant):
        connection = grant()
        refresh.refresh(connection.pk, 1)

        refresh.refresh(connection.pk, 1)

        assert token_calls(twitch) == 1

    def test_a_final_no_asks_for_a_new_sign_in(self, twitch, grant, account):
        connection = grant()
        twitch.revoke_grant("mira_plays")

        with pytest.raises(GrantEnded):
            refresh.refresh(connection.pk, 1)

        row = Connection.objects.get()
        assert (row.state, row.failure_code, row.refresh_due_at) == (GrantState.NEEDS_SIGN_IN, "grant_ended", None)
        assert row.failure_params["reason"] == "Invalid refresh token"
        assert AuditEntry.objects.filter(account=account, action="connection.lost").count() == 1

    def test_a_401_with_the_same_words_is_the_same(self, twitch, grant):
        connection = grant()
        twitch.fail("/oauth2/token", status=401, body={"status": 401, "message": "Invalid refresh token"})

        with pytest.raises(GrantEnded):
            refresh.refresh(connection.pk, 1)

    def test_a_wrong_secret_stops_everything_of_that_pair(self, twitch, grant, account):
        connection = grant()
        bot = factories.make_connection(account=account, purpose="bot", channel_id="9")
        twitch.state.apps["lumio0client0id0for0the0tests00"].client_secret = "another"

        with pytest.raises(CredentialsRejected):
            refresh.refresh(connection.pk, 1)

        states = {row.pk: row.state for row in Connection.objects.all()}
        assert states == {connection.pk: GrantState.CREDENTIALS_REJECTED, bot.pk: GrantState.CREDENTIALS_REJECTED}

    def test_a_rate_limit_says_how_long(self, twitch, grant):
        connection = grant()
        twitch.fail("/oauth2/token", status=429, headers={"Retry-After": "200"})

        with pytest.raises(PlatformFailure):
            refresh.refresh(connection.pk, 1)

        wait = Connection.objects.get().refresh_due_at - timezone.now()
        assert timedelta(seconds=195) < wait <= timedelta(seconds=200)

    def test_pauses_grow_up_to_half_an_hour(self):
        failure = Unavailable(platform="Twitch")

        longest = [max(refresh._pause(attempts, failure) for _ in range(200)) for attempts in (0, 1, 3, 6, 50)]

        expected = [30, 60, 240, 1800, 1800]
        assert all(
            0.9 * seconds < pause.total_seconds() <= seconds for pause, seconds in zip(longest, expected, strict=True)
        )

    def test_recovering_clears_the_trouble(self, twitch, grant):
        connection = grant()
        twitch.fail("/oauth2/token", status=503)
        with pytest.raises(Unavailable):
            refresh.refresh(connection.pk, 1)
        Connection.objects.update(refresh_due_at=timezone.now())

        refresh.refresh(connection.pk, 1)

        row = Connection.objects.get()
        assert (row.version, row.failure_code, row.failure_params, row.failed_since) == (2, "", {}, None)
        assert (row.refresh_attempts, row.refresh_started_at) == (0, None)

    def test_without_a_refresh_token_there_is_nothing_to_ask(self, twitch, account, credentials):
        connection = factories.make_connection(account=account, refresh_token=None)

        with pytest.raises(PlatformFailure) as raised:
            refresh.refresh(connection.pk, 1)

        assert raised.value.code == "no_refresh_token"
        assert Connection.objects.get().state == GrantState.NEEDS_SIGN_IN
        assert not twitch.calls()

    def test_an_unreadable_secret_waits_for_its_key(self, twitch, grant, settings):
        connection = grant()
        keys = settings.LUMIO_ENCRYPTION_KEYS
        settings.LUMIO_ENCRYPTION_KEYS = "other:" + "eHh4" * 10 + "eHg="
        with pytest.raises(PlatformFailure) as raised:
            refresh.refresh(connection.pk, 1)
        assert raised.value.code == "secret_unreadable"
        assert Connection.objects.get().state == GrantState.CONNECTED

        settings.LUMIO_ENCRYPTION_KEYS = keys
        Connection.objects.update(refresh_due_at=timezone.now(), refresh_leased_until=None)
        refresh.refresh(connection.pk, 1, wait=False)

        assert Connection.objects.get().version == 2


@pytest.mark.usefixtures("db")
class TestLostAnswers:
    def test_after_a_crash_the_stored_token_is_tried_once_and_works_without_rotation(self, twitch, grant):
        connection = grant(refresh_owner="dead", refresh_leased_until=timezone.now(), refresh_started_at=timezone.now())

        refresh.refresh(connection.pk, 1)

        assert token_calls(twitch) == 1
        assert Connection.objects.get().state == GrantState.CONNECTED

    def test_with_rotation_the_card_says_that_the_answer_was_lost(self, twitch, grant):
        twitch.configure(rotation=True)
        connection = grant()
        twitch.fail("/oauth2/token", close=True, after=True)
        with pytest.raises(Unavailable):
            refresh.refresh(connection.pk, 1)
        Connection.objects.update(refresh_due_at=timezone.now())

        with pytest.raises(PlatformFailure):
            refresh.refresh(connection.pk, 1)

        row = Connection.objects.get()
        assert (row.state, row.failure_code) == (GrantState.NEEDS_SIGN_IN, "refresh_answer_lost")
        assert token_calls(twitch) == 2

    @pytest.mark.parametrize(
        ("point", "calls", "state"),
        [
            ("refresh.before_ask", 1, GrantState.CONNECTED),
            ("refresh.after_answer", 2, GrantState.NEEDS_SIGN_IN),
            ("refresh.after_store", 1, GrantState.CONNECTED),
        ],
    )
    def test_a_process_that_dies_costs_one_more_try_at_most(self, twitch, grant, monkeypatch, point, calls, state):
        """Rotating tokens: only what died between the answer and the store is lost, and the card says so."""

        class Died(BaseException):
            pass

        def die(name):
            if name == point:
                raise Died

        twitch.configure(rotation=True)
        connection = grant()
        with monkeypatch.context() as patch:
            patch.setattr(refresh, "crash_point", die)
            with pytest.raises(Died):
                refresh.refresh(connection.pk, 1)
        Connection.objects.filter(version=1).update(refresh_leased_until=timezone.now())

        for _ in range(3):
            with contextlib.suppress(PlatformFailure):
                refresh.refresh(connection.pk, 1)

        row = Connection.objects.get()
        assert (row.state, token_calls(twitch)) == (state, calls)
        assert row.failure_code == ("refresh_answer_lost" if state == GrantState.NEEDS_SIGN_IN else "")

    def test_a_claim_that_is_held_is_respected(self, twitch, grant):
        connection = grant(
            refresh_owner="alive",
            refresh_leased_until=timezone.now() + timedelta(seconds=20),
            refresh_started_at=timezone.now(),
        )

        refresh.refresh(connection.pk, 1, wait=False)

        assert token_calls(twitch) == 0


@pytest.mark.usefixtures("db")
class TestAccess:
    def test_a_fresh_token_is_given_as_it_is(self, twitch, grant):
        connection = grant()

        given = grants.access(connection.pk)

        assert (given.token.reveal(), given.channel_id, given.version) == (access_token(connection), "31337", 1)
        assert not twitch.calls()

    def test_one_that_ends_soon_is_refreshed_first(self, twitch, grant):
        connection = grant(expires_at=timezone.now() + timedelta(seconds=59))

        given = grants.access(connection.pk)

        assert given.version == 2
        assert given.token.reveal() in twitch.state.access_tokens

    def test_during_an_outage_the_old_one_is_used_to_its_end(self, twitch, grant):
        twitch.fail("/oauth2/token", status=503, times=None)
        connection = grant(expires_at=timezone.now() + timedelta(seconds=30))
        assert grants.access(connection.pk).version == 1

        Connection.objects.update(expires_at=timezone.now())
        with pytest.raises(GrantUnusable) as raised:
            grants.access(connection.pk)

        assert not raised.value.is_final
        assert Connection.objects.get().state == GrantState.CONNECTED
        assert token_calls(twitch) == 1  # the second one waits for its turn

    def test_after_a_401_one_refresh_and_the_token_of_another_is_taken(self, twitch, grant):
        connection = grant()

        first = grants.refresh_if_version(connection.pk, 1)
        second = grants.refresh_if_version(connection.pk, 1)

        assert (first.version, second.version, token_calls(twitch)) == (2, 2, 1)

    def test_what_is_gone_or_lost_is_unusable_for_good(self, grant):
        with pytest.raises(GrantUnusable) as gone:
            grants.access(uuid.uuid4())
        connection = grant()
        grants.mark_lost(connection.pk, "grant_revoked", {"platform": "Twitch"})
        with pytest.raises(GrantUnusable) as lost:
            grants.access(connection.pk)

        assert gone.value.is_final
        assert lost.value.is_final
        assert lost.value.text == ("Twitch says that Lumio's access was taken back. Click Reconnect to allow it again.")

    def test_losing_a_grant_is_written_down_once(self, grant, account):
        connection = grant()

        grants.mark_lost(connection.pk, "grant_revoked", {"platform": "Twitch"})
        grants.mark_lost(connection.pk, "grant_revoked", {"platform": "Twitch"})

        assert Connection.objects.get().state == GrantState.NEEDS_SIGN_IN
        assert AuditEntry.objects.filter(account=account, action="connection.lost").count() == 1


def at_once(number: int, work) -> list:
    """The results of `work` called by so many threads at the same moment."""
    gate = threading.Barrier(number)

    def one(_: int):
        try:
            gate.wait()
            return work()
        finally:
            database.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    @pytest.mark.trial
    def test_two_hundred_refreshes_of_one_rotating_grant_make_one_call(self, twitch, grant):
        twitch.configure(rotation=True, latency=0.2)
        connection = grant()

        given = at_once(200, lambda: grants.refresh_if_version(connection.pk, 1))

        assert token_calls(twitch) == 1
        assert {access.version for access in given} == {2}
        assert {access.token.reveal() for access in given} == {access_token(connection)}
        assert access_token(connection) in twitch.state.access_tokens

    def test_disconnecting_during_a_refresh_hands_the_new_tokens_back(self, twitch, grant, ada_actor):
        connection = grant()
        twitch.configure(latency=0.5)
        thread = threading.Thread(target=lambda: (refresh.refresh(connection.pk, 1), database.close()))
        thread.start()
        while not twitch.calls("/oauth2/token"):
            threading.Event().wait(0.01)

        channels.disconnect(actor=ada_actor, connection=connection)
        thread.join(10)

        assert not Connection.objects.exists()
        assert twitch.state.access_tokens == {}

    def test_a_database_that_is_away_when_the_answer_comes_costs_no_token(self, twitch, grant, monkeypatch):
        twitch.configure(rotation=True)
        connection = grant()
        outages = [OperationalError("database is locked"), InterfaceError("connection already closed")]
        honest = refresh._store

        def store(*arguments):
            if outages:
                raise outages.pop(0)
            return honest(*arguments)

        monkeypatch.setattr(refresh, "_store", store)
        refresh.refresh(connection.pk, 1)

        assert token_calls(twitch) == 1
        assert access_token(connection) in twitch.state.access_tokens

    def test_reconnecting_during_a_refresh_keeps_the_newer_tokens(self, twitch, grant):
        connection = grant()
        twitch.configure(latency=0.5)
        thread = threading.Thread(target=lambda: (refresh.refresh(connection.pk, 1), database.close()))
        thread.start()
        while not twitch.calls("/oauth2/token"):
            threading.Event().wait(0.01)

        Connection.objects.update(version=2, refresh_owner="", refresh_leased_until=None, refresh_started_at=None)
        before = as_stored(connection)
        thread.join(10)

        assert as_stored(connection) == before
        assert len(twitch.calls("/oauth2/revoke")) == 1

    def test_the_sweep_takes_what_is_due_and_only_that(self, twitch, grant, account, credentials):
        now = timezone.now()
        due = grant(refresh_due_at=now - timedelta(minutes=5))
        others = [factories.make_account() for _ in range(4)]
        idle = [
            factories.make_connection(account=others[0], refresh_due_at=now + timedelta(minutes=5)),
            factories.make_connection(account=others[1], refresh_due_at=None),
            factories.make_connection(account=others[2], refresh_due_at=now, state=GrantState.NEEDS_SIGN_IN),
            factories.make_connection(
                account=others[3], refresh_due_at=now, refresh_leased_until=now + timedelta(seconds=20)
            ),
        ]
        before = [as_stored(connection) for connection in idle]

        assert refresh_due() == 1

        assert Connection.objects.get(pk=due.pk).version == 2
        assert [as_stored(connection) for connection in idle] == before

    def test_the_longest_overdue_come_first(self, twitch, grant):
        now = timezone.now()
        for minutes in (1, 3, 2):
            account = factories.make_account()
            factories.make_connection(account=account, refresh_due_at=now - timedelta(minutes=minutes))

        assert refresh.refresh_due(limit=1) == 1

        taken = Connection.objects.exclude(failure_code="").get()
        assert taken.failure_code == "no_credentials"
        assert not Connection.objects.filter(refresh_due_at__lt=now - timedelta(minutes=2, seconds=30)).exists()

    def test_two_sweeps_at_once_ask_once(self, twitch, grant):
        twitch.configure(rotation=True, latency=0.1)
        grant(refresh_due_at=timezone.now())

        at_once(4, refresh.refresh_due)

        assert token_calls(twitch) == 1
        assert Connection.objects.get().version == 2

    def test_one_broken_grant_does_not_stop_the_others(self, twitch, grant, monkeypatch, caplog):
        good = grant(refresh_due_at=timezone.now())
        broken = factories.make_connection(account=factories.make_account(), refresh_due_at=timezone.now())
        honest = refresh._renew

        def renew(row, owner):
            if row.pk == broken.pk:
                raise RuntimeError("broken")
            honest(row, owner)

        monkeypatch.setattr(refresh, "_renew", renew)
        refresh.refresh_due()

        assert Connection.objects.get(pk=good.pk).version == 2
        assert f"Working on connection {broken.pk} failed" in caplog.text


def test_the_lease_outlives_the_call():
    assert timedelta(seconds=oauth.DEADLINE) < refresh.LEASE
