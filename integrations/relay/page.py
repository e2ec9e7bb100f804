"""The server's end of a bridge page: has it open connections to the tools beside it, and hands frames to and fro.

To the page go `open` (link, tool, port, path), `frame` (link, data), `close` (link) and `studio` (call, name,
arguments). From it come `opened` (link), `frame` (link, data, more), `closed` (link, code, reason, why), and of
`window.obsstudio` `answer` (call, value) and `event` (name, detail).
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from integrations.domain import live
from integrations.enums import Tool
from integrations.relay.transport import RelayTransport
from integrations.tools.failures import BridgeBlocked, NoAnswer, NotRunning, OutcomeUnknown, ToolFailure
from integrations.tools.link import Closed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from integrations.models import Integration

#: Seconds that a tool gets to take a connection, and OBS to answer a function of `window.obsstudio`.
OPENED_WITHIN = 5.0
ANSWERED_WITHIN = 5.0
#: Characters of the reason that a tool gives for closing.
LONGEST_REASON = 200
#: Events of `window.obsstudio` that may wait; a reader so far behind is not told of more.
MOST_EVENTS = 1000

#: Why the page could open no connection, as it says: the failure that people are told.
WHY: dict[str, type[ToolFailure]] = {"refused": NotRunning, "blocked": BridgeBlocked}


class Studio:
    """`window.obsstudio` of a page inside OBS: see `obs.md`, section 9. `level`: what OBS lets the page do, 0 to 5."""

    def __init__(self, say: Callable[..., Awaitable[None]], *, level: int, version: str) -> None:
        self.level = level
        #: Of OBS, as the browser's user agent names it.
        self.version = version
        self._say = say
        self._numbers = 0
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._listening: set[asyncio.Queue[tuple[str, Any]]] = set()

    async def call(self, name: str, *arguments: Any) -> Any:
        """What one of its functions answers: None from those that answer nothing, and where the page lacks the right.

        Raises OutcomeUnknown."""
        self._numbers += 1
        number = self._numbers
        answer = self._calls[number] = asyncio.get_running_loop().create_future()
        try:
            await self._say("studio", call=number, name=name, arguments=list(arguments))
            async with asyncio.timeout(ANSWERED_WITHIN):
                return await answer
        except TimeoutError:
            raise OutcomeUnknown(tool=Tool.OBS.label) from None
        finally:
            del self._calls[number]

    def listen(self) -> asyncio.Queue[tuple[str, Any]]:
        """Gets (name, detail) of every event on the page from now on, until `drop`ped."""
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue(MOST_EVENTS)
        self._listening.add(queue)
        return queue

    def drop(self, queue: asyncio.Queue[tuple[str, Any]]) -> None:
        self._listening.discard(queue)

    def answered(self, number: int, value: Any) -> None:
        if (answer := self._calls.get(number)) and not answer.done():
            answer.set_result(value)

    def happened(self, name: str, detail: Any) -> None:
        for queue in self._listening:
            if not queue.full():
                queue.put_nowait((name, detail))


class BridgePage:
    """What the runner has of an open page. `studio` is None in an ordinary browser."""

    def __init__(self, say: Callable[..., Awaitable[None]], *, studio: Studio | None) -> None:
        self.studio = studio
        #: When it last said anything, on `time.monotonic`.
        self.heard_at = time.monotonic()
        self._say = say
        self._numbers = 0
        self._links: dict[int, RelayTransport] = {}

    async def open(self, row: Integration) -> RelayTransport:
        """A connection to the tool, on the page's machine. Raises ToolFailure."""
        self._numbers += 1
        number = self._numbers
        link = self._links[number] = RelayTransport(row, partial(self._about, number))
        try:
            await self._say("open", link=number, tool=row.tool, port=row.port, path=row.endpoint)
            async with asyncio.timeout(OPENED_WITHIN):
                await link.opened
        except TimeoutError:
            await link.close()
            raise NoAnswer(**live.named(row)) from None
        except asyncio.CancelledError:
            await link.close()
            raise
        return link

    async def heard(self, message: dict[str, Any]) -> None:
        """One message of the page's. What makes no sense, or is of a connection that is over, is dropped."""
        self.heard_at = time.monotonic()
        match message:
            case {"type": "frame", "link": int(number), "data": str(data)} if link := self._links.get(number):
                await link.heard(data, more=message.get("more") is True)
            case {"type": "opened", "link": int(number)} if link := self._links.get(number):
                if not link.opened.done():
                    link.opened.set_result(None)
            case {"type": "closed", "link": int(number), "code": int(code)} if link := self._links.pop(number, None):
                failure = WHY.get(str(message.get("why")))
                reason = str(message.get("reason") or "")[:LONGEST_REASON]
                link.ended(Closed(code, reason), failure(**live.named(link.row)) if failure else None)
            case {"type": "answer", "call": int(number)} if self.studio:
                self.studio.answered(number, message.get("value"))
            case {"type": "event", "name": str(name)} if self.studio:
                self.studio.happened(name, message.get("detail"))

    def gone(self) -> None:
        """The page is closed, and all its connections with it."""
        for link in self._links.values():
            link.ended(Closed())
        self._links.clear()

    async def _about(self, number: int, kind: str, **fields: Any) -> None:
        if kind == "close":
            self._links.pop(number, None)
        await self._say(kind, link=number, **fields)
