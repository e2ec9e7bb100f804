"""Asking what plays: one poller for each account, however many pages look, and none while nobody does.

It is a source like those that listen to channels, so a lease makes it the only one, and another process takes over
from one that died (docs/decisions/0021). Nothing it finds out is stored.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import Error as DatabaseError
from django.utils import timezone

from connections.domain import grants, pauses, players
from connections.domain.pauses import PausedUntil
from connections.domain.players import PLATFORM, PLAYER
from connections.enums import GrantState, Purpose
from connections.ingest import switched_on
from connections.models import Connection
from connections.platforms.failures import PlatformFailure, Unavailable
from events import bus, channels
from events.channels import Channel
from events.domain import watching
from events.enums import SourceState
from events.ingest.base import Failure, SourceSpec
from events.ingest.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.ingest.base import Outlet
    from lumio.lib.errors import Refusal


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. How often Spotify is asked: https://developer.spotify.com/documentation/web-api/concepts/rate-limits
    names no number, and asks to ask seldom."""

    playing: float = 3.0
    #: After the end of what plays, so that the next one is seen at once.
    after_end: float = 1.0
    #: While nothing plays: at first, and at last.
    quiet: float = 15.0
    quiet_longest: float = 30.0
    #: After somebody pressed a button: before that the effect does not show.
    after_action: float = 0.5
    failing: float = 5.0
    failing_longest: float = 30.0
    #: For so long after a failure that passes, what was known last is believed.
    patience: float = 30.0
    #: How often the state is said again although nothing has changed, and whether somebody looks is asked.
    again: float = 15.0
    idle: float = 60.0
    #: How far progress may be from where it should be before somebody must have moved it.
    off: float = 3.0


def wanted_sources() -> list[SourceSpec]:
    """One for each sign-in that may read the player and works."""
    rows = Connection.objects.filter(
        state=GrantState.CONNECTED, purpose=Purpose.CHANNEL, platform=PLATFORM.slug, account__closed_at=None
    ).only("id", "account_id", "platform", "scopes", "connected_at")
    return [
        SourceSpec(
            key=row.player_key,
            account_id=row.account_id,
            run=partial(ask_for_ever, row),
            revision=row.connected_at.isoformat(),
        )
        for row in switched_on(rows)
        if PLAYER.to_read <= set(row.scopes)
    ]


async def ask_for_ever(connection: Connection, outlet: Outlet, *, timing: Timing | None = None) -> None:
    """Ask whenever it is time to, or somebody came to look or pressed a button."""
    poller = Poller(connection, timing or Timing())
    acted = False
    with NUDGES.of(poller.channel) as nudge:
        while True:
            try:
                pause = await in_thread(poller.step, acted=acted)
            except DatabaseError:
                pause = poller.timing.failing
            failure = Failure.of(poller.refusal) if poller.refusal else None
            await outlet.health(SourceState.RECONNECTING if failure else SourceState.DELIVERING, failure=failure)
            acted = await nudge.wait(pause, poller)


