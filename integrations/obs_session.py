"""One OBS for as long as there is a link to it, whoever opened it: reading what it is like, telling those who look, and
having it do what people ask for. What OBS needs to be treated like stands in shared/platforms/obs.md, section 7.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from django.db import Error as DatabaseError
from django.utils import timezone

from events import bus, channels
from events.domain import watching
from events.ingest.threads import in_thread
from integrations.domain import commands, live, results
from integrations.enums import Trigger
from integrations.obs import reading, state
from integrations.obs.gate import Gate
from integrations.obs.picture import EVERYTHING, REMOVALS, Part, Picture
from integrations.obs_orders import Orders
from integrations.tools.failures import Busy, Kicked, LinkLost, Misunderstood, ToolFailure
from integrations.tools.link import Closed
from lumio.lib.backoff import back_off

if TYPE_CHECKING:
    from collections.abc import Collection

    from integrations.models import Integration
    from integrations.tools.link import ObsLink

log = logging.getLogger(__name__)

#: Close codes: the streamer pressed “Kick”.
KICKED = 4011
#: Read after the rest, which is shown meanwhile: there may be a question for each input.
SLOW = frozenset({Part.INPUTS, Part.MEDIA})


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    #: Before the first question: an OBS that just started has no scenes yet, and some crash when asked for them.
    first: float = 0.25
    longest: float = 5.0
    #: Events within this time are read after together, and so are those of an OBS that may be quitting.
    settle: float = 0.05
    removals: float = 0.5
    #: Changes within this time are told together.
    gather: float = 0.02
    #: How often figures are asked for while somebody looks, and whether it is still there while nobody does.
    figures: float = 2.0
    ping: float = 20.0
    #: How often everything is said again, also to those who look at an OBS that has no figures.
    again: float = live.AGAIN
    again_without_figures: float = 5.0
    #: After so long a change of the scene collection, or a switch of scenes, is over without a word.
    changing: float = 30.0
    switching: float = 3.0


async def run(row: Integration, link: ObsLink, *, timing: Timing | None = None) -> NoReturn:
    """Until the link is over, which raises a ToolFailure; closes it. What comes then is for the caller to tell."""
    session = Session(row, link, timing or Timing())
    try:
        async with commands.serve(row.pk, session.orders.carry_out):
            raise await session.until_over()
    finally:
        await link.close()


class Session:
    """What is known of the OBS of `row`, and those who find it out."""

    def __init__(self, row: Integration, link: ObsLink, timing: Timing) -> None:
        self.row = row
        self.timing = timing
        self.picture = Picture()
        self._link = link
        self._gate = Gate(link, self.picture)
        self.orders = Orders(row, self._gate, self.picture, self._tell_soon, patience=timing.switching)
        self._loop = asyncio.get_running_loop()
        self._channel = channels.obs(row.account_id)
        self._latency = link.found.latency_ms
        #: What is to be read, and when.
        self._due: dict[Part, float] = dict.fromkeys(EVERYTHING, 0.0)
        self._to_read = asyncio.Event()
        self._to_tell = asyncio.Event()
        self._told: dict[str, Any] = {}
        self._said_at = float("-inf")
        self._change_ends = 0.0
        #: Bytes sent to the stream's server, and when.
        self._sent: tuple[int, float] | None = None

    @property
    def is_limited(self) -> bool:
        """Whether only some of what OBS can do is within reach."""
        return "GetStats" not in self._link.requests

    async def until_over(self) -> ToolFailure:
        """Why."""
        with suppress(DatabaseError):
            await in_thread(results.record, self.row.pk, trigger=Trigger.LINK, found=self._link.found)
        listening = asyncio.create_task(self._listen())
        tasks = {
            listening,
            *(asyncio.create_task(work) for work in (self._read(), self._tell(), self._ask_for_figures())),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # Whoever asked may notice first; only who listens knows the code it was closed with.
            await asyncio.wait({listening}, timeout=2.0)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._failure_of([task.exception() for task in {listening, *done} if not task.cancelled()])

    def _failure_of(self, errors: list[BaseException | None]) -> ToolFailure:
        named = live.named(self.row)
        for error in errors:
            if isinstance(error, Closed) and error.code == KICKED:
                return Kicked(**named)
            if isinstance(error, Misunderstood):
                return Misunderstood(**named)
            if error is not None and not isinstance(error, (Closed, ToolFailure)):
                log.error("The session of an OBS broke", exc_info=error)
        return LinkLost(**named)

    # --- What OBS says --------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        async for event, data in self._link.events():
            parts = self.picture.hear(event, data, timezone.now())
            if self.picture.is_changing and not self._change_ends:
                self._change_ends = self._loop.time() + self.timing.changing
            self._want(parts, self.timing.removals if event in REMOVALS else self.timing.settle)
            self._tell_soon()

    def _want(self, parts: Collection[Part], pause: float) -> None:
        """Have them read after `pause`, or later if that was wanted before."""
        for part in parts:
            self._due[part] = max(self._due.get(part, 0.0), self._loop.time() + pause)
        if parts:
            self._to_read.set()

    async def _read(self) -> None:
        await asyncio.sleep(self.timing.first)
        pauses = back_off(self.timing.first, self.timing.longest)
        while True:
            parts = await self._next_parts()
            try:
                overtaken = await reading.read(self._gate, self.picture, parts)
            except Busy:
                self._want(parts, next(pauses))
                continue
            pauses = back_off(self.timing.first, self.timing.longest)
            self._want(overtaken, self.timing.settle)
            if not self.picture.is_changing and Part.SCENES in parts:
                self.picture.is_stale, self._change_ends = False, 0.0
            self._tell_soon()

    async def _next_parts(self) -> frozenset[Part]:
        """What is to be read now, the slow ones last. Waits until there is something."""
        while True:
            self._to_read.clear()
            now = self._loop.time()
            due = frozenset(part for part, at in self._due.items() if at <= now)
            if due:
                parts = due - SLOW or due
                for part in parts:
                    del self._due[part]
                return parts
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(self._due.values(), default=None)):
                    await self._to_read.wait()

    # --- What those who look are told -------------------------------------------------------------------------------

    def _tell_soon(self) -> None:
        self._to_tell.set()

    async def _tell(self) -> None:
        """What changes at once, everything now and then."""
        again = self.timing.again_without_figures if self.is_limited else self.timing.again
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._said_at + again if self._told else None):
                    await self._to_tell.wait()
            self._to_tell.clear()
            await asyncio.sleep(self.timing.gather)
            if self.picture.is_leaving or (self.picture.is_stale and not self._told):
                continue
            data = self._data()
            is_again = self._loop.time() >= self._said_at + again
            if is_again or _gist(data) != _gist(self._told):
                self._told = data
                if is_again:
                    self._said_at = self._loop.time()
                await in_thread(self._keep, data, with_link=is_again)

    def _data(self) -> dict[str, Any]:
        base = state.blank(integration=str(self.row.pk), label=self.row.label, via=self.row.route) | {
            "link": "limited" if self.is_limited else "connected",
            "version": self._link.found.version,
            "latency_ms": self._latency,
        }
        return self.picture.data(base, self._link.requests, timezone.now())

    def _keep(self, data: dict[str, Any], *, with_link: bool) -> None:
        watching.keep(self._channel, state.message(data), part=data["integration"])
        if with_link:  # after the picture, without which it would be no more than connecting
            found = replace(self._link.found, latency_ms=self._latency)
            live.keep(self.row.pk, self.row.account_id, live.up(self.row, found, is_limited=self.is_limited))

    # --- Figures ----------------------------------------------------------------------------------------------------

    async def _ask_for_figures(self) -> None:
        pings_at = self._loop.time() + self.timing.ping
        while True:
            await asyncio.sleep(self.timing.figures)
            self._give_up_waiting()
            is_watched = await in_thread(watching.is_watched, self._channel)
            if self.is_limited or not (is_watched or self._loop.time() >= pings_at):
                continue
            pings_at = self._loop.time() + self.timing.ping
            with suppress(Busy):
                figures = await self._figures()
                if is_watched:
                    await in_thread(bus.announce, self._channel, state.stats_message(figures))

    async def _figures(self) -> dict[str, Any]:
        began = self._loop.time()
        told = await self._gate.ask("GetStats")
        self._latency = round((self._loop.time() - began) * 1000)
        stream = await reading.running(self._gate, self.picture)
        self._tell_soon()
        return state.stats(
            integration=str(self.row.pk), told=told, stream=stream, kbps=self._rate(stream), at=timezone.now()
        )

    def _rate(self, stream: dict[str, Any]) -> int | None:
        """Kilobits a second since the last time; None for what does not stream, or has just begun."""
        before, self._sent = self._sent, None
        sent = stream.get("outputBytes")
        if stream.get("outputActive") is not True or type(sent) is not int:
            return None
        self._sent = sent, self._loop.time()
        if before is None or sent < before[0]:
            return None
        return round((sent - before[0]) * 8 / 1000 / max(self._sent[1] - before[1], 0.1))

    def _give_up_waiting(self) -> None:
        """For the end of a change, or of a switch, of which nobody told."""
        self.orders.give_up_waiting()
        if self.picture.is_changing and self._loop.time() >= self._change_ends:
            self._want(self.picture.hear("CurrentSceneCollectionChanged", {}, timezone.now()), 0.0)


def _gist(data: dict[str, Any]) -> dict[str, Any]:
    """Without what only time changes."""
    record = data.get("record", {}) | {"seconds": None}
    return data | {"read_at": None, "latency_ms": None, "record": record}
