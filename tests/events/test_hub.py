"""The hub's own bookkeeping, where two sockets come and go at the same moment."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from events import bus, channels
from events.feeds import LogFeed
from events.hub import Hub
from events.sockets import Socket
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = uuid.uuid4()


@dataclass(frozen=True)
class Pass:
    """A credential that opens the account."""

    name: str

    def actor(self) -> Any:
        return SimpleNamespace(account=SimpleNamespace(pk=ACCOUNT))


class SlowBus:
    """Holds `add` back until `answers` is set, as a Valkey that hangs does."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.answers = asyncio.Event()

    async def add(self, *topics: str) -> None:
        await self.answers.wait()
        self.topics.update(topics)

    async def drop(self, *topics: str) -> None:
        self.topics.difference_update(topics)


@pytest_asyncio.fixture
async def hub(monkeypatch) -> Hub:
    one = Hub(asyncio.get_running_loop())
    one._bus = SlowBus()
    monkeypatch.setattr(one, "_start", lambda: None)
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
    await asyncio.gather(*hub._tasks)

    assert hub._bus.topics == {bus.control(ACCOUNT)}


@pytest.mark.asyncio
async def test_rows_that_the_database_no_longer_has_are_not_waited_for(hub):
    feed = LogFeed(channels.events(ACCOUNT))
    feed.start(500)

    frame = await hub._stored_frame(feed, 100)

    assert frame.last == 500
