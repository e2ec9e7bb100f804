"""Makes what runs be what the database wants: a reconciliation loop over sources, leases and tasks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from events import bus
from events.enums import Origin, SourceState
from events.ingest import health, leases
from events.ingest.base import Failure, SourceSpec, wanted_sources
from events.ingest.health import Health
from events.ingest.threads import in_own_thread
from events.ingest.writer import Place, Writer

if TYPE_CHECKING:
    from datetime import datetime

    from events.types import StreamEvent

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A dead process is noticed after at most `lease` + `every`."""

    every: float = 2.0
    lease: float = 6.0
    #: Changes of health within this time are written together.
    settle: float = 0.05
    restart_first: float = 1.0
    restart_longest: float = 60.0
    #: A source that ran this long starts with a short pause again.
    healthy_after: float = 60.0


@dataclass
class Source:
    """A source that this process holds, and the task that runs it."""

    spec: SourceSpec
    place: Place
    health: Health
    task: asyncio.Task[None]


class Supervisor:
    """Runs the sources whose leases it can get. Several processes share the work; nothing runs twice.

    Use `run()`, or in tests `reconcile()` as often as wanted and `close()` at the end.
    """

    def __init__(
        self,
        *,
        wanted: Callable[[], Sequence[SourceSpec]] = wanted_sources,
        timing: Timing | None = None,
        owner: str | None = None,
        writer: Writer | None = None,
    ) -> None:
        self.owner = owner or f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.timing = timing or Timing()
        self.writer = writer or Writer(on_stale=self._stale)
        self._wanted = wanted
        self._sources: dict[str, Source] = {}
        self._rests_since = time.time()
        self._writer_runs = False
        self._news = asyncio.Event()
        self._nudged = asyncio.Event()
        self._trouble = ""

    @property
    def running(self) -> dict[str, int]:
        """The fences of the sources that run here, by key."""
        return {key: source.place.fence for key, source in self._sources.items()}

    async def run(self, stop: asyncio.Event) -> None:
        """Reconcile every few seconds, and at once when nudged, until `stop` is set; then hand everything over."""
        helpers = [asyncio.create_task(self._listen()), asyncio.create_task(self._write_changes())]
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._nudged.clear()
                await self._reconcile_or_say_why_not()
                nudged = asyncio.create_task(self._nudged.wait())
                await asyncio.wait({stopping, nudged}, timeout=self.timing.every, return_when="FIRST_COMPLETED")
                nudged.cancel()
        finally:
            stopping.cancel()
            await _ended(helpers)
            await self.close()

    async def reconcile(self) -> None:
        """Once: keep our leases, stop what is lost or unwanted, take what is free and wanted, write how all are."""
        if not self._writer_runs:
            self.writer.start()
            self._writer_runs = True
        try:
            await self._renew()
            wanted = {spec.key: spec for spec in await in_own_thread(self._wanted)}
            await self._drop(
                source
                for key, source in self._sources.items()
                if key not in wanted or wanted[key].revision != source.spec.revision
            )
            missing = [spec for key, spec in wanted.items() if key not in self._sources]
            if missing:
                won = await in_own_thread(leases.claim, missing, owner=self.owner, seconds=self.timing.lease)
                for key, fence in won.items():
                    self._start(wanted[key], fence)
            await self._write_health(self._sources.values())
        finally:
            self._rests_since = time.time()

    async def close(self) -> None:
        """Stop everything, store what has been heard, and let others take over at once."""
        sources = list(self._sources.values())
        self._sources.clear()
        await _ended([source.task for source in sources])
        if self._writer_runs:
            await self.writer.stop()
        keys = [source.spec.key for source in sources]
        with contextlib.suppress(DatabaseError):  # the leases run out by themselves
            await in_own_thread(leases.release, keys, owner=self.owner, state=SourceState.RECONNECTING)

    def _stale(self, place: Place) -> None:
        self._lose(place.source, place.fence)

    def _lose(self, key: str, fence: int) -> None:
        """This source is somebody else's now, or nobody's: stop at once."""
        source = self._sources.get(key)
        if source and source.place.fence == fence:
            log.warning("%s no longer runs here: the lease is lost", key)
            del self._sources[key]
            source.task.cancel()

    # Steps of reconciling

    async def _renew(self) -> None:
        rested = time.time() - self._rests_since
        if rested > self.timing.lease and self._sources:
            # This process was stopped or asleep: others may have taken over, and the sockets are of no use.
            log.warning("Nothing ran here for %.0f seconds: all sources start anew", rested)
            await self._drop(self._sources.values())
        if self._sources:
            held = self.running
            for key in await in_own_thread(leases.renew, held, owner=self.owner, seconds=self.timing.lease):
                self._lose(key, held[key])

    async def _drop(self, sources: Iterable[Source]) -> None:
        """Stop sources and let go of them, after what they heard and said last is stored."""
        dropped = list(sources)
        if not dropped:
            return
        for source in dropped:
            self._sources.pop(source.spec.key, None)
        await _ended([source.task for source in dropped])
        await self.writer.drain(*(source.place for source in dropped))
        await self._write_health(dropped)
        keys = [source.spec.key for source in dropped]
        await in_own_thread(leases.release, keys, owner=self.owner, state=SourceState.STOPPED, subscriptions_active=0)

    def _start(self, spec: SourceSpec, fence: int) -> None:
        place = Place(spec.account_id, spec.key, fence)
        report = Health(spec.key, spec.account_id, fence)
        outlet = SourceOutlet(place, report, self.writer, self._news.set)
        task = asyncio.create_task(self._keep_running(spec, outlet), name=spec.key)
        self._sources[spec.key] = Source(spec, place, report, task)

    async def _keep_running(self, spec: SourceSpec, outlet: SourceOutlet) -> None:
        """Run one source, again and again. Whatever it raises stays here."""
        pause = self.timing.restart_first
        while True:
            began = time.monotonic()
            try:
                await spec.run(outlet)
            except Exception:
                log.exception("The source %s broke and is started again", spec.key)
                await outlet.health(SourceState.RECONNECTING, active=0, failure=Failure("broken"))
            if time.monotonic() - began > self.timing.healthy_after:
                pause = self.timing.restart_first
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  not a secret
            pause = min(pause * 2, self.timing.restart_longest)

    # Beside reconciling

    async def _reconcile_or_say_why_not(self) -> None:
        try:
            await self.reconcile()
        except DatabaseError as error:
            if not self._trouble:
                log.warning("Sources cannot be compared with the database: %s", error)
            self._trouble = str(error)
        except Exception:
            log.exception("Reconciling failed")
        else:
            if self._trouble:
                log.warning("The database is back")
            self._trouble = ""

    async def _listen(self) -> None:
        async for _ in bus.listen([bus.INGEST]):
            self._nudged.set()

    async def _write_changes(self) -> None:
        while True:
            await self._news.wait()
            await asyncio.sleep(self.timing.settle)
            self._news.clear()
            with contextlib.suppress(DatabaseError):  # the next round of reconciling says so, and writes them
                await self._write_health(self._sources.values())

    async def _write_health(self, sources: Iterable[Source]) -> None:
        news = [source.health for source in sources if source.health.is_news]
        if news:
            await in_own_thread(health.write, news, owner=self.owner)


