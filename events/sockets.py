"""One open socket: who listens, to what, how far, and how much of it was acknowledged."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from django.contrib.staticfiles.storage import staticfiles_storage

from events.counts import COUNTS
from events.payloads import encoded

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.actor import Actor
    from events.channels import Channel
    from events.credentials import Credential
    from events.feeds import Feed

#: Daphne never pushes back, so nothing more is sent beyond so many unacknowledged frames or characters …
WINDOW_FRAMES = 256
WINDOW_SIZE = 512 * 1024
#: … and a socket that stays there for so many seconds is closed. It resumes by `seq`.
PATIENCE = 15.0

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Close(IntEnum):
    """Why the server closed a socket. SUPERSEDED: somebody closed the page in Lumio."""

    RESTARTING = 4012
    NOT_AUTHENTICATED = 4401
    FORBIDDEN = 4403
    TOO_SLOW = 4408
    SUPERSEDED = 4409
    TOO_MANY = 4429


class Subscription:
    """A socket's place on a feed: everything up to `cursor` was sent on it."""

    __slots__ = ("cursor", "feed", "socket")

    def __init__(self, socket: Socket, feed: Feed, cursor: int) -> None:
        self.socket = socket
        self.feed = feed
        self.cursor = cursor


class Socket:
    """The server's side of one socket. `send` takes ASGI messages and never waits for the client."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._unacknowledged: deque[int] = deque()
        self._unacknowledged_size = 0
        self._sent = 0
        self._full_since: float | None = None
        self.is_open = True
        self.subscriptions: dict[Channel, Subscription] = {}
        # Set by the hub when the socket has said who it is.
        self.actor: Actor | None = None
        self.account_id: UUID | None = None
        self.credential: Credential | None = None
        self.epoch = -1
        #: What `presence.kept` says of the page.
        self.page: dict[str, str] = {}
        #: The silent test event that it was sent and has not answered: its id, and the page's name in it.
        self.echo: tuple[str, str] | None = None

    @property
    def token_id(self) -> UUID | None:
        """The popout token that opened it."""
        return self.actor.token_id if self.actor else None

    @property
    def has_room(self) -> bool:
        return self.is_open and len(self._unacknowledged) < WINDOW_FRAMES and self._unacknowledged_size < WINDOW_SIZE

    def is_too_slow(self, now: float) -> bool:
        return self._full_since is not None and now - self._full_since > PATIENCE

    async def send(self, kind: str, **fields: Any) -> None:
        """One message of the protocol."""
        text = encoded({"type": kind, **fields})
        await self.send_frame({"type": "websocket.send", "text": text}, len(text))

    async def send_frame(self, frame: dict[str, Any], size: int) -> None:
        """An ASGI message that other sockets may get too, and its size in characters."""
        if not self.is_open:
            return
        self._sent += 1
        COUNTS.frames += 1
        COUNTS.characters += size
        self._unacknowledged.append(size)
        self._unacknowledged_size += size
        if self._full_since is None and not self.has_room:
            self._full_since = time.monotonic()
        await self._try(frame)

    def acknowledge(self, frames: int) -> bool:
        """The client has received so many frames on this socket. False if that many were never sent."""
        if frames > self._sent:
            return False
        while self._sent - len(self._unacknowledged) < frames:
            self._unacknowledged_size -= self._unacknowledged.popleft()
        if self.has_room:
            self._full_since = None
        return True

    async def close(self, code: Close) -> None:
        if self.is_open:
            self.is_open = False
            COUNTS.closed[int(code)] += 1
            await self._try({"type": "websocket.close", "code": int(code)})

    async def _try(self, message: dict[str, Any]) -> None:
        """Send, unless the client has hung up: the consumer is about to hear of that, and others are served now."""
        try:
            await self._send(message)
        except (OSError, RuntimeError):  # the server's, and Autobahn's `Disconnected`
            self.is_open = False


def files_version() -> str:
    """Of Lumio's files, as pages are told it: the same until one of them changes."""
    return getattr(staticfiles_storage, "manifest_hash", "")
