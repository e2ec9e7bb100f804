"""A stream of eight hours at its real pace, on a clock that jumps: the listener and the ledger are the real ones.

What YouTube would answer is made up here, one message every ten seconds; every call is paid for from the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connections

from connections.domain import channels, quota, sweeps
from connections.platforms import PLATFORMS
from connections.platforms.failures import NotLive, stored
from connections.platforms.youtube.broadcasts import Broadcast
from connections.platforms.youtube.calls import NotStreamed, Opened
from connections.platforms.youtube.costs import LOOK, POLL, STREAM
from connections.platforms.youtube.ingest import Listener
from connections.platforms.youtube.pages import Page
from connections.platforms.youtube.timing import Timing
from events.enums import Kind, SourceState
from lumio.lib.http import Unreachable
from tests import factories
from tests.connections.youtube.listening import Recorder

pytestmark = pytest.mark.trial

YOUTUBE = PLATFORMS["youtube"]
#: The stream, in California's time; before it Lumio has looked once a minute since midnight.
BEGINS = datetime(2026, 11, 4, 12, tzinfo=ZoneInfo("America/Los_Angeles"))
HOURS = 8
BEFORE = 12 * 60
EVERY = 10.0
MESSAGES = HOURS * 3600 // 10


class JumpingSelector(selectors.DefaultSelector):
    """Whoever waits for nothing but time need not wait."""

    traveller: Any
    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        found = super().select(0)
        if not found and timeout:
            self.now += timeout
            self.traveller.shift(timeout)
        return found


@pytest.fixture
def run() -> Iterator[Callable[[Any], None]]:
    """Runs a coroutine on a clock that jumps from timer to timer, and moves the wall's along."""
    selector = JumpingSelector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    with time_machine.travel(BEGINS - timedelta(minutes=2), tick=False) as traveller:
        selector.traveller = traveller
        yield loop.run_until_complete
    loop.close()


