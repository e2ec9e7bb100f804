"""One EventSub socket: opening it, reading frames, and what it means when Twitch closes it.

Nothing is ever sent over it: any frame from the client is closed with 4001.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import websockets
from django.conf import settings
from websockets.asyncio.client import ClientConnection

from connections.platforms.sockets import ABNORMAL, SessionOver, decoded
from connections.platforms.twitch import api
from lumio.lib.payload import mapping, number
from lumio.lib.sockets import dial

log = logging.getLogger(__name__)

KEEPALIVE, LONGEST_KEEPALIVE = 10, 600

#: Why Twitch closes a socket (https://dev.twitch.tv/docs/eventsub/handling-websocket-events/#close-message). After
#: each of them the next session starts from scratch, subscriptions included, as after any other end.
CLOSE_CODES = {
    4000: "internal server error",
    4001: "something was sent over it",
    4002: "a ping was not answered",
    4003: "nothing was subscribed to in time",
    4004: "it was not left in time for another",
    4005: "network timeout",
    4006: "network error",
    4007: "the address to move to was not valid",
}
#: Never happens unless Lumio does what it must not.
OUR_FAULT = frozenset({4001})


@dataclass(frozen=True, slots=True)
class Welcome:
    """A socket that Twitch has greeted: the session's id, the keepalive in seconds, and Twitch's time then."""

    socket: ClientConnection
    session_id: str
    keepalive: float
    sent_at: Any


async def welcomed(url: str, *, within: float) -> Welcome:
    """Open a socket and wait for its welcome, `within` seconds altogether. Raises SessionOver."""
    try:
        async with asyncio.timeout(within):
            socket = await dial(url)
            try:
                message = decoded(await socket.recv())
            except BaseException:
                socket.transport.abort()
                raise
    except websockets.ConnectionClosed as error:
        raise closed(error) from error
    except (OSError, TimeoutError, ValueError, websockets.WebSocketException) as error:
        raise SessionOver("unreachable", platform=api.NAME) from error
    metadata, payload = mapping(message.get("metadata")), mapping(message.get("payload"))
    session = mapping(payload.get("session"))
    session_id = session.get("id")
    if metadata.get("message_type") != "session_welcome" or not isinstance(session_id, str):
        socket.transport.abort()
        raise SessionOver("connection_lost", platform=api.NAME, cause="no welcome")
    keepalive = number(session.get("keepalive_timeout_seconds")) or KEEPALIVE
    return Welcome(socket, session_id, float(min(keepalive, LONGEST_KEEPALIVE)), metadata.get("message_timestamp"))


def closed(error: websockets.ConnectionClosed) -> SessionOver:
    code = error.rcvd.code if error.rcvd else ABNORMAL
    meaning = CLOSE_CODES.get(code, "")
    if code in OUR_FAULT:
        log.error("Twitch closed a socket with %s, because %s: please report this", code, meaning)
    cause = f"closed with {code}" + (f": {meaning}" if meaning else "")
    return SessionOver("connection_lost", platform=api.NAME, cause=cause)


def is_platforms_own(url: str) -> bool:
    """Whether a `reconnect_url` leads where we listen anyway: as well encrypted, on that host or one of its domain."""
    try:
        there, known = urlsplit(url), urlsplit(settings.TWITCH_EVENTSUB_WS_URL)
    except ValueError:
        return False
    host, known_host = there.hostname or "", known.hostname or ""
    if there.scheme not in {known.scheme, "wss"}:
        return False
    domain = ".".join(known_host.split(".")[-2:])
    return host == known_host or (domain.islower() and "." in domain and host.endswith(f".{domain}"))
