"""Opening a tool's WebSocket: past the wall of `lumio.lib.network`, and every way to fail is a failure with a name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from integrations.enums import Tool
from integrations.tools.failures import HostNotAllowed, Misunderstood, NoAnswer, NotATool, NotRunning, UnknownHost
from integrations.tools.link import Closed
from lumio.lib import network
from lumio.lib.sockets import Dial

#: For the whole way to an open WebSocket.
SECONDS = 5.0
#: A silent connection is asked as often whether it is still there.
PING = 20.0
#: Five thousand sources of one scene are some 4 MB.
MAX_FRAME = 8 * 1024 * 1024
FRAMES_WAITING = 64
TOO_LARGE = 1009


class Socket:
    """A Transport over a WebSocket of our own."""

    def __init__(self, connection: ClientConnection, tool: Tool) -> None:
        self._connection = connection
        self._tool = tool

    async def send(self, frame: dict[str, Any]) -> None:
        try:
            await self._connection.send(json.dumps(frame))
        except ConnectionClosed as error:
            raise self._closed(error) from error

    async def receive(self) -> dict[str, Any]:
        try:
            text = await self._connection.recv()
        except ConnectionClosed as error:
            raise self._closed(error) from error
        return parsed(text, self._tool)

    async def close(self) -> None:
        await self._connection.close()

    def _closed(self, error: ConnectionClosed) -> Closed | Misunderstood:
        if error.sent and error.sent.code == TOO_LARGE and not error.rcvd_then_sent:
            return Misunderstood(tool=self._tool.label)
        return Closed(error.rcvd.code, error.rcvd.reason) if error.rcvd else Closed()


async def open(host: str, port: int, path: str, tool: Tool) -> Socket:
    """Within five seconds. Raises HostNotAllowed, UnknownHost, NotRunning, NoAnswer and NotATool."""
    async with reaching(host, port, tool), asyncio.timeout(SECONDS):
        address, opened = await network.connect(host, port)
        try:
            connection = await Dial(
                f"ws://{address.host}:{port}{path}",
                sock=opened,
                proxy=None,
                compression=None,
                open_timeout=None,
                close_timeout=1,
                ping_interval=PING,
                ping_timeout=PING,
                max_size=MAX_FRAME,
                max_queue=FRAMES_WAITING,
            )
        except BaseException:
            opened.close()
            raise
    return Socket(connection, tool)


@asynccontextmanager
async def reaching(host: str, port: int, tool: Tool) -> AsyncIterator[None]:
    """What befalls the way to a tool, as the failure that a person is told."""
    place = {"tool": tool.label, "address": address_of(host, port)}
    try:
        yield
    except network.NotAllowed as error:
        raise HostNotAllowed(host=host) from error
    except network.Unknown as error:
        raise UnknownHost(host=host) from error
    except ConnectionRefusedError as error:
        raise NotRunning(**place) from error
    except (InvalidHandshake, ConnectionClosed, ConnectionResetError, BrokenPipeError) as error:
        raise NotATool(**place) from error
    except (TimeoutError, OSError) as error:
        raise NoAnswer(**place) from error


def address_of(host: str, port: int) -> str:
    """As in `Integration.address`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parsed(text: str | bytes, tool: Tool) -> dict[str, Any]:
    """The object that a frame is. Raises Misunderstood for everything else."""
    try:
        frame = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError) as error:
        raise Misunderstood(tool=tool.label) from error
    if not isinstance(frame, dict):
        raise Misunderstood(tool=tool.label)
    return frame
