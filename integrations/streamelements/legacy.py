"""The older gateway, for when Astro cannot be had: socket.io 2 in raw frames of Engine.IO 3.

No current socket.io client speaks it. A frame begins with its type; one that begins with `42` goes on as a JSON list of
name and payload. It repeats nothing.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings

from integrations.streamelements.failures import NoAnswer, TokenRefused
from integrations.streamelements.gateways import (
    GatewayOver,
    Line,
    TokenDoubted,
    decoded,
    opened,
    received,
    send,
)
from lumio.lib.payload import items, mapping, number

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

OPEN, PING, CONNECTED, EVENT = "0", "2", "40", "42"
#: Milliseconds, where the greeting names none.
PING_INTERVAL, PING_TIMEOUT = 25_000, 5_000
LONGEST_INTERVAL = 120_000


class Legacy:
    """One channel's tips over one socket."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.accepted = asyncio.Event()

    async def run(self) -> NoReturn:
        """Ends by raising GatewayOver."""
        timing = self.line.timing
        url = f"{settings.STREAMELEMENTS_REALTIME_URL}/socket.io/?cluster=main&EIO=3&transport=websocket"
        socket = await opened(url, within=timing.open, ping=None)
        try:
            interval, patience = await self._greeted(socket)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._ping(socket, interval))
                tasks.create_task(self._read(socket, interval + patience))
                tasks.create_task(self._be_accepted())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            await socket.close()
        raise GatewayOver(NoAnswer())

    async def _greeted(self, socket: ClientConnection) -> tuple[float, float]:
        """Seconds between two pings, and how long an answer may take."""
        frame = _text(await received(socket, within=self.line.timing.open))
        if not frame.startswith(OPEN):
            raise GatewayOver(NoAnswer())
        told = mapping(decoded(frame[1:]))
        interval = min(number(told.get("pingInterval")) or PING_INTERVAL, LONGEST_INTERVAL)
        patience = min(number(told.get("pingTimeout")) or PING_TIMEOUT, LONGEST_INTERVAL)
        return interval / 1000, patience / 1000

    async def _be_accepted(self) -> None:
        try:
            async with asyncio.timeout(self.line.timing.open):
                await self.accepted.wait()
        except TimeoutError as error:
            raise GatewayOver(NoAnswer()) from error

    async def _ping(self, socket: ClientConnection, every: float) -> NoReturn:
        while True:
            await asyncio.sleep(every)
            await send(socket, PING)

    async def _read(self, socket: ClientConnection, silence: float) -> NoReturn:
        """Each ping is answered: more silence than that is a dead connection."""
        while True:
            frame = _text(await received(socket, within=silence))
            self.line.alive()
            if frame.startswith(CONNECTED):
                said = {"method": "jwt", "token": self.line.jwt.reveal()}
                await send(socket, EVENT + json.dumps(["authenticate", said]))
            elif frame.startswith(EVENT):
                name, payload = (*items(decoded(frame[len(EVENT) :]), 2), None, None)[:2]
                await self._handle(name, payload)

    async def _handle(self, name: Any, payload: Any) -> None:
        match name:
            case "authenticated":
                self.accepted.set()
                await self.line.subscribed()
            case "unauthorized":
                raise TokenDoubted(TokenRefused())
            case "event":
                await self.line.activity(payload)
            case "event:test":
                await self.line.test(payload)
            case _:
                pass  # `event:update` tells of the same tip once more


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else ""
