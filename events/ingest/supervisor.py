"""Makes what runs be what the database wants: a reconciliation loop over sources, leases and tasks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import Error as DatabaseError
from django.db import connections

from events import bus
from events.enums import Kind, Origin, SourceState
from events.ingest import health, leases
from events.ingest.base import Failure, SourceSpec, wanted_sources
from events.ingest.health import Health
from events.ingest.leases import Lease
from events.ingest.threads import in_lease_thread, in_own_thread
from events.ingest.writer import Place, Writer
from lumio.lib.backoff import back_off

if TYPE_CHECKING:
    from datetime import datetime

    from events.types import StreamEvent

log = logging.getLogger(__name__)

#: Seconds that a source waits for its events to be stored before it gives up keeping how far it has read.
REMEMBERING = 30.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A dead process is noticed after at most `lease` + `every`."""

    every: float = 2.0
    lease: float = 5.0
    #: How long a round waits for what it stops, so that a new revision can start in the same one.
    patience: float = 1.0
    #: How long what a source heard last may take to be stored before the source is let go of.
    drain: float = 5.0
    #: How long others may take their share of many free sources, before those that are left are looked at again.
    share: float = 0.5
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
        #: Sources that are being stopped: still ours, until what they heard last is stored.
        self._leaving: dict[str, Source] = {}
        self._farewells: set[asyncio.Task[None]] = set()
        self._keeping: list[asyncio.Task[None]] = []
        self._renewed_at = time.time()
        self._writer_runs = False
        self._writing_health = asyncio.Lock()
        self._news = asyncio.Event()
        self._nudged = asyncio.Event()
        self._troubles: set[str] = set()

    @property
    def running(self) -> dict[str, int]:
        """The fences of the sources that run here, by key."""
        return {key: source.place.fence for key, source in self._sources.items()}

    async def run(self, stop: asyncio.Event) -> None:
        """Keep leases and reconcile until `stop` is set, then hand everything over.

        Leases are kept beside everything else: no slow query and no source that takes its time costs one.
        """
        self._keeping = [asyncio.create_task(self._keep())]
        comparing = asyncio.create_task(self._compare_until(stop))
        helpers = [asyncio.create_task(self._listen()), asyncio.create_task(self._write_changes())]
        try:
            await stop.wait()
        finally:
            self._nudged.set()
            await asyncio.wait({comparing}, timeout=self.timing.patience)  # it may just be claiming
            await _ended([comparing, *helpers])
            await self.close()

    async def reconcile(self) -> None:
        """Once: keep our leases, stop what is lost or unwanted, take what is free and wanted, write how all are."""
        await self.renew()
        await self.compare()

    async def renew(self) -> None:
        """Keep the leases. What is somebody else's by now is stopped at once."""
        if self._slept and self._sources:
            log.warning("Nothing ran here for a while: all sources start anew")
            self._drop(self._sources.values(), SourceState.RECONNECTING)
        held = {key: source.place.fence for key, source in (self._leaving | self._sources).items()}
        try:
            if held:
                for key in await in_lease_thread(leases.renew, held, owner=self.owner, seconds=self.timing.lease):
                    self._lose(key, held[key])
        finally:
            self._renewed_at = time.time()

    @property
    def _slept(self) -> bool:
        """Whether this process was stopped or asleep: others may have taken over, and the sockets are of no use."""
        return time.time() - self._renewed_at > self.timing.lease

    async def compare(self) -> None:
        """Stop what is unwanted, take what is free and wanted, write how all are."""
        if not self._writer_runs:
            self.writer.start()
            self._writer_runs = True
        wanted = {spec.key: spec for spec in await in_own_thread(self._wanted)}
        self._drop(
            source
            for key, source in self._sources.items()
            if key not in wanted or wanted[key].revision != source.spec.revision
        )
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=self.timing.patience)
        missing = [spec for key, spec in wanted.items() if key not in self._sources and key not in self._leaving]
        if missing:
            won = await in_own_thread(leases.claim, missing, owner=self.owner, seconds=self.timing.lease)
            for key, lease in won.items():
                self._start(wanted[key], lease)
            if len(won) >= leases.EAGER:  # there may be more, of which the others had their share by then
                asyncio.get_running_loop().call_later(self.timing.share, self._nudged.set)
        await self.report()

    async def report(self) -> None:
        """Write how all sources are."""
        await self._write_health(self._sources.values())

    async def close(self) -> None:
        """Stop everything, store what has been heard, and let others take over at once."""
        self._drop(self._sources.values(), SourceState.RECONNECTING)
        if self._farewells:
            await asyncio.wait(self._farewells)
        if self._writer_runs:
            await self.writer.stop()
        with contextlib.suppress(DatabaseError):  # the leases run out by themselves
            await in_own_thread(leases.release_all, owner=self.owner, state=SourceState.RECONNECTING)
        await in_own_thread(bus.send, bus.INGEST, "{}")
        await _ended(self._keeping)  # until now: others would not have waited
        await in_lease_thread(connections.close_all)

    def _stale(self, place: Place) -> None:
        self._lose(place.source, place.fence)

    def _lose(self, key: str, fence: int) -> None:
        """This source is somebody else's now, or nobody's: stop at once."""
        source = self._sources.get(key)
        if source and source.place.fence == fence:
            log.warning("%s no longer runs here: the lease is lost", key)
            del self._sources[key]
            source.task.cancel()

    # Stopping

    def _drop(self, sources: Iterable[Source], state: SourceState = SourceState.STOPPED) -> None:
        """Begin to let go of sources. Until they are gone they are still ours, and nobody waits for them."""
        dropped = list(sources)
        if not dropped:
            return
        for source in dropped:
            self._leaving[source.spec.key] = self._sources.pop(source.spec.key)
            if source.health.state == SourceState.DELIVERING and not self._slept:
                source.health.heard()  # it listened until now
        farewell = asyncio.create_task(self._let_go(dropped, state))
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)

    async def _let_go(self, sources: Sequence[Source], state: SourceState) -> None:
        """Stop sources and release them, after what they heard and said last is stored."""
        keys = [source.spec.key for source in sources]
        try:
            for source in sources:
                source.task.cancel()
            await asyncio.wait([source.task for source in sources], timeout=self.timing.drain)
            await self.writer.drain(*(source.place for source in sources), seconds=self.timing.drain)
            await self._write_health(sources)
            await in_own_thread(leases.release, keys, owner=self.owner, state=state, subscriptions_active=0)
        except DatabaseError as error:
            log.warning("Sources cannot be released, their leases run out by themselves: %s", error)
        finally:
            for key in keys:
                del self._leaving[key]
            self._nudged.set()  # they may be wanted again

    # Running

    def _start(self, spec: SourceSpec, lease: Lease) -> None:
        place = Place(spec.account_id, spec.key, lease.fence)
        report = Health(spec.key, spec.account_id, lease.fence, last_heard_at=lease.last_heard_at, memory=lease.memory)
        outlet = SourceOutlet(place, report, self.writer, self._news.set, dress=spec.dress, name=spec.name)
        task = asyncio.create_task(self._keep_running(spec, outlet), name=spec.key)
        self._sources[spec.key] = Source(spec, place, report, task)

    async def _keep_running(self, spec: SourceSpec, outlet: SourceOutlet) -> None:
        """Run one source, again and again. Whatever it raises stays here."""
        pauses = back_off(self.timing.restart_first, self.timing.restart_longest)
        while True:
            began = time.monotonic()
            try:
                await spec.run(outlet)
            except Exception:
                log.exception("The source %s broke and is started again", spec.key)
                await outlet.health(SourceState.RECONNECTING, active=0, failure=Failure("broken"))
            if time.monotonic() - began > self.timing.healthy_after:
                pauses = back_off(self.timing.restart_first, self.timing.restart_longest)
            await asyncio.sleep(next(pauses))

    # Again and again

    async def _keep(self) -> None:
        while True:
            await self._attempt(self.renew)
            await asyncio.sleep(self.timing.every)

    async def _compare_until(self, stop: asyncio.Event) -> None:
        """Every few seconds, and at once when nudged."""
        while not stop.is_set():
            self._nudged.clear()
            await self._attempt(self.compare)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.timing.every):
                    await self._nudged.wait()

    async def _attempt(self, step: Callable[[], Awaitable[None]]) -> None:
        """Do a step that is repeated anyway. Trouble is said once, when it begins and when it ends."""
        name = step.__name__
        try:
            await step()
        except DatabaseError as error:
            if name not in self._troubles:
                log.warning("Ingest waits for the database (%s): %s", name, error)
            self._troubles.add(name)
        except Exception:
            log.exception("Ingest: %s failed", name)
        else:
            if name in self._troubles:
                log.warning("The database is back (%s)", name)
            self._troubles.discard(name)

    async def _listen(self) -> None:
        async for _ in bus.listen([bus.INGEST]):
            self._nudged.set()

    async def _write_changes(self) -> None:
        while True:
            await self._news.wait()
            await asyncio.sleep(self.timing.settle)
            self._news.clear()
            await self._attempt(self.report)

    async def _write_health(self, sources: Iterable[Source]) -> None:
        """When this returns, all news is written: also what another call was about to write."""
        async with self._writing_health:
            news = [source for source in sources if source.health.is_news]
            if news:
                waiting = self.writer.waits_since()
                for source in news:
                    source.health.keep(waiting.get(source.place))
                taken = [source.health.take() for source in news]
                try:
                    await in_own_thread(health.write, taken, owner=self.owner)
                except BaseException:  # also when cancelled
                    for source, copy in zip(news, taken, strict=True):
                        source.health.put_back(copy)
                    raise


