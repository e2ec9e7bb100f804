"""An overlay page's side of its socket, through the ASGI wiring that daphne serves: as `static/js/overlay` plays it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from channels.testing import WebsocketCommunicator

from tests.waiting import PATIENCE

OVERLAY = b"overlay.localhost:8000"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/127.0.0.0 Safari/537.36"
IN_OBS = f"{CHROME} OBS/31.0.0"


class Page:
    """Keeps everything it was told in `heard`. It answers beats, and says of itself what `state` holds."""

    def __init__(self, *, host: bytes = OVERLAY, agent: str = CHROME) -> None:
        from lumio.asgi import application

        headers = [(b"host", host), (b"user-agent", agent.encode())]
        self.wire = WebsocketCommunicator(application, "/v1/ws/overlay", headers=headers)
        self.source = str(uuid4())
        self.state: dict[str, Any] = {"visible": True, "active": None}
        self.heard: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._news = asyncio.Event()

    async def says(self, kind: str, **fields: Any) -> None:
        await self.wire.send_to(text_data=json.dumps({"type": kind, **fields}))

    async def enters(self, key: Any, **fields: Any) -> None:
        hello = {"key": key, "source": self.source, "version": None, "after": {"chat": None, "events": None}}
        await self.says("overlay", **hello | self.state | fields)

    async def becomes(self, **state: Any) -> None:
        self.state |= state
        await self.says("beat", frames=len(self.heard), **self.state)

    async def until(self, condition: Any, within: float = PATIENCE) -> None:
        """Wait until `condition()`, which is looked at whenever something was heard."""
        async with asyncio.timeout(within):
            while not condition():
                self._news.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await self._news.wait()

    async def hears(self, kind: str, within: float = PATIENCE, **fields: Any) -> dict[str, Any]:
        """The newest message of this kind with these fields, once there is one."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self.heard if one["type"] == kind and fields.items() <= one.items()]

        await self.until(found, within)
        return found()[-1]

    def rows(self, topic: str) -> list[dict[str, Any]]:
        """What it was told on a channel so far, oldest first."""
        frames = [one for one in self.heard if one["type"] == "messages" and one["channel"].startswith(f"{topic}:")]
        return [row for frame in frames for row in frame["messages"]]

    async def hears_rows(self, topic: str, count: int, within: float = PATIENCE) -> list[dict[str, Any]]:
        await self.until(lambda: len(self.rows(topic)) >= count, within)
        return self.rows(topic)

    async def is_closed(self, within: float = PATIENCE) -> int:
        await self.until(lambda: self.close_code is not None, within)
        assert self.close_code is not None
        return self.close_code

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

    def forget(self) -> None:
        self.heard.clear()

    async def run(self) -> None:
        while True:
            answer = await self.wire.output_queue.get()
            if answer["type"] == "websocket.close":
                self.close_code = answer["code"]
                self._news.set()
                return
            message = json.loads(answer["text"])
            self.heard.append(message)
            self._news.set()
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
