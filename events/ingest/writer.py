"""One thread that stores what all sources of this process deliver, a few rows or many with one transaction.

What waits is bounded twice, for each source and altogether, and whoever delivers more has to wait: a raid on one
channel slows that channel down and nobody else. Events go before chat. Under lasting pressure chat is dropped, which
is told as a gap; events never are.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError, connections

from events.domain.publish import Batch, StaleFence, Stored, publish
from events.enums import Log, Origin
from events.ingest.gaps import beginning, gap

if TYPE_CHECKING:
    from uuid import UUID

    from events.types import StreamEvent

log = logging.getLogger(__name__)

Publish = Callable[[Sequence[Batch]], Sequence[Stored | StaleFence]]

#: What may be different the next time: the database is down, locked or restarting, or a table is not migrated yet,
#: which is a ProgrammingError on PostgreSQL and an OperationalError on SQLite. That PostgreSQL ended the transaction of
#: a process that slept in it is an InternalError.
PASSING = (OperationalError, InterfaceError, ProgrammingError, InternalError)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source's events go, and the fence it writes under."""

    account_id: UUID
    source: str
    fence: int


@dataclass(frozen=True, slots=True)
class Waiting:
    place: Place
    origin: Origin
    event: StreamEvent
    since: datetime
    """From when on something is missing if this is never stored."""


