"""A channel's chat over one socket. Facts: https://developer.trovo.live/docs/Chat.html.

Reading takes the client id alone, so it goes on when the sign-in is over. On connecting Trovo repeats some of what was
said last, of which nobody knows how far it reaches: beyond it, what was missed is said to be missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import websockets
from django.conf import settings

from connections.platforms.failures import NoCredentials, SecretUnreadable
from connections.platforms.gifts import GiftBombs
from connections.platforms.sockets import ABNORMAL, SessionOver, decoded
from connections.platforms.trovo import api
from connections.platforms.trovo.parse import PLATFORM, parse_frame
from connections.platforms.trovo.status import ChannelWatch
from connections.platforms.trovo.timing import Timing
from events.enums import Origin, SourceState
from events.ingest.base import Failure, Outlet
from events.ingest.gaps import Absence
from events.ingest.threads import in_thread
from lumio.lib.errors import Refusal
from lumio.lib.payload import mapping, text
from lumio.lib.sockets import dial

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from connections.platforms.listening import Grant

log = logging.getLogger(__name__)

#: Chat is all there is to listen to.
SUBSCRIPTIONS = 1
#: Seconds between two pings that we let Trovo ask for.
FASTEST_PING, SLOWEST_PING = 1, 120
#: What only a person mends.
NEEDS_CREDENTIALS = (NoCredentials, SecretUnreadable)


async def listen(channel_id: str, outlet: Outlet, grant: Grant, *, timing: Timing | None = None) -> None:
    """Deliver what happens in a channel's chat until cancelled."""
    await Listener(channel_id, outlet, grant, timing or Timing()).run()


class Listener:
    """One channel's chat, through as many sessions as it takes."""

    def __init__(self, channel_id: str, outlet: Outlet, grant: Grant, timing: Timing) -> None:
        self.channel_id = channel_id
        self.outlet = outlet
        self.grant = grant
        self.timing = timing
        self.watch = ChannelWatch(channel_id, outlet, grant, timing)
        #: The history is joined for itself: it repeats what was joined before.
        self.gifts = {origin: GiftBombs(partial(outlet.emit, origin=origin)) for origin in (Origin.LIVE, Origin.REPLAY)}
        self.absence = Absence(outlet, platform=PLATFORM, channel_id=channel_id, shortest=timing.gap)

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.run_sessions())
                tasks.create_task(self.watch.run())
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.timing.farewell):
                    for gifts in self.gifts.values():
                        await gifts.flush()

    async def run_sessions(self) -> None:
        """One after the other, for ever."""
        pauses, said = self.timing.pauses(), None
        while True:
            began, rest, state = time.monotonic(), None, SourceState.RECONNECTING
            try:
                await Session(self).run()
            except SessionOver as over:
                failure, rest = over.failure, over.pause
            except NEEDS_CREDENTIALS as refusal:
                failure, rest, state = Failure.of(refusal), self.timing.idle, SourceState.STOPPED
            except Refusal as refusal:
                failure = Failure.of(refusal)
            if time.monotonic() - began > self.timing.healthy_after:
                pauses = self.timing.pauses()
            if failure != said:
                log.info("Trovo's chat of channel %s: %s %s", self.channel_id, failure.code, failure.params)
            said = failure
            await self.outlet.health(state, active=0, wanted=SUBSCRIPTIONS, failure=failure)
            await asyncio.sleep(next(pauses) if rest is None else rest)


class Session:
    """From one chat token to the end of its socket."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.outlet = listener.outlet
        self.timing = listener.timing
        self.ping = listener.timing.ping
        self.nonces = map(str, count(1))

    async def run(self) -> None:
        """Raises SessionOver or a Refusal; never returns."""
        client_id = await self.listener.grant.client_id()
        token, self.since = await in_thread(api.chat_token, self.listener.channel_id, client_id)
        self.socket = await self.opened(token)
        try:
            await self.outlet.health(SourceState.DELIVERING, active=SUBSCRIPTIONS, wanted=SUBSCRIPTIONS)
            await self.listener.absence.own_up()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.read())
                tasks.create_task(self.keep_alive())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            await self.socket.close()
            self.listener.absence.begin(self.outlet.last_heard_at)

    async def opened(self, token: str) -> ClientConnection:
        """A socket whose token was accepted. Raises SessionOver."""
        try:
            async with asyncio.timeout(self.timing.open):
                socket = await dial(settings.TROVO_CHAT_URL)
                try:
                    await self.introduce(socket, token)
                except BaseException:
                    socket.transport.abort()
                    raise
        except websockets.ConnectionClosed as error:
            raise closed(error) from error
        except (OSError, TimeoutError, ValueError, websockets.WebSocketException) as error:
            raise SessionOver("unreachable", platform=api.NAME) from error
        return socket

    async def introduce(self, socket: ClientConnection, token: str) -> None:
        nonce = next(self.nonces)
        await socket.send(frame("AUTH", nonce, data={"token": token}))
        while True:
            answer = decoded(await socket.recv())
            if answer.get("type") != "RESPONSE" or answer.get("nonce") != nonce:
                await self.handle(answer)
            elif error := answer.get("error"):
                raise SessionOver("refused_oddly", platform=api.NAME, reason=text(error, 200) or "error")
            else:
                return

    async def read(self) -> None:
        """Handle frames until the socket closes or was silent for too long. Ends by raising."""
        try:
            while True:
                async with asyncio.timeout(self.ping * self.timing.patience):
                    message = decoded(await self.socket.recv())
                await self.handle(message)
        except TimeoutError as error:
            raise SessionOver("connection_lost", platform=api.NAME, cause="silence") from error
        except websockets.ConnectionClosed as error:
            if error.rcvd:
                self.outlet.heard()  # until it was closed, nothing was missed
            raise closed(error) from error

    async def keep_alive(self) -> None:
        """Without pings Trovo hangs up."""
        with contextlib.suppress(websockets.ConnectionClosed):  # which the reader says
            while True:
                await self.socket.send(frame("PING", next(self.nonces)))
                await asyncio.sleep(self.ping)

    async def handle(self, message: dict[str, Any]) -> None:
        self.outlet.heard()
        match message.get("type"):
            case "CHAT":
                for event, origin in parse_frame(message, channel_id=self.listener.channel_id, since=self.since):
                    await self.listener.gifts[origin].put(event)
                    if origin is Origin.LIVE:
                        await self.listener.watch.heard(event)
            case "PONG":
                seconds = mapping(message.get("data")).get("gap")
                if isinstance(seconds, int | float) and seconds > 0:
                    self.ping = min(max(seconds, FASTEST_PING), SLOWEST_PING)


def frame(kind: str, nonce: str, **more: Any) -> str:
    return json.dumps({"type": kind, "nonce": nonce, **more})


def closed(error: websockets.ConnectionClosed) -> SessionOver:
    code = error.rcvd.code if error.rcvd else ABNORMAL
    return SessionOver("connection_lost", platform=api.NAME, cause=f"closed with {code}")
