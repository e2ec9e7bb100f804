"""One connected socket of either gateway. Frames go through a queue, so verbs never wait for a slow client."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web


@dataclass(eq=False)
class Socket:
    """`topics` are what it listens to, each with the channel's id and the JWT it was asked for with."""

    gateway: str
    socket: web.WebSocketResponse
    request: web.Request
    topics: dict[str, tuple[str, str]] = field(default_factory=dict)
    reconnect_token: str = ""
    _outbox: asyncio.Queue[str | int] = field(default_factory=asyncio.Queue)

    def send(self, frame: Any) -> None:
        self._outbox.put_nowait(frame if isinstance(frame, str) else json.dumps(frame))

    def close(self, code: int) -> None:
        """Close with a code, after what is queued."""
        self._outbox.put_nowait(code)

    def abort(self) -> None:
        """End the TCP connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()

    async def run(self, handle: Any) -> None:
        """Serve the socket until either side ends it; `handle` gets every text frame."""
        writing = asyncio.create_task(self._write())
        try:
            async for message in self.socket:
                if message.type is WSMsgType.TEXT:
                    handle(self, message.data)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            item = await self._outbox.get()
            if isinstance(item, int):
                await self.socket.close(code=item)
                return
            await self.socket.send_str(item)