@dataclass
class Simulated:
    """YouTube as the listener sees it. `lasts` is how long it keeps a stream open; None: there are no streams."""

    account_id: Any
    lasts: float | None = 1_800.0
    breaks: bool = False
    calls: list[tuple[str, datetime]] = field(default_factory=list)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def meter(self) -> Any:
        return quota.meter_of(self.account_id, "youtube")

    def _pay(self, what: str, units: int, pace: int | None = None) -> None:
        """Beside the loop, as asyncio wants it, yet without letting its clock go on."""
        self._pool.submit(self.meter.spend, units, listening=True, pace=pace).result()
        self.calls.append((what, datetime.now(UTC)))

    async def broadcasts(self, *, pace: int | None = None) -> list[Broadcast]:
        self._pay("look", LOOK, pace)
        is_live = timedelta() <= self._age < timedelta(hours=HOURS)
        return [Broadcast("video", "chat", "Roofs", BEGINS, "20", 7, is_public=True)] if is_live else []

    async def category_names(self) -> dict[str, str]:
        self._pay("categories", LOOK)
        return {"20": "Gaming"}

    async def page(self, chat_id: str, token: str) -> tuple[Page, datetime]:
        self._pay("poll", POLL)
        if self._said == int(token or 0) and self._said == MESSAGES:
            raise NotLive(platform="YouTube")
        return self._page(token), datetime.now(UTC)

    @contextlib.asynccontextmanager
    async def stream(self, chat_id: str, token: str, *, silence: float) -> AsyncIterator[Opened]:
        if self.lasts is None:
            self._pay("no stream", STREAM)
            raise NotStreamed
        self._pay("stream", STREAM)
        yield Opened(datetime.now(UTC), self._pages(token, self.lasts))

    async def budget(self) -> Any:
        return self._pool.submit(self.meter.budget).result()

    async def _pages(self, token: str, lasts: float) -> AsyncIterator[Page]:
        ends = datetime.now(UTC) + timedelta(seconds=lasts)
        while datetime.now(UTC) < ends:
            page = self._page(token)
            token = page.token
            yield page
            await asyncio.sleep(min(EVERY, lasts))
        if self.breaks:
            raise Unreachable(host="youtube", reason="network")

    def _page(self, token: str) -> Page:
        said = self._said
        items = [self._item(number) for number in range(int(token or 0), said)]
        return Page(items, str(said), wait=5.0, is_last=said == MESSAGES)

    def _item(self, number: int) -> dict[str, Any]:
        at = BEGINS.astimezone(UTC) + timedelta(seconds=number * EVERY)
        details = {"textMessageDetails": {"messageText": str(number)}}
        return {
            "id": str(number),
            "snippet": {"type": "textMessageEvent", "publishedAt": at.isoformat(), **details},
        }

    @property
    def _age(self) -> timedelta:
        return datetime.now(UTC) - BEGINS

    @property
    def _said(self) -> int:
        return max(0, min(MESSAGES, int(self._age.total_seconds() // EVERY) + 1))

    def close(self) -> None:
        self._pool.submit(connections.close_all).result()
        self._pool.shutdown()


@pytest.fixture
def youtube(account, run, monkeypatch) -> Iterator[Simulated]:
    monkeypatch.setattr(sweeps, "let_go", lambda: None)  # one thread, one connection: thousands would take their time
    simulated = Simulated(account.pk)
    simulated.meter.spend(BEFORE)
    yield simulated
    simulated.close()


async def listen(youtube: Simulated, outlet: Recorder, hours: int = HOURS) -> None:
    """From shortly before the stream until shortly after it has lasted so long."""
    listener = asyncio.create_task(Listener("UCmira", outlet, youtube, Timing()).run())
    await asyncio.sleep(hours * 3600 + 600)
    listener.cancel()
    await asyncio.wait({listener})


def of(youtube: Simulated, what: str) -> list[datetime]:
    return [at for name, at in youtube.calls if name == what]


@pytest.mark.django_db(transaction=True)
class TestEightHours:
    def test_as_a_stream_it_costs_a_fraction_of_the_day(self, youtube, run):
        outlet = Recorder()

        run(listen(youtube, outlet))

        assert outlet.said() == [str(number) for number in range(MESSAGES)]
        assert [kind for kind in outlet.kinds() if kind is not Kind.CHAT_MESSAGE] == [
            Kind.STREAM_ONLINE,
            Kind.STREAM_OFFLINE,
        ]
        assert len(of(youtube, "stream")) == HOURS * 2  # it is closed every half an hour
        looked, named = len(of(youtube, "look")), len(of(youtube, "categories"))
        assert youtube.meter.budget().spent == BEFORE + looked + named + 5 * HOURS * 2
        assert youtube.meter.budget().spent < 1_400
        assert {failure for *_, failure in outlet.reports} == {None}

    def test_asking_lasts_to_the_end_and_says_that_asking_quickly_would_not(self, youtube, run):
        youtube.lasts = None
        outlet = Recorder()

        run(listen(youtube, outlet))

        assert outlet.said() == [str(number) for number in range(MESSAGES)]
        assert youtube.meter.budget().spent < 10_000 - 1_500
        failures = [failure for *_, failure in outlet.reports if failure]
        assert {failure.code for failure in failures} == {"chat_asked_for_slowly"}
        assert {(failure.params["fastest"], failure.params["hours"]) for failure in failures} == {(5, 8)}
        assert all(20 <= failure.params["seconds"] <= 60 for failure in failures)
        assert SourceState.STOPPED not in {state for state, *_ in outlet.reports}
        assert "Asking every 5 seconds would use up today's quota" in stored(failures[0].code, failures[0].params).text

    def test_a_stream_that_breaks_all_the_time_does_not_eat_the_day(self, youtube, run):
        youtube.lasts, youtube.breaks = 1.0, True
        outlet = Recorder()

        run(listen(youtube, outlet))

        assert outlet.said() == [str(number) for number in range(MESSAGES)]
        assert youtube.meter.budget().spent < 10_000 - 1_500
        assert len(of(youtube, "stream")) * 30 <= HOURS * 3600 + 5 * 30

    def test_with_little_left_the_card_says_that_it_does_not_last(self, youtube, run, account, ada_actor):
        factories.make_connection(account=account, platform="youtube", channel_id="UCmira")
        youtube.lasts = None
        youtube.meter.spend(7_000)
        outlet = Recorder()

        run(listen(youtube, outlet, hours=1))

        gauge = channels.card(ada_actor, YOUTUBE).quota
        assert (gauge.lasts_long, gauge.is_over) == (False, False)
        assert gauge.lasts_until < BEGINS + timedelta(hours=HOURS)
