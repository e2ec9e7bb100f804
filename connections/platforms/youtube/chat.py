"""One live chat, read to its end: as a stream while there is one, else by asking again and again.

Facts: https://developers.google.com/youtube/v3/live/docs/liveChatMessages. Every page names where to go on, through
broken connections and restarts. Without such a token the first page is what was said lately: history, no alerts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from connections.platforms.bans import with_removal
from connections.platforms.failures import ChatAskedFor, ChatAskedForSlowly, NotLive, Unavailable
from connections.platforms.gifts import GiftBombs
from connections.platforms.metering import HOUR, LONG_STREAM
from connections.platforms.youtube import api
from connections.platforms.youtube.api import NotAccepted
from connections.platforms.youtube.calls import DataApi, NotStreamed
from connections.platforms.youtube.costs import POLL, STREAM
from connections.platforms.youtube.pages import Page
from connections.platforms.youtube.parse import (
    PLATFORM,
    ends_chat,
    is_same_payment,
    parse,
    poll_progress,
    published_at,
)
from connections.platforms.youtube.stream import NotAnArray
from connections.platforms.youtube.timing import Timing, Turns
from events.enums import Kind, Origin
from events.ingest.base import Failure, Outlet
from events.ingest.gaps import gap
from lumio.lib.errors import Refusal
from lumio.lib.http import Unreachable

if TYPE_CHECKING:
    from connections.platforms.metering import Budget
    from events.types import StreamEvent

log = logging.getLogger(__name__)

MOST_PAYMENTS = 500


class StreamOver(Exception):
    """The chat says that the stream has ended."""


class ChatReader:
    """Reads a chat and delivers it. `token` is where to begin; `read_until` until when everything was read, if it was.

    `changed` is called when there is something new to say about it; `besides` is asked how many units an hour go to
    other things.
    """

    def __init__(
        self,
        chat_id: str,
        *,
        channel_id: str,
        outlet: Outlet,
        data: DataApi,
        timing: Timing,
        changed: Callable[[], None],
        besides: Callable[[], int] = lambda: 0,
        token: str = "",
        read_until: datetime | None = None,
    ) -> None:
        self.chat_id = chat_id
        self.channel_id = channel_id
        self.outlet = outlet
        self.data = data
        self.timing = timing
        self.token = token
        #: As far as everything is stored, or about to be: what a restart goes on from.
        self.place = token
        self.read_until = read_until
        self.is_reading = False
        self.failure: Failure | None = None
        self._changed = changed
        self._besides = besides
        self._gifts = {
            origin: GiftBombs(partial(outlet.emit, origin=origin))
            for origin in (Origin.LIVE, Origin.REPLAY, Origin.BACKFILL)
        }
        self._turns = Turns(timing.burst, timing.reconnect)
        self._breaks = 0
        self._polls_until = 0.0
        self._poll_wait = 0.0
        self._streamed: deque[float] = deque()
        self._poll_said = ""
        #: What was paid lately, to be recognised when it is fetched once more.
        self._paid: deque[StreamEvent] = deque(maxlen=MOST_PAYMENTS)
        #: Since when there has been no interruption, by YouTube's clock; and whether it began with a token.
        self._began = datetime.now(UTC)
        self._resumes = False
        self._is_first = True
        #: Whether the attempt that is under way has got an answer.
        self._is_open = False

    async def run(self) -> bool:
        """Read until the chat is closed; whether that is because the stream is over."""
        try:
            await self._read()
        except StreamOver:
            return True
        except NotLive:
            await self.give_up()
            return False
        finally:
            self.is_reading = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.timing.farewell):
                    for gifts in self._gifts.values():
                        await gifts.flush()

    async def give_up(self) -> None:
        """It is over, and what was said since the last page will not be read any more."""
        if self.read_until is not None:
            await self._own_up(datetime.now(UTC))

    @property
    def unread_since(self) -> datetime | None:
        """Since when nothing was read that should have been; None while it is read."""
        return None if self.is_reading else self.read_until

    @property
    def is_behind(self) -> bool:
        """Whether more was read than is noted down, because a gift still waits for its recipients."""
        self._note_place()
        return self.place != self.token

    def pace(self) -> int:
        """Units an hour that reading takes at present."""
        if self._poll_wait:
            return round(POLL * HOUR / self._poll_wait)
        an_hour_ago = asyncio.get_running_loop().time() - HOUR
        while self._streamed and self._streamed[0] < an_hour_ago:
            self._streamed.popleft()
        return STREAM * max(1, len(self._streamed))

    # Through interruptions

    async def _read(self) -> NoReturn:
        """Raises StreamOver or NotLive."""
        pauses = self.timing.pauses()
        while True:
            began, self._is_open = self._now(), False
            try:
                if began < self._polls_until:
                    await self._poll_for_a_while()
                    continue
                await self._stream()
            except NotLive:
                raise
            except NotStreamed:
                self._leave_stream()
                continue
            except NotAccepted as refusal:
                rest = 0.0 if self.token else self.timing.rest(refusal, pauses)
                self._interrupted(None if self.token else refusal)
                self.token = self.place = ""
            except NotAnArray:
                self._count_break(began)
                self._interrupted(Unavailable(platform=api.NAME))
                rest = next(pauses)
            except Refusal as refusal:
                if isinstance(refusal, Unreachable | Unavailable):
                    self._count_break(began)
                if not self._is_silence(refusal):
                    self._interrupted(refusal)
                rest = self.timing.rest(refusal, pauses)
            else:  # the platform ends a stream now and then
                self._count_break(began)
                rest = 0.0
            if self._now() - began > self.timing.short:
                pauses = self.timing.pauses()
            self._is_first = True
            await asyncio.sleep(rest)

    def _count_break(self, began: float) -> None:
        """Streams that break again and again are not worth their units."""
        self._breaks = self._breaks + 1 if self._now() - began < self.timing.short else 0
        if self._breaks >= self.timing.breaks:
            self._leave_stream()

    def _is_silence(self, refusal: Refusal) -> bool:
        """Whether nothing worse happened than that nobody said anything for long."""
        return self._is_open and isinstance(refusal, Unreachable) and refusal.reason == "timeout"

    def _leave_stream(self) -> None:
        if not self._poll_wait:
            log.info("The chat of channel %s is asked for: YouTube does not stream it", self.channel_id)
        self._breaks = 0
        self._polls_until = self._now() + self.timing.polls_for

    def _interrupted(self, refusal: Refusal | None) -> None:
        failure = Failure.of(refusal) if refusal else None
        if self.is_reading or failure != self.failure:
            self.is_reading, self.failure = False, failure
            self._changed()

    def _connected(self, at: datetime, failure: Failure | None = None) -> None:
        """Reading goes on: what is said from now on is heard."""
        self._is_open = True
        if self._is_first:
            self._began, self._resumes = at, bool(self.token)
        if not self.is_reading or failure != self.failure:
            self.is_reading, self.failure = True, failure
            self._changed()

    # The two ways

    async def _stream(self) -> None:
        """One connection, until the platform ends it."""
        await self._turns.take()
        self._streamed.append(self._now())
        async with self.data.stream(self.chat_id, self.token, silence=self.timing.silence) as stream:
            self._poll_wait = 0.0
            self._connected(stream.at)
            try:
                async for page in stream.pages:
                    await self._take(page)
            finally:
                if self.token and self.read_until is not None:
                    self.read_until = datetime.now(UTC)  # until it broke, nothing was missed

    async def _poll_for_a_while(self) -> None:
        """Ask as often as today's units allow. Then the stream is tried again."""
        while self._now() < self._polls_until:
            page, at = await self.data.page(self.chat_id, self.token)
            budget = await self.data.budget()
            now = datetime.now(UTC)
            self._poll_wait = self._wait_after(page, budget, now)
            self._connected(at, self._asked_for(page, budget, now))
            await self._take(page)
            await asyncio.sleep(self._poll_wait)

    def _wait_after(self, page: Page, budget: Budget | None, now: datetime) -> float:
        evenly = budget.seconds_per_call(POLL, now, besides=self._besides()) if budget else 0.0
        floor = min(max(evenly, self.timing.fastest_poll), self.timing.slowest_poll)
        return max(floor, page.wait)

    def _asked_for(self, page: Page, budget: Budget | None, now: datetime) -> Failure:
        """What the card says about a chat that is not streamed."""
        fastest = max(self.timing.fastest_poll, page.wait)
        params = {"platform": api.NAME, "seconds": round(self._poll_wait)}
        if budget is None or budget.lasts_for(LONG_STREAM, POLL * HOUR / fastest, now):
            return Failure(ChatAskedFor.code, params)
        return Failure(ChatAskedForSlowly.code, params | {"fastest": round(fastest), "hours": LONG_STREAM})

    # What was said

    async def _take(self, page: Page) -> None:
        """Deliver a page. Raises StreamOver after the last one."""
        self.outlet.heard()
        events = [event for item in page.items if (event := parse(item, channel_id=self.channel_id))]
        if self._is_first:
            await self._note_gap(page, events)
        for event in events:
            if event.kind is Kind.SUPERCHAT:
                self._paid.append(event)
            for one in with_removal(event):
                await self._gifts[self._origin_of(event)].put(one)
        await self._say_poll(page)
        for origin in (Origin.REPLAY, Origin.BACKFILL):
            await self._gifts[origin].flush()
        self.token = page.token or self.token
        self._is_first = False
        self.read_until = datetime.now(UTC)
        self._note_place()
        self._changed()
        if page.is_last or any(map(ends_chat, page.items)):
            raise StreamOver

    def _note_place(self) -> None:
        if not self._gifts[Origin.LIVE].is_waiting:
            self.place = self.token

    def _origin_of(self, event: StreamEvent) -> Origin:
        """What was said before we were there is no news; what was said while we were away is, for a while."""
        if not self._resumes:
            return Origin.REPLAY if event.occurred_at < self._began else Origin.LIVE
        is_old = event.occurred_at < self._began - timedelta(seconds=self.timing.fresh)
        return Origin.BACKFILL if is_old else Origin.LIVE

    async def _say_poll(self, page: Page) -> None:
        event = poll_progress(page.poll, channel_id=self.channel_id)
        if event is not None and event.external_id != self._poll_said:
            self._poll_said = event.external_id
            await self.outlet.emit([event])

    async def _note_gap(self, page: Page, events: Sequence[StreamEvent]) -> None:
        """Without a token YouTube tells what was said lately: is it all since we read last?"""
        if self.token or self.read_until is None:
            return
        oldest = min(filter(None, map(published_at, page.items)), default=None)
        if oldest is None or oldest > self.read_until:
            known = [event for event in events if event.kind is Kind.SUPERCHAT]
            await self._own_up(oldest or self._began, known)

    async def _own_up(self, until: datetime, known: Sequence[StreamEvent] = ()) -> None:
        """Say that something may have been missed, and fetch what was paid meanwhile. `known` has come already."""
        since, self.read_until = self.read_until, None
        if since is None or (until - since).total_seconds() <= self.timing.gap:
            return
        await self.outlet.emit([gap(platform=PLATFORM, channel_id=self.channel_id, since=since, until=until)])
        # What an earlier process read last is not known exactly.
        since += timedelta(seconds=0 if self._paid else self.timing.edge)
        try:
            paid = await self.data.paid_between(since, until, channel_id=self.channel_id)
        except Refusal as refusal:
            log.info("What was paid on channel %s in a gap is not known: %s", self.channel_id, refusal)
            return
        known = [*self._paid, *known]
        new = [event for event in paid if not any(is_same_payment(event, other) for other in known)]
        if new:
            await self.outlet.emit(new, Origin.BACKFILL)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
