"""What a channel has on air, looked for once a minute, and the chats of all its broadcasts, read side by side.

Facts: https://developers.google.com/youtube/v3/live/docs/liveBroadcasts/list. A look that fails says nothing about
what is on air. Nothing but a timer waits while the channel is offline: each open stream has a thread, nothing else has.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connections.platforms.failures import ApiSwitchedOff, QuotaReserved, QuotaSpent, ScopeMissing
from connections.platforms.metering import HOUR
from connections.platforms.youtube.broadcasts import Broadcast, foremost
from connections.platforms.youtube.calls import DataApi
from connections.platforms.youtube.categories import Categories
from connections.platforms.youtube.chat import ChatReader
from connections.platforms.youtube.costs import LOOK
from connections.platforms.youtube.pages import TOKEN_LENGTH
from connections.platforms.youtube.parse import PLATFORM
from connections.platforms.youtube.timing import Timing
from events.enums import Kind, Origin, SourceState
from events.ingest.base import Failure, Outlet
from events.types import Person, StreamEvent
from lumio.lib.errors import Refusal
from lumio.lib.payload import EXTERNAL_ID_LENGTH, ID_LENGTH, TITLE_LENGTH, items, mapping, moment, text

if TYPE_CHECKING:
    from connections.platforms.listening import Grant

log = logging.getLogger(__name__)

#: While these last nothing is delivered, and Lumio cannot do anything about it.
STOPPING = frozenset(failure.code for failure in (QuotaSpent, QuotaReserved, ScopeMissing, ApiSwitchedOff))
#: A broadcast that began longer ago than this is no news when it is found.
NEWS = timedelta(minutes=5)
#: Broadcasts that a memory may name.
MOST_REMEMBERED = 50


async def listen(channel_id: str, outlet: Outlet, grant: Grant, *, timing: Timing | None = None) -> None:
    """Deliver what happens on a channel until cancelled."""
    await Listener(channel_id, outlet, DataApi(grant), timing or Timing()).run()


@dataclass(slots=True)
class OnAir:
    """A broadcast that has not ended yet, and who reads its chat; `task` is None while it is not open."""

    broadcast: Broadcast
    reader: ChatReader | None = None
    task: asyncio.Task[None] | None = None
    #: Looks in a row that did not find it.
    missed: int = 0
    #: Until then a chat that was closed is left alone, on the clock of the loop.
    closed_until: float = 0.0


class Listener:
    """One channel: its broadcasts and their chats."""

    def __init__(self, channel_id: str, outlet: Outlet, data: DataApi, timing: Timing) -> None:
        self.channel_id = channel_id
        self.outlet = outlet
        self.data = data
        self.timing = timing
        self.categories = Categories(data)
        self.on_air: dict[str, OnAir] = {}
        #: Those whose chat has said that they are over. They may be listed for a while yet.
        self.over: set[str] = set()
        #: When somebody last knew what was on air.
        self.looked_at = outlet.last_heard_at
        self.failure: Failure | None = None
        self._has_looked = False
        self._look_now = asyncio.Event()
        self._news = asyncio.Event()
        self._moved = asyncio.Event()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self._restore()
            tasks.create_task(self._keep_looking())
            tasks.create_task(self._keep_telling())
            tasks.create_task(self._keep_place())

    # What is on air

    async def _keep_looking(self) -> None:
        pauses, rests = self.timing.pauses(), self.timing.looks()
        while True:
            self._look_now.clear()
            try:
                await self._look()
            except Refusal as refusal:
                self._note_failure(Failure.of(refusal))
                rest = max(self.timing.rest(refusal, pauses), self.timing.look if self.on_air else 0.0)
            else:
                self._has_looked = True
                self._note_failure(None)
                pauses, rest = self.timing.pauses(), next(rests)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._look_now.wait()

    def _note_failure(self, failure: Failure | None) -> None:
        if failure and failure != self.failure:
            log.info("Looking for broadcasts of channel %s: %s %s", self.channel_id, failure.code, failure.params)
        self.failure = failure
        self._changed()

    def _changed(self) -> None:
        self._news.set()
        self._moved.set()

    async def _look(self) -> None:
        """Compare what YouTube lists with what we know. Raises a Refusal, and then nothing has changed."""
        listed = await self.data.broadcasts(pace=self.pace())
        now, known_at = datetime.now(UTC), self.looked_at
        self.looked_at = now
        self.outlet.heard()
        was_deaf = known_at is not None and (now - known_at).total_seconds() > self.timing.deaf
        found = {one.id: one for one in listed if one.is_live and one.id not in self.over}
        for broadcast in found.values():
            await self._found(broadcast, now, known_at if was_deaf else None)
        for broadcast_id, entry in list(self.on_air.items()):
            if broadcast_id not in found:
                await self._missed(entry)
        self.over &= {one.id for one in listed}
        await self._say_status()

    async def _found(self, broadcast: Broadcast, now: datetime, deaf_since: datetime | None) -> None:
        entry = self.on_air.get(broadcast.id)
        if entry is None:
            entry = self.on_air[broadcast.id] = OnAir(broadcast)
            await self._say_online(broadcast, now)
        entry.broadcast, entry.missed = broadcast, 0
        if entry.task is not None or not broadcast.chat_id or self._now() < entry.closed_until:
            return
        if entry.reader is not None:
            self._read(entry, token=entry.reader.place, read_until=entry.reader.read_until)
        else:
            since = max(deaf_since, broadcast.started_at or deaf_since) if deaf_since else None
            self._read(entry, read_until=since)

    async def _missed(self, entry: OnAir) -> None:
        """It may be a mistake: only a chat that is closed, too, leaves no doubt."""
        entry.missed += 1
        if entry.missed >= self.timing.misses or entry.task is None:
            await self._end(entry)

    async def _end(self, entry: OnAir) -> None:
        del self.on_air[entry.broadcast.id]
        if entry.task is not None and entry.reader is not None:
            entry.task.cancel()
            if not entry.reader.is_reading:
                await entry.reader.give_up()
        event = self._event(Kind.STREAM_OFFLINE, entry.broadcast, datetime.now(UTC))
        await self.outlet.emit([event])
        self._changed()

    # Their chats

    def _read(self, entry: OnAir, *, token: str = "", read_until: datetime | None = None) -> None:
        entry.reader = ChatReader(
            entry.broadcast.chat_id,
            channel_id=self.channel_id,
            outlet=self.outlet,
            data=self.data,
            timing=self.timing,
            changed=self._changed,
            besides=self._besides(entry),
            token=token,
            read_until=read_until,
        )
        entry.task = self._tasks.create_task(self._read_to_the_end(entry, entry.reader))

    async def _read_to_the_end(self, entry: OnAir, reader: ChatReader) -> None:
        is_over = await reader.run()
        entry.task, entry.closed_until = None, self._now() + self.timing.reopen
        if is_over and entry.broadcast.id in self.on_air:
            self.over.add(entry.broadcast.id)
            await self._end(entry)
            await self._say_status()
        self._changed()
        self._look_now.set()

    @property
    def readers(self) -> list[ChatReader]:
        return [entry.reader for entry in self.on_air.values() if entry.reader and entry.task]

    def pace(self) -> int:
        """Units an hour that listening takes at present."""
        return round(LOOK * HOUR / self.timing.look) + sum(reader.pace() for reader in self.readers)

    def _besides(self, entry: OnAir) -> Callable[[], int]:
        """What goes to everything but this chat."""
        return lambda: self.pace() - (entry.reader.pace() if entry.reader else 0)

    # Telling

    async def _say_online(self, broadcast: Broadcast, now: datetime) -> None:
        started_at = broadcast.started_at or now
        origin = Origin.LIVE if now - started_at < NEWS else Origin.BACKFILL
        await self.outlet.emit([self._event(Kind.STREAM_ONLINE, broadcast, started_at)], origin)

    def _event(self, kind: Kind, broadcast: Broadcast, at: datetime) -> StreamEvent:
        """The same for whoever notices it again."""
        return StreamEvent(
            kind=kind,
            platform=PLATFORM,
            channel_id=self.channel_id,
            external_id=f"{kind} {broadcast.id}",
            occurred_at=at,
            actor=Person(id=self.channel_id),
            message=broadcast.title,
            extra={"id": broadcast.id, "started_at": written(broadcast.started_at), "type": "live"},
        )

    async def _say_status(self) -> None:
        """Of several broadcasts the foremost stands for the channel."""
        main = foremost(entry.broadcast for entry in self.on_air.values())
        if main is None:
            await self.outlet.status(platform=PLATFORM, channel_id=self.channel_id, live=False)
            return
        await self.outlet.status(
            platform=PLATFORM,
            channel_id=self.channel_id,
            live=True,
            since=main.started_at,
            viewers=main.viewers,
            title=main.title,
            category=await self.categories.name(main.category_id),
        )

    async def _keep_telling(self) -> None:
        """Say at once how the source is doing."""
        while True:
            self._news.clear()
            await self._report()
            await self._news.wait()

    async def _report(self) -> None:
        readers = self.readers
        active = sum(reader.is_reading for reader in readers)
        failure = self.failure or next((reader.failure for reader in readers if reader.failure), None)
        is_well = active > 0 or (not readers and self._has_looked and self.failure is None)
        state = SourceState.DELIVERING if is_well else SourceState.RECONNECTING
        if failure and not is_well and failure.code in STOPPING:
            state = SourceState.STOPPED
        if not is_well and failure is None:
            state = SourceState.STARTING
        await self.outlet.health(state, active=active, wanted=len(readers), failure=failure)

    # From one start to the next

    async def _keep_place(self) -> None:
        """Note now and then how far was read, so that a restart goes on from there."""
        noted = self._memory()
        while True:
            if not any(reader.is_behind for reader in self.readers) and self._memory() == noted:
                await self._moved.wait()
            self._moved.clear()
            memory = self._memory()
            if memory != noted:
                await self.outlet.remember(broadcasts=memory)
                noted = memory
            await asyncio.sleep(self.timing.remember)

    def _memory(self) -> list[dict[str, Any]]:
        return [
            {
                "id": entry.broadcast.id,
                "chat": entry.broadcast.chat_id,
                "title": entry.broadcast.title,
                "started_at": written(entry.broadcast.started_at),
                "page": entry.reader.place if entry.reader else "",
                "unread_since": written(entry.reader.unread_since) if entry.reader else None,
            }
            for entry in self.on_air.values()
        ]

    def _restore(self) -> None:
        """Go on where the last start got to. What has ended meanwhile shows at the first look."""
        for row in map(mapping, items(self.outlet.memory.get("broadcasts"), MOST_REMEMBERED)):
            broadcast = Broadcast(
                id=text(row.get("id"), ID_LENGTH),
                chat_id=text(row.get("chat"), EXTERNAL_ID_LENGTH),
                title=text(row.get("title"), TITLE_LENGTH),
                started_at=moment(row.get("started_at")),
            )
            if not broadcast.id:
                continue
            entry = self.on_air[broadcast.id] = OnAir(broadcast, missed=self.timing.misses - 1)
            if broadcast.chat_id:
                token = text(row.get("page"), TOKEN_LENGTH)
                read_until = moment(row.get("unread_since")) or self.outlet.last_heard_at
                self._read(entry, token=token, read_until=read_until)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
