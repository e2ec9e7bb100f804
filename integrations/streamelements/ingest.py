"""One StreamElements channel's tips, none lost and none twice.

A socket tells of them as they are given: Astro's, or the older one where Astro cannot be had. None repeats anything, so
REST is asked for what was given meanwhile after each new socket, once a minute while there is none, and every quarter
of an hour in any case. Whatever comes twice has the same id.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, Protocol, TypeVar

from events.enums import Kind, Origin, SourceState
from events.ingest.base import Failure, Outlet
from events.ingest.gaps import Absence
from events.ingest.threads import in_thread
from integrations.streamelements import api, parse
from integrations.streamelements.astro import Astro
from integrations.streamelements.failures import OnlyAsked, RightMissing, TipFailure, TokenRefused, TooOften
from integrations.streamelements.gateways import AsksWrongly, GatewayOver, Line, TokenDoubted
from integrations.streamelements.legacy import Legacy
from integrations.streamelements.progress import Progress
from integrations.streamelements.timing import Timing
from lumio.lib.errors import Refusal
from lumio.lib.recent import Recent

if TYPE_CHECKING:
    from events.types import StreamEvent
    from integrations.streamelements.api import Channel
    from integrations.streamelements.parse import Stream
    from lumio.lib.secrets import Secret

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

#: A tip that was fetched is still an alert while it is younger than this.
FRESH = timedelta(minutes=5)
#: Pages that are read in a row: more is a server that does not page.
MOST_PAGES = 1_000
REMEMBERED_IDS = 5_000
#: So often in a row Astro is tried before the older gateway is.
ASTRO_ATTEMPTS = 2


class Grant(Protocol):
    """The token a channel is listened to with, one operation at a time."""

    async def jwt(self) -> Secret:
        """Raises a Refusal while there is none; its code says why."""

    async def confirmed(self, channel: Channel) -> None:
        """StreamElements says that it works, and whose it is. A good moment to ask about the channel's other tokens."""

    async def lost(self) -> None:
        """StreamElements no longer accepts it."""

    async def tip_given(self, at: datetime) -> None:
        """When the last tip was given, for whoever looks."""


class TokenLost(Exception):
    """Nothing can be heard with this token any more."""


async def listen(
    stream: Stream, outlet: Outlet, grant: Grant, *, began: datetime, timing: Timing | None = None
) -> None:
    """Deliver a channel's tips until cancelled, or until StreamElements refuses the token.

    `began` is since when its tips are wanted.
    """
    await Listener(stream, outlet, grant, began, timing or Timing()).run()


