"""Answers of any length are sent as fast as whoever asked takes them.

ASGI's `send` returns at once under daphne, whatever lies in the way: a slow line would have a whole download gather in
memory. daphne hands the request that it answers over inside `send`, and Twisted tells a request's producer when the
line is full, and when there is room again.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumio.hosts import Application, Message, Receive, Scope, Send

#: Seconds without room after which whoever asked is believed to be gone.
PATIENCE = 120.0


class Paced:
    """ASGI wrapper, the outermost, under daphne; elsewhere it changes nothing."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and isinstance(send, partial) and hasattr(send.args[0], "registerProducer"):
            send = _Line(send.args[0], send).send
        await self.application(scope, receive, send)


class _Line:
    """To one request what Twisted calls a push producer."""

    def __init__(self, request: Any, send: Send) -> None:
        self._request = request
        self._send = send
        self._room = asyncio.Event()
        self._room.set()
        self._is_registered = False

    async def send(self, message: Message) -> None:
        is_body = message["type"] == "http.response.body"
        if is_body and message.get("more_body"):
            await self._wait_for_room()
        elif is_body and self._is_registered:
            self._request.unregisterProducer()
        await self._send(message)

    async def _wait_for_room(self) -> None:
        if self._request.channel is None:
            return  # the line is cut; whoever serves it hears of it
        if not self._is_registered:
            self._request.registerProducer(self, True)
            self._is_registered = True
        try:
            async with asyncio.timeout(PATIENCE):
                await self._room.wait()
        except TimeoutError:
            self._request.transport.abortConnection()

    def pauseProducing(self) -> None:  # Twisted's names
        self._room.clear()

    def resumeProducing(self) -> None:
        self._room.set()

    def stopProducing(self) -> None:
        self._room.set()
