"""A page on the overlays' host, on its side of its socket, through the ASGI wiring that daphne serves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from channels.testing import WebsocketCommunicator

from tests.waiting import PATIENCE

OVERLAY = b"overlay.localhost:8000"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/127.0.0.0 Safari/537.36"
IN_OBS = f"{CHROME} OBS/31.0.0"


class Socket:
    """Keeps everything it was told in `heard`; `close_code` once the server has hung up."""

    def __init__(self, path: str, *, host: bytes, agent: str) -> None:
        from lumio.asgi import application

        headers = [(b"host", host), (b"user-agent", agent.encode())]
        self.wire = WebsocketCommunicator(application, path, headers=headers)
        self.heard: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._news = asyncio.Event()

    async def until(self, condition: Callable[[], Any], within: float = PATIENCE) -> None:
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

    async def is_closed(self, within: float = PATIENCE) -> int:
        await self.until(lambda: self.close_code is not None, within)
        assert self.close_code is not None
        return self.close_code

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
            await self.obey(message)

    async def obey(self, message: dict[str, Any]) -> None:
        """Do what a page does when it hears this."""
        raise NotImplementedError