class SourceOutlet:
    """The Outlet of one source under one fence."""

    def __init__(
        self,
        place: Place,
        report: Health,
        writer: Writer,
        news: Callable[[], Any],
        *,
        dress: Callable[[StreamEvent], StreamEvent] | None = None,
        name: str = "",
    ) -> None:
        self._dress = dress
        self._name: str | None = name or None
        self._place = place
        self._report = report
        self._writer = writer
        self._news = news

    @property
    def last_heard_at(self) -> datetime | None:
        return self._report.missing_since or self._report.last_heard_at

    @property
    def memory(self) -> Mapping[str, Any]:
        return self._report.memory

    async def remember(self, **values: Any) -> None:
        if await self._writer.drain(self._place, seconds=REMEMBERING):
            self._report.remember(values)
            self._news()

    async def emit(self, events: Sequence[StreamEvent], origin: Origin = Origin.LIVE) -> None:
        self._report.heard(event=any(event.kind != Kind.SOURCE_GAP for event in events))
        if self._dress is not None:
            events = [self._dress(event) for event in events]
        await self._writer.put(self._place, events, origin)

    def heard(self) -> None:
        self._report.heard()

    def missing_since(self, moment: datetime | None) -> None:
        self._report.missing_since = moment

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
        live: bool | None = None,
        since: datetime | None = None,
        viewers: int | None = None,
        title: str | None = None,
        category: str | None = None,
        name: str | None = None,
    ) -> None:
        known = {"title": title, "category": category, "channel_name": name or self._name}
        self._name = None
        self._report.channel = {
            **(self._report.channel or {}),
            "platform": platform,
            "channel_id": channel_id,
            **({} if live is None else {"live": live, "live_since": since, "viewers": viewers}),
            **{field: value for field, value in known.items() if value is not None},
        }
        self._news()


async def _ended(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they are gone."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
