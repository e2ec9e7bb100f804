"""OBS as Lumio runs: two web processes, two ingest processes of which one dies, and a Valkey that does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from websockets.sync.client import ClientConnection, connect

from tests.fakes.obs import Obs
from tests.processes.cluster import Lumio
from tests.processes.process import wait_for
from tests.processes.valkey import TestValkey

PASSWORD = "sunlit-harbour-42"
WEB = ("web", "web2")
INGEST = ("ingest", "ingest2")


class House:
    """Mira's account, her OBS, and pages of it."""

    def __init__(self, lumio: Lumio, obs: Obs) -> None:
        self.lumio = lumio
        lumio.inside("tests.e2e.stage.claim", "Mira live", "mira@example.com", "correct horse battery staple")
        self.token = lumio.inside("tests.e2e.stage.popout_token", "settings:read", "obs:edit")
        self.obs = lumio.inside("tests.integrations.stage.have_obs", obs.port, PASSWORD)

    @contextmanager
    def page(self, web: str) -> Iterator[ClientConnection]:
        """An open page, served by that process."""
        with connect(f"{self.lumio.url_of(web)}/v1/ws".replace("http", "ws"), proxy=None, close_timeout=1) as socket:
            socket.send(json.dumps({"type": "auth", "token": self.token}))
            ready = json.loads(socket.recv(timeout=20))
            socket.send(json.dumps({"type": "subscribe", "channel": f"obs:{ready['account']['id']}"}))
            yield socket

    def act(self, web: str, act: str, **arguments: Any) -> tuple[int, str]:
        address = f"{self.lumio.url_of(web)}/v1/obs/{self.obs}/acts"
        answer = requests.post(address, params={"token": self.token}, json={"act": act, **arguments}, timeout=20)
        return answer.status_code, answer.json()["code"] if answer.content else ""

    def holder(self) -> str:
        """The process that holds the connection to OBS."""
        pid = self.lumio.inside("tests.integrations.stage.holder")
        return next(name for name in INGEST if self.lumio.processes[name].pid == pid)

    def state(self, web: str = "web") -> dict[str, Any]:
        address = f"{self.lumio.url_of(web)}/v1/obs/{self.obs}"
        return requests.get(address, params={"token": self.token}, timeout=20).json()["data"]


def until_told(
    socket: ClientConnection, fits: Callable[[dict[str, Any]], bool], *, kind: str = "obs.state", within: float = 60
) -> dict[str, Any]:
    """The first message of the kind that fits."""
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        message = json.loads(socket.recv(timeout=max(0.1, ends - time.monotonic())))
        for told in message.get("messages", ()):
            if told["type"] == kind and fits(told["data"]):
                return told["data"]
    raise AssertionError("nobody said so")


def on(program: str) -> Callable[[dict[str, Any]], bool]:
    return lambda data: data["link"] == "connected" and data["program"] == program


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[House, Obs, TestValkey]]:
    environment = {"LUMIO_ALLOW_PRIVATE_HOSTS": "1"}
    with (
        Obs(PASSWORD) as obs,
        TestValkey() as valkey,
        Lumio(redis_url=valkey.url, web=2, ingest=2, worker=0, beat=0, environment=environment) as lumio,
    ):
        yield House(lumio, obs), obs, valkey


@pytest.fixture
def house(running) -> House:
    return running[0]


@pytest.fixture
def obs(running) -> Obs:
    """On its first scene, with a hard cut, and connected."""
    house, stand_in, _ = running
    stand_in.set_transition("Cut")
    stand_in.switch("Live")
    wait_for(lambda: on("Live")(house.state()), seconds=60, what="connecting to OBS")
    stand_in.sessions.received.clear()
    return stand_in


def test_what_one_page_does_shows_on_a_page_of_another_process(house, obs):
    with house.page("web") as page:
        until_told(page, on("Live"))
        began = time.monotonic()

        answer = house.act("web2", "scene.program", scene="Pause")
        until_told(page, on("Pause"))

    assert answer == (204, "")
    print(f"a click in one process shows in another after {1000 * (time.monotonic() - began):.0f} ms")


def test_a_hundred_acts_are_each_done_once(house, obs):
    def act(number: int) -> tuple[int, str]:
        return house.act(WEB[number % 2], "input.volume", input="Mic/Aux", db=-number / 2)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(act, range(100)))

    told = [asked["requestData"]["inputVolumeDb"] for asked in obs.asked("SetInputVolume")]
    assert answers == [(204, "")] * 100
    assert sorted(told, reverse=True) == [-number / 2 for number in range(100)]


def test_one_connection_however_many_processes_and_figures_for_those_who_look(house, obs):
    with house.page("web") as page, house.page("web2") as other:
        figures = [until_told(one, lambda data: data["fps"] == 60.0, kind="obs.stats") for one in (page, other)]

    assert [one["integration"] for one in figures] == [house.obs] * 2
    # The library has one that asks and one that listens.
    assert len([client for client in obs.clients() if client["identified"]]) == 2


def test_an_obs_that_restarts_is_found_again(house, obs):
    with house.page("web") as page:
        until_told(page, on("Live"))
        obs.quit()
        obs.stop()
        trouble = until_told(page, lambda data: data["link"] == "trouble" and data["trouble"]["code"] == "tool_refused")
        refused = house.act("web2", "stream.start")
        obs.start()
        until_told(page, on("Live"))

    assert (trouble["scenes"], refused) == ([], (409, "tool_not_connected"))


def test_another_process_takes_over_from_one_that_was_killed(house, obs):
    holder = house.holder()
    with house.page("web") as page:
        until_told(page, on("Live"))
        house.lumio.kill(holder)
        try:
            obs.switch("Outro")
            until_told(page, on("Outro"))
            answer = house.act("web", "scene.program", scene="Live")
            until_told(page, on("Live"))
        finally:
            house.lumio.restart(holder)

    assert answer == (204, "")


def test_a_process_that_is_paused_does_not_do_late_what_was_given_up(house, obs):
    holder = house.holder()
    house.lumio.pause(holder)
    try:
        answer = house.act("web", "record.start")
    finally:
        house.lumio.resume(holder)
    wait_for(lambda: on("Live")(house.state()), seconds=60, what="connecting to OBS again")

    assert answer == (409, "tool_not_connected")
    assert obs.asked("StartRecord") == []


def test_without_valkey_nothing_is_done_and_afterwards_it_is_again(house, obs, running):
    valkey = running[2]
    valkey.process.kill()
    try:
        answer, state = house.act("web", "record.start"), house.state()
    finally:
        valkey.start()

    assert (answer, state["link"]) == ((409, "tool_not_connected"), "off")
    assert obs.asked("StartRecord") == []
    wait_for(
        lambda: house.act("web", "scene.program", scene="Pause") == (204, ""), seconds=40, what="being heard again"
    )
    wait_for(lambda: on("Pause")(house.state()), seconds=40, what="being told again")


def test_switched_off_it_is_left_alone(house, obs):
    house.lumio.inside("tests.integrations.stage.switch_obs", False)
    try:
        wait_for(lambda: obs.clients() == [], seconds=30, what="leaving OBS alone")
        answer = house.act("web", "stream.start")
    finally:
        house.lumio.inside("tests.integrations.stage.switch_obs", True)

    assert answer == (409, "tool_switched_off")


def test_the_password_is_in_no_log(house, obs):
    assert [name for name in house.lumio.processes if PASSWORD in house.lumio.logs(name)] == []
