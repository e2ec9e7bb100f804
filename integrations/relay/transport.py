"""A connection that the bridge page opened to a tool on its own machine."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from integrations.domain import live
from integrations.enums import Tool
from integrations.tools import dial
from integrations.tools.failures import LinkLost, ToolFailure
from integrations.tools.link import Closed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from integrations.models import Integration

#: Characters of one frame, and of all that wait to be read. More than that ends the connection.
LONGEST_FRAME = 4 * 1024 * 1024
MOST_WAITING = 2 * LONGEST_FRAME

TOO_BIG = 1009


class RelayTransport:
    """A `tools.link.Transport`. `say` sends the page a message about this connection: its type and fields."""

    def __init__(self, row: Integration, say: Callable[..., Awaitable[None]]) -> None:
        self.row = row
        self._say = say
        self._frames: asyncio.Queue[str | Closed] = asyncio.Queue()
        self._parts: list[str] = []
        self._length = self._waiting = 0
        self._closed: Closed | None = None
        #: Done once the tool has taken the connection; else holds the reason that it did not.
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # --- What a session calls -----------------------------------------------------------------------------------------

    async def send(self, frame: dict[str, Any]) -> None:
        if self._closed:
            raise self._closed
        await self._say("frame", data=json.dumps(frame))

    async def receive(self) -> dict[str, Any]:
        text = await self._frames.get()
        if isinstance(text, Closed):
            self._frames.put_nowait(text)  # whoever asks again is told the same
            raise text
        self._waiting -= len(text)
        return dial.parsed(text, Tool(self.row.tool))

    async def close(self) -> None:
        if self._closed is None:
            self.ended(Closed(1000))
            await self._say("close")

    # --- What the page brings -----------------------------------------------------------------------------------------

    async def heard(self, data: str, *, more: bool) -> None:
        """A piece of a frame; `more` of it follows."""
        if self._closed:
            return
        self._parts.append(data)
        self._length += len(data)
        self._waiting += len(data)
        if self._length > LONGEST_FRAME or self._waiting > MOST_WAITING:
            self.ended(Closed(TOO_BIG))
            await self._say("close")
        elif not more:
            self._frames.put_nowait("".join(self._parts))
            self._parts, self._length = [], 0

    def ended(self, closed: Closed, failure: ToolFailure | None = None) -> None:
        """It was closed, or never came about: then `failure` says why. What was heard before can still be received."""
        if self._closed is None:
            self._closed = closed
            self._parts = []
            self._frames.put_nowait(closed)
        if not self.opened.done():
            self.opened.set_exception(failure or LinkLost(**live.named(self.row)))
            self.opened.exception()  # nobody may wait for it any more
