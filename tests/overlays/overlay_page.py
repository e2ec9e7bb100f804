"""An overlay page's side of its socket, through the ASGI wiring that daphne serves: as `static/js/overlay` plays it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from tests.sockets import CHROME, OVERLAY, Socket
from tests.waiting import PATIENCE


class Page(Socket):
    """Answers beats, and says of itself what `state` holds."""

    def __init__(self, *, host: bytes = OVERLAY, agent: str = CHROME) -> None:
        super().__init__("/v1/ws/overlay", host=host, agent=agent)
        self.source = str(uuid4())
        self.state: dict[str, Any] = {"visible": True, "active": None}

    async def says(self, kind: str, **fields: Any) -> None:
        await self.wire.send_to(text_data=json.dumps({"type": kind, **fields}))

    async def enters(self, key: Any, **fields: Any) -> None:
        hello = {"key": key, "source": self.source, "version": None, "after": {"chat": None, "events": None}}
        await self.says("overlay", **hello | self.state | fields)

    async def becomes(self, **state: Any) -> None:
        self.state |= state
        await self.says("beat", frames=len(self.heard), **self.state)

    def rows(self, topic: str) -> list[dict[str, Any]]:
        """What it was told on a channel so far, oldest first."""
        frames = [one for one in self.heard if one["type"] == "messages" and one["channel"].startswith(f"{topic}:")]
        return [row for frame in frames for row in frame["messages"]]

    async def hears_rows(self, topic: str, count: int, within: float = PATIENCE) -> list[dict[str, Any]]:
        await self.until(lambda: len(self.rows(topic)) >= count, within)
        return self.rows(topic)

    async def sees(self, within: float = PATIENCE) -> dict[str, Any]:
        """The newest definition that has come whole."""
        await self.hears("definition", within, is_last=True)
        pieces, whole = "", ""
        for one in self.heard:
            if one["type"] == "definition":
                pieces += one["piece"]
                if one["is_last"]:
                    pieces, whole = "", pieces
        found: dict[str, Any] = json.loads(whole)
        return found

    async def obey(self, message: dict[str, Any]) -> None:
        if message["type"] == "beat":
            await self.becomes()


@asynccontextmanager
async def page(**where: Any) -> AsyncIterator[Page]:
    one = Page(**where)
    await one.wire.send_input({"type": "websocket.connect"})
    assert await one.wire.receive_output(5) == {"type": "websocket.accept"}
    running = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await one.wire.disconnect()