@dataclass(slots=True)
class Loss:
    """Chat of a place that was dropped and is not told of yet: the first of it, from when on, and how much."""

    first: StreamEvent
    since: datetime
    number: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and rows. Between two transactions the writer rests: on SQLite it would starve all others."""

    flush_after: float = 0.02
    flush_rows: int = 200
    rest: float = 0.005
    per_source: int = 2_000
    altogether: int = 20_000
    #: How long chat waits for room before it is dropped.
    patience: float = 5.0
    retry_first: float = 0.2
    retry_longest: float = 5.0


class Writer:
    """Started and fed on one event loop, where `on_stale` gets each place that must not be written to any more."""

    def __init__(
        self, *, on_stale: Callable[[Place], None], limits: Limits | None = None, publish: Publish = publish
    ) -> None:
        self._on_stale = on_stale
        self._limits = limits or Limits()
        self._publish = publish
        self._lanes: dict[Log, deque[Waiting]] = {Log.EVENTS: deque(), Log.CHAT: deque()}
        self._storing: list[Waiting] = []
        self._held: Counter[Place] = Counter()
        self._lost: dict[Place, Loss] = {}
        self._changed = threading.Condition()
        self._ends = False
        self._room = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def put(self, place: Place, events: Sequence[StreamEvent], origin: Origin = Origin.LIVE) -> None:
        """Have the events stored, in order. Waits for room."""
        for event in events:
            if not self._has_room(place) and not await self._wait_for_room(place, event):
                self._lose(place, event)
            else:
                self._add(place, origin, event)

    async def drain(self, *places: Place, seconds: float = 5.0) -> bool:
        """Wait until all that these places delivered is stored; whether it was, in time."""
        try:
            async with asyncio.timeout(seconds):
                while any(self._held[place] or place in self._lost for place in places):
                    await self._news()
        except TimeoutError:
            return False
        return True

    def waits_since(self) -> dict[Place, datetime]:
        """From when on something waits to be stored or told, for each place of which something does."""
        since = {place: loss.since for place, loss in self._lost.items()}
        with self._changed:
            for row in itertools.chain(self._storing, *self._lanes.values()):
                since[row.place] = min(row.since, since.get(row.place, row.since))
        return since

    async def stop(self, *, seconds: float = 5.0) -> None:
        """Store what is left and end the thread; gives up after that many seconds."""
        with self._changed:
            places = [*self._held, *self._lost]
        await self.drain(*places, seconds=seconds)
        with self._changed:
            self._ends = True
            self._changed.notify()
        await asyncio.to_thread(self._thread.join, seconds)

    # On the loop

    def _add(self, place: Place, origin: Origin, event: StreamEvent) -> None:
        with self._changed:
            since = beginning(event) or datetime.now(UTC)
            self._lanes[event.kind.log].append(Waiting(place, origin, event, since))
            self._held[place] += 1
            if self._waiting() in (1, self._limits.flush_rows):  # what the thread waits for
                self._changed.notify()

    def _lose(self, place: Place, event: StreamEvent) -> None:
        if place not in self._lost:
            log.warning("The database does not keep up: chat is being dropped (%s)", place.source)
            self._lost[place] = Loss(event, datetime.now(UTC))
        loss = self._lost[place]
        loss.since = min(loss.since, event.occurred_at)
        loss.number += 1

    def _own_up(self, place: Place) -> None:
        loss = self._lost.pop(place)
        log.warning("The database keeps up again: %s chat messages were dropped (%s)", loss.number, place.source)
        first, now = loss.first, datetime.now(UTC)
        missed = gap(platform=first.platform, channel_id=first.channel_id, since=loss.since, until=now)
        self._add(place, Origin.LIVE, missed)

    def _has_room(self, place: Place) -> bool:
        return self._held[place] < self._limits.per_source and self._waiting() < self._limits.altogether

    async def _wait_for_room(self, place: Place, event: StreamEvent) -> bool:
        """Whether there is room now. Chat gives up after a while, events never do."""
        patience = self._limits.patience if event.kind.log == Log.CHAT else None
        try:
            async with asyncio.timeout(patience):
                while not self._has_room(place):
                    await self._news()
        except TimeoutError:
            return False
        return True

    async def _news(self) -> None:
        """Wait until something has left the queue."""
        self._room.clear()
        await self._room.wait()

    # In the thread

    def _waiting(self) -> int:
        return sum(map(len, self._lanes.values()))

    def _run(self) -> None:
        while rows := self._next_rows():
            self._store(rows)
            time.sleep(self._limits.rest)
        connections.close_all()

    def _next_rows(self) -> list[Waiting]:
        """The rows of the next transaction, events before chat; nothing once the writer ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._ends or self._waiting())
            if self._waiting() < self._limits.flush_rows:
                self._changed.wait_for(
                    lambda: self._ends or self._waiting() >= self._limits.flush_rows, self._limits.flush_after
                )
            rows: list[Waiting] = []
            for lane in self._lanes.values():
                rows.extend(lane.popleft() for _ in range(min(len(lane), self._limits.flush_rows - len(rows))))
            self._storing = rows
            return rows

    def _store(self, rows: list[Waiting]) -> None:
        stale: set[Place] = set()
        for answer in self._published(batches(rows)):
            if isinstance(answer, StaleFence):
                stale.add(Place(answer.batch.account_id, answer.batch.source, answer.batch.fence or 0))
        with self._changed:
            self._storing = []
            self._held.subtract(row.place for row in rows)
            for lane in self._lanes.values() if stale else ():
                kept = [row for row in lane if row.place not in stale]
                lane.clear()
                lane.extend(kept)
            for place in stale | {row.place for row in rows if not self._held[row.place]}:
                del self._held[place]
        self._loop.call_soon_threadsafe(self._tell, stale)

    def _tell(self, stale: set[Place]) -> None:
        for place in stale:
            self._lost.pop(place, None)  # whoever took over says that it missed something
        for place in filter(self._has_room, list(self._lost)):
            self._own_up(place)
        self._room.set()
        for place in stale:
            self._on_stale(place)

    def _published(self, these: list[Batch]) -> Iterator[Stored | StaleFence]:
        """Publish for as long as it takes. One event that cannot be stored is left out, not its neighbours."""
        for attempt in itertools.count():
            try:
                answers = self._publish(these)
            except PASSING as error:
                connections.close_all()
                if not attempt:
                    log.warning("Events wait for the database: %s", error)
                if self._ends:
                    return
                time.sleep(min(self._limits.retry_longest, self._limits.retry_first * 2 ** min(attempt, 10)))
            except Exception:
                yield from self._apart(these)
                return
            else:
                if attempt:
                    log.warning("The database is back after %s attempts", attempt)
                yield from answers
                return

    def _apart(self, these: list[Batch]) -> Iterator[Stored | StaleFence]:
        halves = _halves(these)
        if halves:
            for half in halves:
                yield from self._published(half)
        else:
            event = these[0].events[0]
            log.exception("An event of %s cannot be stored: %s %s", these[0].source, event.kind, event.external_id)


def batches(rows: Sequence[Waiting]) -> list[Batch]:
    """Rows that go to the same place together, in order."""
    groups: dict[tuple[Place, Origin], list[StreamEvent]] = {}
    for row in rows:
        groups.setdefault((row.place, row.origin), []).append(row.event)
    return [
        Batch(place.account_id, place.source, place.fence, events, origin) for (place, origin), events in groups.items()
    ]


def _halves(these: list[Batch]) -> list[list[Batch]]:
    """Two smaller loads, or none for a single event."""
    if len(these) > 1:
        return [these[: len(these) // 2], these[len(these) // 2 :]]
    (batch,) = these
    middle = len(batch.events) // 2
    if not middle:
        return []
    return [[replace(batch, events=batch.events[:middle])], [replace(batch, events=batch.events[middle:])]]
