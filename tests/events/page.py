"""A page's side of the socket, through the same ASGI wiring that daphne serves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from channels.testing import WebsocketCommunicator

from tests.waiting import PATIENCE

DASHBOARD = b"localhost:8000"
OVERLAY = b"overlay.localhost:8000"
LAN = b"studio.lan:8000"


class Page:
    """A page's socket. Keeps what it was told by type; `close_code` once the server has hung up."""

    def __init__(self, *, host: bytes = DASHBOARD, query: str = "", headers: tuple[tuple[bytes, bytes], ...] = ()):
        from lumio.asgi import application

        self.wire = WebsocketCommunicator(application, f"/v1/ws{query}", headers=[(b"host", host), *headers])

    async def says(self, kind: str, **fields: Any) -> None:
        await self.wire.send_to(text_data=json.dumps({"type": kind, **fields}))

    async def hears(self, kind: str | None = None, *, within: float = PATIENCE) -> dict[str, Any]:
        """The next message, which must be of `kind` if one is named."""
        answer = await self.wire.receive_output(within)
        assert answer["type"] == "websocket.send", answer
        message = json.loads(answer["text"])
        assert kind in (None, message["type"]), message
        return message

    async def hears_rows(self, count: int, *, within: float = PATIENCE) -> list[int]:
        """The `seq`s of the next rows, over as many frames as it takes."""
        seqs: list[int] = []
        while len(seqs) < count:
            seqs += [row["seq"] for row in (await self.hears("messages", within=within))["messages"]]
        return seqs

    async def is_closed(self, *, within: float = PATIENCE) -> int:
        """The code of the close that comes next."""
        answer = await self.wire.receive_output(within)
        assert answer["type"] == "websocket.close", answer
        return answer["code"]

    async def subscribes(self, channel: Any, after: int | None = None) -> dict[str, Any]:
        await self.says("subscribe", channel=str(channel), after=after)
        return await self.hears("subscribed")


@asynccontextmanager
async def page(**where: Any) -> AsyncIterator[Page]:
    one = Page(**where)
    await one.wire.send_input({"type": "websocket.connect"})
    assert await one.wire.receive_output(30) == {"type": "websocket.accept"}
    try:
        yield one
    finally:
        with suppress(asyncio.CancelledError):
            await one.wire.disconnect()
