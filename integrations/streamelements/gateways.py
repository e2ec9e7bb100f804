"""What the two sockets have in common: how they are opened, read, and come to an end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import websockets

from integrations.streamelements.api import pause_of
from integrations.streamelements.failures import NoAnswer, SocketLost, TipFailure
from lumio.lib.sockets import dial

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from integrations.streamelements.timing import Timing
    from lumio.lib.secrets import Secret


class GatewayOver(Exception):
    """The socket cannot go on. Another one should be tried, after `failure.retry_after` or else the usual back-off."""

    def __init__(self, failure: TipFailure) -> None:
        super().__init__(failure.code)
        self.failure = failure


class AsksWrongly(GatewayOver):
    """The gateway does not want what we send. Trying the same again cannot help."""


class TokenDoubted(GatewayOver):
    """The gateway does not take the token; whether it is over, REST says."""


@dataclass(frozen=True, slots=True)
class Line:
    """One use of a gateway. `subscribed` is called once tips can come; the others with what came, as it came."""

    channel_id: str
    jwt: Secret
    timing: Timing
    subscribed: Callable[[], Awaitable[None]]
    alive: Callable[[], None]
    tip: Callable[[Any], Awaitable[None]]
    activity: Callable[[Any], Awaitable[None]]
    test: Callable[[Any], Awaitable[None]]


async def opened(url: str, *, within: float, ping: float | None) -> ClientConnection:
    """An open socket, which pings every `ping` seconds and ends when a ping goes unanswered. Raises GatewayOver."""
    try:
        async with asyncio.timeout(within):
            return await dial(url, ping=ping)
    except websockets.InvalidStatus as error:
        limited = error.response.status_code == 429
        pause = pause_of(error.response.headers.get("Retry-After")) if limited else None
        raise GatewayOver(NoAnswer(retry_after=pause)) from error
    except (OSError, TimeoutError, ValueError, websockets.WebSocketException) as error:
        raise GatewayOver(NoAnswer()) from error


async def received(socket: ClientConnection, *, within: float | None = None) -> str | bytes:
    """The next frame. Raises GatewayOver for the end of the socket, and for too much silence."""
    try:
        async with asyncio.timeout(within):
            return await socket.recv()
    except (TimeoutError, websockets.ConnectionClosed) as error:
        raise GatewayOver(SocketLost()) from error


async def send(socket: ClientConnection, frame: str) -> None:
    """Raises GatewayOver."""
    try:
        await socket.send(frame)
    except websockets.ConnectionClosed as error:
        raise GatewayOver(SocketLost()) from error


def decoded(text: str | bytes) -> Any:
    """The JSON value of a frame, with exact numbers; None for what is none."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError):  # Decimal has an end, too
        return None