class Poller:
    """What one account's player does, asked one step at a time. `clock` counts seconds."""

    def __init__(self, connection: Connection, timing: Timing, clock: Callable[[], float] = time.monotonic) -> None:
        self.channel = channels.music(connection.account_id)
        self.timing = timing
        #: Whether nobody looks.
        self.is_idle = True
        #: Why it cannot be told what plays.
        self.refusal: Refusal | None = None
        self._connection = connection
        self._clock = clock
        self._known: dict[str, Any] | None = None
        self._told: dict[str, Any] | None = None
        self._ask_at = self._tell_at = clock()
        self._known_at = 0.0
        #: How often in turn nothing played, and nobody answered.
        self._quiet = self._failed = 0

    def step(self, *, acted: bool = False) -> float:
        """Do what it is time for; seconds until there is more to do."""
        if not watching.is_watched(self.channel):
            self.is_idle, self._known, self._told, self._quiet = True, None, None, 0
            self._ask_at = self._clock()
            return self.timing.idle
        self.is_idle = False
        if acted or self._clock() >= self._ask_at:
            self._quiet = 0 if acted else self._quiet
            self._known, pause = self._ask()
            self._ask_at = self._clock() + pause
        if self._known and (self._is_news(self._known) or self._clock() >= self._tell_at):
            watching.keep(self.channel, players.message(self._known))
            self._told = self._known
            self._tell_at = self._clock() + self.timing.again
        return max(0.0, min(self._ask_at, self._tell_at) - self._clock())

    def _ask(self) -> tuple[dict[str, Any], float]:
        """What is known now, and seconds until the next time that the platform is to be asked."""
        try:
            playback = pauses.call(self._connection, lambda access: PLAYER.playback(access.token))
        except PausedUntil as pause:
            self.refusal = pause
            told = players.trouble(pause, at=timezone.now(), paused_until=pause.until)
            return told, min(pause.retry_after or 0, self.timing.again)
        except grants.GrantUnusable as error:
            return self._failing(error.failure)
        except PlatformFailure as failure:
            return self._failing(failure)
        self.refusal, self._failed, self._known_at = None, 0, self._clock()
        premium = players.needs_premium(self._connection)
        told = players.data_of(playback, read_at=timezone.now(), needs_premium=premium)
        return told, self._pause(told)

    def _failing(self, refusal: Refusal) -> tuple[dict[str, Any], float]:
        """What was known last is kept for a while if the failure is one that passes."""
        self.refusal = refusal
        pause = min(self.timing.failing * 2**self._failed, self.timing.failing_longest)
        self._failed = min(self._failed + 1, 16)
        is_recent = self._known and self._clock() - self._known_at < self.timing.patience
        if isinstance(refusal, Unavailable) and self._known and is_recent:
            return self._known, pause
        return players.trouble(refusal, at=timezone.now()), pause

    def _pause(self, told: dict[str, Any]) -> float:
        """Short while something plays, shorter still before its end, longer and longer while nothing does."""
        if told["state"] != "playing":
            pause = min(self.timing.quiet + 5.0 * self._quiet, self.timing.quiet_longest)
            self._quiet += 1
            return pause
        self._quiet = 0
        length = told["item"]["duration_ms"]
        if length is None or told["progress_ms"] is None:
            return self.timing.playing
        left = max(0.0, (length - told["progress_ms"]) / 1000)
        return min(self.timing.playing, left + self.timing.after_end)

    def _is_news(self, data: dict[str, Any]) -> bool:
        """Whether anything differs from what was told, or progress is not where it should be."""
        if self._told is None:
            return True
        running = {"progress_ms": None, "read_at": None}
        if data | running != self._told | running:
            return True
        if data["progress_ms"] is None or self._told["progress_ms"] is None:
            return data["progress_ms"] != self._told["progress_ms"]
        moved = timedelta(milliseconds=data["progress_ms"] - self._told["progress_ms"])
        passed = timedelta()
        if data["state"] == "playing":
            passed = datetime.fromisoformat(data["read_at"]) - datetime.fromisoformat(self._told["read_at"])
        return abs((moved - passed).total_seconds()) > self.timing.off


class Nudge:
    """What wakes one poller."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._acted = False

    def give(self, *, acted: bool) -> None:
        self._acted |= acted
        self._event.set()

    async def wait(self, seconds: float, poller: Poller) -> bool:
        """Until so many seconds are over, somebody comes to look while nobody did, or the effect of a button shows.
        Whether it was a button."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        acted = False
        while True:
            try:
                async with asyncio.timeout_at(ends):
                    await self._event.wait()
            except TimeoutError:
                return acted
            self._event.clear()
            if self._acted:
                acted, self._acted = True, False
                ends = min(ends, loop.time() + poller.timing.after_action)
            elif poller.is_idle:
                return acted


class Nudges:
    """One connection to Valkey that wakes all pollers of this process."""

    def __init__(self) -> None:
        self._waiting: dict[Channel, Nudge] = {}
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def of(self, channel: Channel) -> Iterator[Nudge]:
        nudge = self._waiting[channel] = Nudge()
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        try:
            yield nudge
        finally:
            if self._waiting.get(channel) is nudge:
                del self._waiting[channel]
            if not self._waiting and self._listening:
                self._listening.cancel()
                self._listening = None

    async def _listen(self) -> None:
        async for _, text in bus.listen([watching.TOPIC]):
            try:
                channel, acted = watching.nudged(text)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
            if channel and (nudge := self._waiting.get(channel)):
                nudge.give(acted=acted)


NUDGES = Nudges()
