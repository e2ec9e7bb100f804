"""A conversation with one Streamer.bot, whoever opened the connection.

Answers are told apart by the id of the question, everything else is a greeting or an event:
https://docs.streamer.bot/api/websocket/requests. Which requests a Streamer.bot answers without a password, and whether
it greets, depends on its version and settings; so it is asked who it is first, before anything is known.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from integrations.streamerbot import NAME, parse
from integrations.streamerbot.parse import Action, Info
from integrations.streamerbot.timing import Timing
from integrations.tools.challenge import Sign, answer
from integrations.tools.failures import (
    ActionGone,
    ActionOff,
    LinkLost,
    Misunderstood,
    NoAnswer,
    NotATool,
    OutcomeUnknown,
    PasswordMissing,
    Refused,
    ToolFailure,
    WrongPassword,
)
from integrations.tools.link import Closed, Found, Transport
from lumio.lib.secrets import Secret

log = logging.getLogger(__name__)

#: Events that wait to be taken; what comes while there are so many is dropped.
EVENTS_WAITING = 1_000
#: Closings that say nothing about a password: going away, broken off, restarting.
PASSING = frozenset({1001, 1006, 1012})


def signer(password: Secret) -> Sign:
    async def sign(salt: str, challenge: str) -> str:
        return answer(password, salt, challenge)

    return sign


@asynccontextmanager
async def talking(transport: Transport, address: str, timing: Timing | None = None) -> AsyncIterator[Client]:
    """A client that listens until the end of the block, and has not greeted yet. The transport is closed then."""
    client = Client(transport, address, timing or Timing())
    reading = asyncio.create_task(client.read())
    try:
        yield client
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await transport.close()


class Client:
    """`address` is for the sentences of failures. `over` is why the conversation has ended, once it has."""

    def __init__(self, transport: Transport, address: str, timing: Timing) -> None:
        self.timing = timing
        self.over: Closed | ToolFailure | None = None
        self._transport = transport
        self._about = {"tool": NAME, "address": address}
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._hello: dict[str, Any] | None = None
        self._greeted = asyncio.Event()
        self._has_spoken = False
        self._events: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(EVENTS_WAITING)
        self._drops = False
        self._actions: dict[str, Action] = {}
        #: Whether it tells when its actions change, how often it has, and how often it had when they were read.
        self._tells_changes = False
        self._changes = 0
        self._read_at = -1

    # Asking

    async def greet(self, sign: Sign | None) -> Found:
        """Find out who it is, prove that the password is known, and read the actions. Once, before all else.

        Raises NotATool, NoAnswer, PasswordMissing, WrongPassword, LinkLost and what `sign` raises.
        """
        try:
            async with asyncio.timeout(self.timing.greeting):
                return await self._greet(sign)
        except (TimeoutError, OutcomeUnknown) as error:
            raise (NoAnswer if self._has_spoken else NotATool)(**self._about) from error
        except (Closed, Misunderstood) as error:
            raise (LinkLost if self._has_spoken else NotATool)(**self._about) from error

    async def alive(self) -> int:
        """Milliseconds until it answered. Raises LinkLost and Closed."""
        try:
            return (await self._info(self.timing.answer))[1]
        except (OutcomeUnknown, Refused) as error:
            raise LinkLost(**self._about) from error

    async def actions(self) -> list[Action]:
        """Raises Refused, OutcomeUnknown, Closed."""
        return list((await self._known()).values())

    async def do(self, action_id: str, arguments: dict[str, Any]) -> Action:
        """Have it queue an action; nobody says when that has run.

        Raises ActionGone, ActionOff, Refused, OutcomeUnknown, Closed.
        """
        action = (await self._known()).get(action_id)
        if action is None:
            raise ActionGone(**self._about)
        if not action.is_enabled:
            raise ActionOff(**self._about, action=action.name)
        await self.ask("DoAction", action={"id": action_id}, args=arguments)
        return action

    async def subscribe(self, *, takes_events: bool) -> None:
        """From now on it tells what changes its actions, and if asked to, the events that Lumio wants.

        Raises OutcomeUnknown, Closed; a version that does not take part in this tells nothing.
        """
        try:
            wanted = parse.wanted(await self.ask("GetEvents"), takes_events=takes_events)
            if wanted:
                await self.ask("Subscribe", events=wanted)
        except Refused as refusal:
            log.info("Streamer.bot does not tell its events: %s", refusal)
        else:
            self._tells_changes = parse.CHANGES in wanted
            self._changes += 1  # of what happened before, nobody told

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """The frames of events, in order. Ends by raising Closed or a ToolFailure."""
        while (frame := await self._events.get()) is not None:
            yield frame
        self._raise_over()

    async def ask(self, request: str, *, within: float | None = None, **fields: Any) -> dict[str, Any]:
        """The answer. Raises Refused, OutcomeUnknown if none comes in time, and why the conversation is over."""
        if self.over is not None:
            self._raise_over()
        number = f"lumio:{next(self._numbers)}"
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(within or self.timing.answer):
                await self._transport.send({"request": request, "id": number, **fields})
                answer = await waiting
        except TimeoutError as error:
            raise OutcomeUnknown(**self._about) from error
        finally:
            del self._waiting[number]
        if answer.get("status") != "ok":
            raise Refused(**self._about, reason=parse.reason(answer))
        return answer

    async def _greet(self, sign: Sign | None) -> Found:
        try:
            info, latency = await self._info(self.timing.probe)
        except (Refused, OutcomeUnknown):  # it may want the password first
            info, latency = None, 0
        hello = await self._greeting(info)
        challenge = parse.challenge(hello) if hello else None
        if challenge and sign:
            await self._authenticate(sign, *challenge)
        elif challenge and info is None:
            raise PasswordMissing(**self._about)
        is_protected = challenge is not None and info is None
        if info is None:
            info, latency = await self._info(self.timing.answer)
        if info is None:
            raise NotATool(**self._about)
        found = await self.actions()
        return Found(info.version, latency, info.name, len(found), is_protected)

    async def _info(self, within: float) -> tuple[Info | None, int]:
        """What it says of itself, and milliseconds until it did."""
        began = time.perf_counter()
        answer = await self.ask("GetInfo", within=within)
        return parse.info(answer), round((time.perf_counter() - began) * 1000)

    async def _greeting(self, info: Info | None) -> dict[str, Any] | None:
        """Its Hello; None for a version without one. Waits for as long as it takes if nothing else was said."""
        if info is None:
            await self._greeted.wait()
        elif info.greets and self._hello is None:
            try:
                async with asyncio.timeout(self.timing.late_hello):
                    await self._greeted.wait()
            except TimeoutError:
                return None
        if self.over is not None:
            self._raise_over()
        return self._hello

    async def _authenticate(self, sign: Sign, salt: str, challenge: str) -> None:
        if not salt or not challenge:
            raise Misunderstood(**self._about)
        try:
            await self.ask("Authenticate", authentication=await sign(salt, challenge))
        except Refused as refusal:
            raise WrongPassword(**self._about) from refusal
        except Closed as closed:
            if closed.code in PASSING:
                raise
            raise WrongPassword(**self._about) from closed

    async def _known(self) -> dict[str, Action]:
        if self._read_at != self._changes or not self._tells_changes:
            before = self._changes
            self._actions = {action.id: action for action in parse.actions(await self.ask("GetActions"))}
            self._read_at = before
        return self._actions

    # Hearing

    async def read(self) -> None:
        """Hear everything until the end, which `over` says then."""
        try:
            while True:
                self._hear(await self._transport.receive())
        except (Closed, ToolFailure) as over:
            self.over = over
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(self.over)
        self._greeted.set()
        await self._events.put(None)

    def _hear(self, frame: dict[str, Any]) -> None:
        waiting = self._waiting.get(frame["id"]) if isinstance(frame.get("id"), str) else None
        if waiting is not None:
            self._has_spoken = True
            if not waiting.done():
                waiting.set_result(frame)
        elif frame.get("request") == "Hello":
            self._has_spoken = True
            self._hello = frame
            self._greeted.set()
        elif "op" in frame and not self._has_spoken:  # this is OBS
            raise NotATool(**self._about)
        elif source := parse.source_of(frame):
            self._note(source, frame)

    def _note(self, source: str, frame: dict[str, Any]) -> None:
        if source == parse.CHANGES:
            self._changes += 1
        elif not self._events.full():
            self._events.put_nowait(frame)
        elif not self._drops:
            self._drops = True
            log.warning("Streamer.bot tells more events than can be stored; some are dropped")

    def _raise_over(self) -> NoReturn:
        raise self.over or Closed()
