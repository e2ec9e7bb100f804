"""Asking what plays, as Lumio runs: two web processes, an ingest process that dies, and a Valkey that does."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests
from websockets.sync.client import ClientConnection, connect

from tests.fakes import wire
from tests.fakes.spotify import Spotify
from tests.processes.cluster import Lumio
from tests.processes.process import wait_for
from tests.processes.valkey import TestValkey

pytestmark = pytest.mark.trial

PLAYER = "/v1/me/player*"
WEB = ("web", "web2")


class House:
    """Mira's account, signed in at Spotify, and pages of it."""

    def __init__(self, lumio: Lumio, spotify: Spotify) -> None:
        self.lumio = lumio
        uri = f"{lumio.url}/connections/spotify/callback".replace("localhost", "127.0.0.1")
        app = spotify.add_app(redirect_uris=[uri])
        spotify.add_user("mira", name="Mira")
        key = lumio.inside("tests.e2e.stage.claim", "Mira live", "mira@example.com", "correct horse battery staple")
        lumio.inside("tests.e2e.stage.connect", key, "spotify", app.client_id, app.client_secret, "mira")
        self.token = lumio.inside("tests.e2e.stage.popout_token", "spotify:read", "spotify:playback")

    @contextmanager
    def page(self, web: str) -> Iterator[ClientConnection]:
        """An open page, served by that process."""
        with connect(f"{self.lumio.url_of(web)}/v1/ws".replace("http", "ws"), proxy=None, close_timeout=1) as socket:
            socket.send(json.dumps({"type": "auth", "token": self.token}))
            ready = json.loads(socket.recv(timeout=20))
            socket.send(json.dumps({"type": "subscribe", "channel": f"music:{ready['account']['id']}"}))
            yield socket

    def press(self, web: str, command: str) -> requests.Response:
        address = f"{self.lumio.url_of(web)}/v1/music/{command}"
        return requests.post(address, params={"token": self.token}, json={}, timeout=20)


def until_told(socket: ClientConnection, what: str, *, within: float = 40) -> dict[str, Any]:
    """The first state that has this title, or this trouble."""
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        message = json.loads(socket.recv(timeout=ends - time.monotonic()))
        for told in message.get("messages", ()):
            data = told["data"]
            if what in ((data["item"] or {}).get("title"), (data["trouble"] or {}).get("code")):
                return data
    raise AssertionError(f"nobody said {what}")


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[House, Spotify, TestValkey]]:
    with Spotify() as spotify, TestValkey() as valkey:
        environment = wire.environment(spotify=spotify.url)
        with Lumio(redis_url=valkey.url, web=2, worker=0, beat=0, environment=environment) as lumio:
            yield House(lumio, spotify), spotify, valkey


@pytest.fixture
def house(running) -> House:
    return running[0]


@pytest.fixture
def spotify(running) -> Spotify:
    """Something plays, and nobody has to pause."""
    house, stand_in, _ = running
    stand_in.limit(0)
    house.lumio.manage("shell", "-v", "0", "-c", NO_PAUSE)
    stand_in.play(duration_ms=3_600_000)
    return stand_in


def test_five_pages_of_two_processes_are_no_more_questions_than_one(house, spotify):
    def asked_in(seconds: float) -> int:
        before = len(spotify.calls(PLAYER))
        time.sleep(seconds)
        return len(spotify.calls(PLAYER)) - before

    with ExitStack() as pages:
        began = time.monotonic()
        until_told(pages.enter_context(house.page("web")), "Lighthouse")
        took = time.monotonic() - began
        alone = asked_in(9)
        for number in range(4):
            until_told(pages.enter_context(house.page(WEB[number % 2])), "Lighthouse")
        together = asked_in(9)

    assert took < 14  # the poller was told: by itself it would have looked after 15 seconds
    assert {alone, together} <= {2, 3, 4}


def test_whoever_is_killed_is_replaced(house, spotify):
    with house.page("web") as page:
        until_told(page, "Lighthouse")

        house.lumio.kill("ingest")
        spotify.play("Roof of Slate", duration_ms=3_600_000)
        house.lumio.restart("ingest")

        until_told(page, "Roof of Slate")


def test_without_valkey_nobody_knows_and_afterwards_they_do_again(house, spotify, running):
    valkey = running[2]
    with house.page("web2") as page:
        until_told(page, "Lighthouse")
        valkey.process.kill()
        try:
            until_told(page, "music_not_known")
        finally:
            valkey.start()

        until_told(page, "Lighthouse")


def test_a_pause_holds_in_every_process_and_after_a_restart(house, spotify):
    with house.page("web") as page:
        until_told(page, "Lighthouse")
        spotify.limit(3600)
        paused = until_told(page, "paused_until")
        asked = len(spotify.calls(PLAYER))

        house.lumio.kill("ingest")
        house.lumio.restart("ingest")
        answers = [house.press(web, "pause") for web in WEB]
        wait_for(
            lambda: "music:" in house.lumio.manage("shell", "-v", "0", "-c", HELD), seconds=20, what="a new poller"
        )
        time.sleep(4)

    assert len(spotify.calls(PLAYER)) == asked
    assert paused["paused_until"]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(429, "paused_until")] * 2
    assert all(3500 < int(answer.headers["Retry-After"]) <= 3600 for answer in answers)


NO_PAUSE = "from connections.models import AppCredentials; AppCredentials.objects.update(paused_until=None)"
#: Which sources somebody holds now.
HELD = """
from django.utils import timezone
from events.models import IngestSource
print(*IngestSource.objects.filter(leased_until__gt=timezone.now()).values_list("key", flat=True))
"""
