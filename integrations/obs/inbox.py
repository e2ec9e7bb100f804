"""What OBS tells by itself, between whoever reads the connection and whoever makes sense of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from integrations.tools.link import Closed

#: Changing a collection of a thousand scenes is some thousands of events at once.
MOST = 20_000
#: As a WebSocket would be closed over which too much comes.
OVERFLOWN = 1008


class Inbox:
    """For one reader, on one event loop. `closed` says why it is over."""

    def __init__(self) -> None:
        self._events: deque[tuple[str, dict[str, Any]]] = deque()
        self._news = asyncio.Event()
        self.closed: Closed | None = None

    def put(self, kind: Any, data: Any) -> None:
        """What is no event is dropped. When nobody reads, it ends."""
        if self.closed or not isinstance(kind, str):
            return
        if len(self._events) >= MOST:
            self.end(Closed(OVERFLOWN, "nobody reads the events"))
            return
        self._events.append((kind, data if isinstance(data, dict) else {}))
        self._news.set()

    def end(self, closed: Closed) -> None:
        """The first reason stays."""
        self.closed = self.closed or closed
        self._news.set()

    async def read(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """In order, what is there first; then raises Closed."""
        while True:
            while self._events:
                yield self._events.popleft()
            if self.closed:
                raise Closed(self.closed.code, self.closed.reason)
            self._news.clear()
            await self._news.wait()
