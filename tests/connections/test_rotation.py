"""Exchanging keys while sign-ins are renewed all the time: nothing is lost, whoever comes first and whoever dies."""

from __future__ import annotations

import base64
import dataclasses
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection as database

from connections.domain import refresh, vault
from connections.enums import GrantState
from connections.models import Connection
from connections.platforms import oauth
from connections.platforms.failures import PlatformFailure
from connections.platforms.twitch.scopes import SCOPES
from lumio import keys, rotation
from lumio.lib.sealed import Sealed
from lumio.models import KeyCanary
from tests import factories
from tests.connections.conftest import CLIENT_ID, CLIENT_SECRET
from tests.fakes.wire import environment
from tests.processes import manage

pytestmark = pytest.mark.django_db(transaction=True)

STREAMERS, THREADS = 10, 3
RINGS = [f"k{number}:{base64.b64encode(bytes([number]) * 32).decode()}" for number in range(5)]
#: The canary of the key that all tests have.
OF_TESTS = "test"


@pytest.fixture
def start(settings):
    """What a restart with these keys does."""
    KeyCanary.objects.filter(name=OF_TESTS).delete()

    def begin(*entries: str) -> None:
        settings.LUMIO_ENCRYPTION_KEYS = ",".join(entries)
        assert keys.remember() == []

    return begin


@pytest.fixture
def streamers(twitch, start) -> list[UUID]:
    """Grants of many accounts, under the first key, at a platform that ends a grant whose spent token comes back."""
    twitch.configure(rotation=True)
    start(RINGS[0])
    return [_streamer(twitch, f"streamer{number}") for number in range(STREAMERS)]


def _streamer(twitch, login: str) -> UUID:
    account = factories.make_account()
    factories.make_credentials(account=account, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    tokens = twitch.issue_tokens(login, [scope.name for scope in SCOPES])
    given = {name: tokens[name] for name in ("access_token", "refresh_token", "expires_in")}
    return factories.make_connection(account=account, **given).pk


class Renewing:
    """Threads that renew these connections one after the other, again and again, each its share of them."""

    def __init__(self, connections: list[UUID]) -> None:
        self.versions: Counter[UUID] = Counter(dict.fromkeys(connections, 1))
        self.failures: list[PlatformFailure] = []

    @contextmanager
    def going_on(self, *, pause: float = 0.0) -> Iterator[None]:
        """From one restart to the next, with so many seconds of peace after each renewal."""
        stop = threading.Event()
        shares = [list(self.versions)[number::THREADS] for number in range(THREADS)]
        threads = [threading.Thread(target=self._renew, args=(share, stop, pause)) for share in shares]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _renew(self, share: list[UUID], stop: threading.Event, pause: float) -> None:
        try:
            while not stop.is_set():
                for pk in share:
                    refresh.refresh(pk, self.versions[pk])
                    self.versions[pk] += 1
                    stop.wait(pause)
        except PlatformFailure as failure:
            self.failures.append(failure)
        finally:
            database.close()


@pytest.fixture
def renewing(streamers) -> Renewing:
    return Renewing(streamers)


def assert_nothing_is_lost(twitch, renewing: Renewing) -> None:
    assert renewing.failures == []
    assert dict(Connection.objects.values_list("pk", "version")) == renewing.versions
    assert set(Connection.objects.values_list("state", flat=True)) == {GrantState.CONNECTED}
    current = {grant.refresh_token for grant in twitch.state.grants}
    for row in Connection.objects.all():
        assert vault.read(row, "refresh_token_encrypted").reveal() in current
        assert vault.read(row, "access_token_encrypted").reveal() in twitch.state.access_tokens
        client = vault.client_for(row.account_id, row.platform)
        assert (client.id, client.secret.reveal()) == (CLIENT_ID, CLIENT_SECRET)


def names_in_use() -> set[str]:
    return {name for tally in rotation.survey() for name in tally.under}


def canaries() -> set[str]:
    return set(KeyCanary.objects.values_list("name", flat=True))


def test_key_after_key_while_every_token_rotates(twitch, start, renewing, monkeypatch):
    races = Counter()
    replace = Sealed.replace

    def slowly(kind: Sealed, row, changed) -> bool:
        time.sleep(0.01)  # in which the row that was read may change
        replaced = replace(kind, row, changed)
        races[kind.model, replaced] += 1
        return replaced

    monkeypatch.setattr(Sealed, "replace", slowly)
    monkeypatch.setattr(rotation, "SEALED", rotation.SEALED[::-1])  # tokens first, before they have all been renewed

    for number in range(1, len(RINGS)):
        start(RINGS[number], RINGS[number - 1])
        said = StringIO()
        with renewing.going_on():
            call_command("rotate_keys", stdout=said)
        assert said.getvalue().splitlines()[-1] == f"Everything is under k{number}."
        assert (names_in_use(), canaries()) == ({f"k{number}"}, {f"k{number}"})

    assert_nothing_is_lost(twitch, renewing)
    assert races[Connection, True], "the other ones were always faster, so this has shown nothing"
    assert races[Connection, False], "nobody else was ever faster, so this has shown nothing"


def test_a_renewal_without_a_refresh_token_brings_nothing_old_back(twitch, start, streamers, monkeypatch):
    start(RINGS[1], RINGS[0])
    before = refresh_tokens()
    ask = oauth.refresh

    def meanwhile(*arguments):
        tokens = ask(*arguments)
        call_command("rotate_keys", stdout=StringIO())
        return dataclasses.replace(tokens, refresh=None)

    monkeypatch.setattr(oauth, "refresh", meanwhile)

    refresh.refresh(streamers[0], 1)

    assert Connection.objects.get(pk=streamers[0]).version == 2
    assert (names_in_use(), canaries()) == ({"k1"}, {"k1"})
    assert refresh_tokens() == before


def refresh_tokens() -> dict[UUID, str]:
    return {row.pk: vault.read(row, "refresh_token_encrypted").reveal() for row in Connection.objects.all()}


@pytest.fixture
def rotate(twitch):
    """Starts `manage.py rotate_keys` from the first to the second key as a process of its own."""

    def begin(**variables: str):
        here = {manage.DATABASE: str(database.settings_dict["NAME"]), **environment(twitch.url), **variables}
        return manage.start("rotate_keys", environment=here | {"LUMIO_ENCRYPTION_KEYS": f"{RINGS[1]},{RINGS[0]}"})

    return begin


@pytest.mark.trial
@pytest.mark.parametrize(
    ("crash", "left"),
    [(f"rotate.after_write:{STREAMERS + 3}", {"k0", "k1"}), ("rotate.before_survey", {"k1"})],
    ids=["half way", "before the old key is let go of"],
)
def test_killed_and_run_again_twice_at_once(crash, left, twitch, start, renewing, rotate):
    start(RINGS[1], RINGS[0])
    # Most of this is the start of processes, which threads that never rest would only slow down.
    with renewing.going_on(pause=0.05):
        doomed = rotate(LUMIO_CRASH_AT=crash)
        doomed.communicate(timeout=60)
        halfway = names_in_use(), canaries()
        two = [rotate(), rotate()]
        said = [process.communicate(timeout=60)[0].splitlines()[-1] for process in two]

    assert (doomed.returncode, halfway) == (137, (left, {"k0", "k1"}))
    assert [(process.returncode, line) for process, line in zip(two, said, strict=True)] == [
        (0, "Everything is under k1.")
    ] * 2
    assert (names_in_use(), canaries()) == ({"k1"}, {"k1"})
    assert_nothing_is_lost(twitch, renewing)