class Listener:
    def __init__(self, stream: Stream, outlet: Outlet, grant: Grant, began: datetime, timing: Timing) -> None:
        self.stream = stream
        self.outlet = outlet
        self.grant = grant
        self.timing = timing
        self.turns = Turns(timing.pace)
        self.progress = Progress(outlet.memory, began)
        self.seen = Recent(REMEMBERED_IDS)
        self.last_tip_at: datetime | None = None
        self.news = asyncio.Event()
        #: Something may have been missed: set by each new socket, and if the first one cannot be had.
        self.behind = asyncio.Event()
        self.has_asked = False
        self.absence = Absence(outlet, platform=stream.platform, channel_id=stream.channel_id, shortest=timing.gap)
        self.is_up = False
        #: Whether asking works while no socket does.
        self.is_asked = False
        self.failure: TipFailure | Refusal | None = None

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_a_socket())
                tasks.create_task(self._keep_up())
                tasks.create_task(self._keep_in_mind())
        except* TokenLost:
            await self.outlet.health(SourceState.STOPPED, active=0, wanted=1, failure=Failure(TokenRefused.code))
            await self.grant.lost()

    # Sockets

    async def _keep_a_socket(self) -> NoReturn:
        pauses, missed, astro_at = self.timing.pauses(), 0, 0.0
        while True:
            began = time.monotonic()
            is_astro = began >= astro_at
            try:
                # With the older gateway only until it is time to try the newer one again.
                async with asyncio.timeout(None if is_astro else astro_at - began):
                    await (Astro if is_astro else Legacy)(await self._line()).run()
            except TimeoutError:
                missed, astro_at, pause = ASTRO_ATTEMPTS - 1, 0.0, 0.0
            except Refusal as refusal:  # the token cannot be read right now
                self.failure, pause = refusal, None
            except GatewayOver as over:
                self.failure, pause = over.failure, over.failure.retry_after
                missed = 0 if self.is_up else missed + 1
                if isinstance(over, TokenDoubted) and await self._token_works():
                    missed = ASTRO_ATTEMPTS
                if not is_astro:
                    astro_at = 0.0  # neither: one after the other from now on
                elif isinstance(over, AsksWrongly):
                    astro_at, pause = time.monotonic() + self.timing.astro_refused, 0.0
                elif missed >= ASTRO_ATTEMPTS:
                    astro_at, pause = time.monotonic() + self.timing.astro_again, 0.0
            await self._down()
            if time.monotonic() - began > self.timing.healthy_after:
                pauses = self.timing.pauses()
            await asyncio.sleep(next(pauses) if pause is None else pause)

    async def _line(self) -> Line:
        return Line(
            channel_id=self.stream.channel_id,
            jwt=await self.grant.jwt(),
            timing=self.timing,
            subscribed=self._up,
            alive=self.outlet.heard,
            tip=self._hear_tip,
            activity=self._hear_activity,
            test=self._hear_test,
        )

    async def _up(self) -> None:
        self.is_up, self.is_asked, self.failure = True, False, None
        self.outlet.heard()
        self.behind.set()
        await self._report()

    async def _down(self) -> None:
        if self.is_up:
            self.absence.begin(datetime.now(UTC))
        self.is_up = False
        if not self.has_asked:
            self.behind.set()
        await self._report()

    async def _report(self) -> None:
        failure = OnlyAsked() if self.is_asked else self.failure
        state = SourceState.DELIVERING if self.is_up or self.is_asked else SourceState.RECONNECTING
        await self.outlet.health(
            state, active=int(self.is_up), wanted=1, failure=Failure.of(failure) if failure else None
        )

    # REST

    async def _keep_up(self) -> NoReturn:
        """Fetch what no socket told, and ask whether the token still works."""
        pauses, checked_at = self.timing.pauses(), 0.0
        while True:
            await self._wait_for_a_reason(checked_at)
            is_new_socket = self.behind.is_set()
            self.behind.clear()
            self.has_asked = True
            try:
                await self._catch_up()
                if is_new_socket or time.monotonic() - checked_at > self.timing.check:
                    await self._check()
                    checked_at = time.monotonic()
            except TokenRefused as refusal:
                raise TokenLost from refusal
            except RightMissing as refusal:
                await self._cannot_catch_up(refusal)
                checked_at = time.monotonic()
            except Refusal as refusal:
                self.behind.set()
                if not self.is_up:
                    self.is_asked, self.failure = False, refusal
                    await self._report()
                await asyncio.sleep(next(pauses))
            else:
                pauses = self.timing.pauses()
                self.outlet.heard()
                await self._caught_up()

    async def _wait_for_a_reason(self, checked_at: float) -> None:
        while not self.behind.is_set():
            try:
                async with asyncio.timeout(self.timing.ask):
                    await self.behind.wait()
            except TimeoutError:
                if not self.is_up or time.monotonic() - checked_at > self.timing.check:
                    return
                self.outlet.heard()  # the socket's own pings are answered

    async def _catch_up(self) -> None:
        """Hear every tip that was given since the last one. Raises a Refusal."""
        after, offset = self.progress.after, 0
        for _ in range(MOST_PAGES):
            page = await self._ask(api.tips, self.stream.channel_id, after=after, offset=offset)
            for tip in page:
                await self._hear_tip(tip, is_fetched=True)
            offset += len(page)
            if len(page) < api.PAGE:
                break
        self.absence.forget()

    async def _caught_up(self) -> None:
        # At the start no socket has failed yet: it is just being opened.
        is_asked = not self.is_up and self.failure is not None
        if self.is_up:
            self.failure = None
        if is_asked != self.is_asked or self.is_up:
            self.is_asked = is_asked
            await self._report()

    async def _cannot_catch_up(self, refusal: RightMissing) -> None:
        """This token may not ask for tips: what no socket told is lost, and said to be lost."""
        if self.is_up:
            await self.absence.own_up()
        self.failure, self.is_asked = refusal, False
        await self._report()

    async def _token_works(self) -> bool:
        """Whether REST takes a token that a gateway did not; unknown counts as no."""
        try:
            await self._check()
        except TokenRefused as refusal:
            raise TokenLost from refusal
        except Refusal:
            return False
        return True

    async def _check(self) -> None:
        """Raises a Refusal."""
        await self.grant.confirmed(await self._ask(api.channel_of))

    async def _ask(self, question: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        return await self.turns.take(question, await self.grant.jwt(), *args, **kwargs)

    # What comes

    async def _hear_tip(self, payload: Any, *, is_fetched: bool = False) -> None:
        now = datetime.now(UTC)
        event = parse.tip(payload, self.stream, at=now)
        is_history = is_fetched and event is not None and now - event.occurred_at > FRESH
        await self._deliver(event, Origin.BACKFILL if is_history else Origin.LIVE)
        self._note(payload)

    async def _hear_activity(self, payload: Any) -> None:
        event = parse.activity(payload, self.stream, at=datetime.now(UTC))
        await self._deliver(event, Origin.LIVE)
        if event is not None:
            self._note(payload)

    async def _hear_test(self, payload: Any) -> None:
        await self._deliver(parse.from_test_button(payload, self.stream, at=datetime.now(UTC)), Origin.TEST)

    async def _deliver(self, event: StreamEvent | None, origin: Origin) -> None:
        if event is None or event.external_id in self.seen:
            return
        self.seen.add(event.external_id)
        await self.outlet.emit([event], origin)
        if event.kind == Kind.TIP and origin != Origin.TEST:
            self.last_tip_at = max(filter(None, (self.last_tip_at, event.occurred_at)))
            self.news.set()

    def _note(self, payload: Any) -> None:
        if self.progress.note(payload):
            self.news.set()

    async def _keep_in_mind(self) -> NoReturn:
        """Remember how far it is, beside the reading: that waits until everything up to here is stored."""
        while True:
            await self.news.wait()
            self.news.clear()
            memory, last_tip_at = self.progress.memory, self.last_tip_at
            await self.outlet.remember(**memory)
            if last_tip_at is not None:
                await self.grant.tip_given(last_tip_at)


class Turns:
    """Requests of one token, one after the other and not too fast."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._next = 0.0
        self._lock = asyncio.Lock()

    async def take(self, question: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask when it is our turn. Raises what the question raises; after TooOften the next turn is later."""
        async with self._lock:
            await asyncio.sleep(self._next - time.monotonic())
            pause = self._pace
            try:
                return await in_thread(question, *args, **kwargs)
            except TooOften as refusal:
                pause = refusal.retry_after or pause
                raise
            finally:
                self._next = time.monotonic() + pause