class SourceOutlet:
    """The Outlet of one source under one fence."""

    def __init__(self, place: Place, report: Health, writer: Writer, news: Callable[[], Any]) -> None:
        self._place = place
        self._report = report
        self._writer = writer
        self._news = news

    async def emit(self, events: Sequence[StreamEvent], origin: Origin = Origin.LIVE) -> None:
        self._report.heard(event=True)
        await self._writer.put(self._place, events, origin)

    def heard(self) -> None:
        self._report.heard()

    async def health(
        self,
        state: SourceState,
        *,
        active: int | None = None,
        wanted: int | None = None,
        failure: Failure | None = None,
    ) -> None:
        if self._report.report(state, active, wanted, failure):
            self._news()

    async def status(
        self,
        *,
        platform: str,
        channel_id: str,
        live: bool,
        since: datetime | None = None,
        viewers: int | None = None,
        title: str | None = None,
        category: str | None = None,
        name: str | None = None,
    ) -> None:
        known = {"title": title, "category": category, "channel_name": name}
        self._report.channel = {
            **(self._report.channel or {}),
            "platform": platform,
            "channel_id": channel_id,
            "live": live,
            "live_since": since,
            "viewers": viewers,
            **{field: value for field, value in known.items() if value is not None},
        }
        self._news()


async def _ended(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they are gone."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
