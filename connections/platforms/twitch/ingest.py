"""EventSub over WebSocket: one socket per channel, kept alive and fully subscribed.

Facts: https://dev.twitch.tv/docs/eventsub/handling-websocket-events/. Nothing is ever sent over the socket: any frame
from the client is closed with 4001. EventSub replays nothing, so what happens between two sessions is lost.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import websockets
from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect

from connections.platforms.twitch.topics import TOPICS, Topic
from events.enums import SourceState
from events.ingest.base import Failure, Outlet
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from connections.platforms.listening import Grant

log = logging.getLogger(__name__)

#: Close codes of EventSub, as failures that the card can explain.
CLOSE_CODES = {
    4000: "platform_error",
    4001: "inbound_traffic",
    4002: "ping_failed",
    4003: "connection_unused",
    4004: "reconnect_too_late",
    4005: "network_timeout",
    4006: "network_error",
    4007: "invalid_reconnect",
}
#: Revocations that end the grant; the others end one subscription.
GRANT_ENDED = frozenset({"authorization_revoked", "user_removed"})

SUBSCRIBERS = 4
MAX_FRAME = 1024 * 1024
FRAMES_WAITING = 256
REMEMBERED_IDS = 20_000
#: Older messages are dropped, measured by the platform's own clock.
OLDEST = timedelta(minutes=10)
#: Get Streams may say "offline" for so long after `stream.online`.
STREAMS_LAG = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    open: float = 10.0
    #: A socket is dead after this much silence beyond the keepalive, and after half the keepalive more at least.
    margin: float = 5.0
    backoff_first: float = 1.0
    backoff_longest: float = 60.0
    #: A session that lasted this long makes the next pause short again.
    healthy_after: float = 60.0
    #: How long the old socket may stay quiet before it is left for the new one.
    linger: float = 0.25
    #: After "too many transports": until the dead sockets at Twitch are gone.
    transports: float = 60.0


class SessionOver(Exception):
    """The session cannot go on and another one should be tried. `pause` overrides the back-off, in seconds."""

    def __init__(self, code: str, *, pause: float | None = None, **params: Any) -> None:
        super().__init__(code)
        self.failure = Failure(code, params)
        self.pause = pause


class GrantLost(Exception):
    """Twitch took the grant back."""


class Dial(Protocol):
    async def __call__(self, url: str) -> ClientConnection: ...


async def dial(url: str) -> ClientConnection:
    return await connect(
        url,
        # Silence is noticed by the keepalive; frames of our own, pings included, are better not sent.
        ping_interval=None,
        proxy=None,
        compression=None,
        max_size=MAX_FRAME,
        max_queue=FRAMES_WAITING,
        open_timeout=None,
        close_timeout=1,
    )


async def listen(
    channel_id: str, outlet: Outlet, grant: Grant, *, timing: Timing | None = None, topics: tuple[Topic, ...] = TOPICS
) -> None:
    """Deliver a channel's events until cancelled, or until Twitch takes the grant back."""
    await Listener(channel_id, outlet, grant, timing or Timing(), topics).run()


class Listener:
    """One channel's stream of events, through as many sessions as it takes."""

    def __init__(
        self, channel_id: str, outlet: Outlet, grant: Grant, timing: Timing, topics: tuple[Topic, ...]
    ) -> None:
        self.channel_id = channel_id
        self.outlet = outlet
        self.grant = grant
        self.timing = timing
        self.topics = topics
        self.seen = Seen()
        self.online_at: datetime | None = None

    async def run(self) -> None:
        pause = self.timing.backoff_first
        while True:
            began = time.monotonic()
            try:
                await Session(self).run()
            except GrantLost:
                return
            except SessionOver as over:
                failure, rest = over.failure, over.pause
            except Refusal as refusal:
                failure, rest = as_failure(refusal), None
            if time.monotonic() - began > self.timing.healthy_after:
                pause = self.timing.backoff_first
            await self.outlet.health(SourceState.RECONNECTING, active=0, wanted=len(self.topics), failure=failure)
            await asyncio.sleep(rest or pause * random.uniform(0.5, 1))  # noqa: S311  not a secret
            pause = min(pause * 2, self.timing.backoff_longest)


class Session:
    """From one welcome to the end. Moving to another socket on request stays one session: subscriptions move along."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.outlet = listener.outlet
        self.grant = listener.grant
        self.timing = listener.timing
        self.active: set[Topic] = set()
        self.failures: dict[Topic, Failure] = {}

    async def run(self) -> None:
        """Raises SessionOver, GrantLost or a Refusal; never returns."""
        socket, welcome = await self.open(settings.TWITCH_EVENTSUB_WS_URL)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.read(socket, keepalive_of(welcome)))
                tasks.create_task(self.subscribe_to_all(str(welcome.get("id"))))
        except* (SessionOver, GrantLost, Refusal) as errors:
            raise most_telling(errors) from None

    # The socket

    async def open(self, url: str) -> tuple[ClientConnection, Mapping[str, Any]]:
        """A socket and the session of its welcome."""
        socket: ClientConnection | None = None
        try:
            async with asyncio.timeout(self.timing.open):
                socket = await dial(url)
                return socket, welcome_of(await socket.recv())
        except (OSError, TimeoutError, websockets.WebSocketException, ValueError) as error:
            raise SessionOver("unreachable") from error
        finally:
            if socket is not None and sys_is_failing():
                socket.transport.abort()

    async def read(self, socket: ClientConnection, keepalive: float) -> None:
        """Handle messages, and move to another socket when asked to."""
        moving: asyncio.Task[tuple[ClientConnection, Mapping[str, Any]]] | None = None
        try:
            while True:
                message = await self.receive(socket, keepalive, moving)
                if message is not None:
                    url = await self.handle(message)
                    if url and moving is None:
                        moving = asyncio.create_task(self.open(url))
                elif moving is not None:
                    old, (socket, welcome) = socket, moving.result()
                    moving, keepalive = None, keepalive_of(welcome, keepalive)
                    await self.leave(old)
        finally:
            if moving is not None:
                moving.cancel()
            await hang_up(socket)
