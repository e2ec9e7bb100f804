"""The hub's own bookkeeping, where two sockets come and go at the same moment."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from events import bus
from events.hub import Hub
from events.sockets import Socket
from tests.events.slow_bus import SlowBus
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = uuid.uuid4()


@dataclass(frozen=True)
class Pass:
    """A credential that opens the account."""

    name: str

    def actor(self) -> Any:
        return SimpleNamespace(account=SimpleNamespace(pk=ACCOUNT), token_id=None)

    def within(self, account_id: uuid.UUID) -> Pass:
        return self


@pytest_asyncio.fixture
async def hub() -> Hub:
    one = Hub(asyncio.get_running_loop())
    one._bus = one.fanout._bus = SlowBus()
    one._start = lambda: None
    return one


async def ignored(message: dict[str, Any]) -> None:
    """Where the frames of these sockets go."""


@pytest.mark.asyncio
async def test_a_socket_stays_known_when_another_leaves_while_it_enters(hub):
    first, second = Socket(ignored), Socket(ignored)
    entering = asyncio.create_task(hub.enter(first, Pass("first")))
    await until(lambda: first.actor)

    leaving = asyncio.create_task(hub.enter(second, Pass("second")))
    await until(lambda: second.actor)
    hub.leave(second)
    hub._bus.answers.set()
    await asyncio.gather(entering, leaving)

    assert hub._accounts[ACCOUNT] == {first}


@pytest.mark.asyncio
async def test_whoever_comes_as_the_last_one_goes_hears_of_rights(hub):
    hub._bus.answers.set()
    first, second = Socket(ignored), Socket(ignored)
    await hub.enter(first, Pass("first"))

    hub.leave(first)  # what it gives up is dropped by a task, later than …
    hub._accounts[ACCOUNT].add(second)  # … this
    await asyncio.gather(*hub.work._tasks)

    assert hub._bus.topics == {bus.control(ACCOUNT)}


@pytest.mark.asyncio
async def test_a_look_that_breaks_is_not_the_last_one(hub, monkeypatch, caplog):
    hub._bus.connected = False
    looks = []

    async def look() -> None:
        looks.append(hub.lag)
        if len(looks) == 1:
            raise KeyError("what an upper app tripped over")

    monkeypatch.setattr(hub, "_look", look)
    looking = asyncio.create_task(hub._look_for_ever())

    await until(lambda: looks)
    hub._look_now.set()
    await until(lambda: len(looks) == 2)
    looking.cancel()

    assert "what an upper app tripped over" in caplog.text


@pytest.mark.asyncio
async def test_listening_that_breaks_is_logged(hub, caplog):
    async def messages() -> AsyncIterator[tuple[str, str]]:
        raise KeyError("what nobody thought of")
        yield

    hub._bus.messages, hub._bus.connected = messages, False
    Hub._start(hub)
    await until(lambda: "what nobody thought of" in caplog.text)
    hub._stop()

    await until(lambda: not hub.work._tasks)


@pytest.mark.asyncio
async def test_looking_ends_when_the_last_socket_leaves_as_a_look_is_asked_for(hub, monkeypatch):
    hub._bus.connected = True
    looked = asyncio.Event()

    async def look() -> None:
        looked.set()

    monkeypatch.setattr(hub, "_look", look)
    looking = asyncio.create_task(hub._look_for_ever())
    await looked.wait()
    await asyncio.sleep(0.01)

    hub._look_now.set()
    await asyncio.sleep(0)
    looking.cancel()

    await until(looking.cancelled)
