"""The bridge page's side of its socket, through the ASGI wiring that daphne serves: as `static/js/bridge` plays it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import websockets

from tests.sockets import CHROME, OVERLAY, Socket
from tests.waiting import PATIENCE

PIECE = 20_000


class Page(Socket):
    """Opens what it is told to open, on this machine, and passes frames on.

    `studio` answers the functions of `window.obsstudio`: name → value, or a function of the arguments.
    """

    def __init__(self, *, host: bytes = OVERLAY, agent: str = CHROME, studio: dict[str, Any] | None = None) -> None:
        super().__init__("/v1/ws/bridge", host=host, agent=agent)
        self.studio = studio or {}
        #: Frames that came up from tools and that were passed down to them, as text.
        self.up: list[str] = []
        self.down: list[str] = []
        self._links: dict[int, websockets.ClientConnection] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def says(self, **message: Any) -> None:
        await self.wire.send_to(text_data=json.dumps(message))

    async def enters(self, secret: str, level: int | None = None, **fields: Any) -> None:
        await self.says(type="bridge", secret=secret, level=level, language="en", **fields)

    async def reads(self, within: float = PATIENCE) -> None:
        """Wait until OBS is asked for its scenes through this page: then commands are taken here, too."""
        await self.until(lambda: any("GetSceneList" in frame for frame in self.down), within)

    def forget(self) -> None:
        super().forget()
        self.up.clear()
        self.down.clear()

    async def obey(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "open":
                self._spawn(self._open(message["link"], message["port"]))
            case "frame":
                self.down.append(message["data"])
                if link := self._links.get(message["link"]):
                    with suppress(websockets.ConnectionClosed):
                        await link.send(message["data"])
            case "close":
                if link := self._links.pop(message["link"], None):
                    self._spawn(link.close())
            case "studio":
                value = self.studio.get(message["name"])
                answer = value(*message["arguments"]) if callable(value) else value
                await self.says(type="answer", call=message["call"], value=answer)
            case "beat":
                await self.says(type="beat", frames=len(self.heard))

    async def _open(self, number: int, port: int) -> None:
        try:
            link = await websockets.connect(f"ws://127.0.0.1:{port}", max_size=None, ping_interval=None)
        except OSError:
            await self.says(type="closed", link=number, code=1006, why="refused")
            return
        self._links[number] = link
        await self.says(type="opened", link=number)
        with suppress(websockets.ConnectionClosed):
            async for data in link:
                self.up.append(str(data))
                for start in range(0, len(data), PIECE):
                    piece, more = str(data[start : start + PIECE]), start + PIECE < len(data)
                    await self.says(type="frame", link=number, data=piece, more=more)
        if self._links.pop(number, None):
            await self.says(type="closed", link=number, code=link.close_code or 1006, reason=link.close_reason or "")

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        for link in self._links.values():
            link.transport.abort()
        with suppress(asyncio.CancelledError):
            await self.wire.disconnect()


@asynccontextmanager
async def page(**where: Any) -> AsyncIterator[Page]:
    one = Page(**where)
    await one.wire.send_input({"type": "websocket.connect"})
    assert await one.wire.receive_output(30) == {"type": "websocket.accept"}
    running = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        running.cancel()
        await one.leave()
