"""Reading live chats: page by page, or as one JSON array that grows for as long as the connection lasts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.youtube import errors
from tests.fakes.youtube.state import Broadcast, State, User

PATH = "/youtube/v3/liveChat/messages"
PAGE = 500
NOT_FOUND = "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title><p>The requested URL was not found on this server."


@dataclass(eq=False)
class Connection:
    """A stream that is open. `end` closes it as YouTube does, `cut` without a word."""

    chat_id: str
    request: web.Request
    news: asyncio.Event = field(default_factory=asyncio.Event)
    is_ending: bool = False

    def end(self) -> None:
        self.is_ending = True
        self.news.set()

    def cut(self) -> None:
        if self.request.transport is not None:
            self.request.transport.abort()


class Chats:
    """`read` says who asks, once that was paid for."""

    def __init__(self, state: State, read: Callable[[web.Request], User]) -> None:
        self.state = state
        self._read = read
        self.connections: list[Connection] = []
        #: Tokens of earlier generations are refused.
        self.generation = 1
        self._asked_at: dict[str, float] = {}

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.get(PATH, self.list), web.get(f"{PATH}/stream", self.stream)]

    def wake(self, chat_id: str) -> None:
        """Something was said there."""
        for connection in self.connections:
            if connection.chat_id == chat_id:
                connection.news.set()

    async def list(self, request: web.Request) -> web.Response:
        self._read(request)
        broadcast, at = self._place(request)
        settings = self.state.settings
        asked_at, self._asked_at[broadcast.chat_id] = self._asked_at.get(broadcast.chat_id, 0.0), time.monotonic()
        if settings.enforces_interval and time.monotonic() - asked_at < settings.polling_interval:
            raise errors.rate_limit_exceeded()
        if broadcast.is_over and at >= len(broadcast.items):
            raise errors.chat_error(403, "liveChatEnded", "The specified live chat is no longer live.")
        most = int(request.query.get("maxResults", PAGE))
        page = self._page(broadcast, at, most)
        return web.json_response(page | {"pollingIntervalMillis": round(settings.polling_interval * 1000)})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        match self.state.settings.stream:
            case "missing":
                return web.Response(status=404, text=NOT_FOUND, content_type="text/html")
            case "unimplemented":
                raise errors.ApiError(501, "notImplemented", "Operation is not implemented, or supported, or enabled.")
        self._read(request)
        broadcast, at = self._place(request)
        if broadcast.is_over and at >= len(broadcast.items):
            raise errors.chat_error(403, "liveChatEnded", "The specified live chat is no longer live.")
        response = web.StreamResponse(headers={"Content-Type": "application/json; charset=UTF-8"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        connection = Connection(broadcast.chat_id, request)
        self.connections.append(connection)
        try:
            separator = "["
            async for page in self._pages(connection, broadcast, at):
                await self._write(response, separator + json.dumps(page, ensure_ascii=False, indent=1))
                separator = "\n,\n"
            await self._write(response, "]" if separator != "[" else "[]")
            await response.write_eof()
        finally:
            self.connections.remove(connection)
        return response

    async def _pages(self, connection: Connection, broadcast: Broadcast, at: int) -> AsyncIterator[dict[str, Any]]:
        """The first at once, the next ones as they fill."""
        is_first = True
        while True:
            connection.news.clear()
            if (is_first or at < len(broadcast.items)) and not self.state.settings.silent:
                begin, at, is_first = at, min(at + PAGE, len(broadcast.items)), False
                yield self._page(broadcast, begin, PAGE)
                continue
            if connection.is_ending or (broadcast.is_over and not self.state.settings.silent):
                return
            await connection.news.wait()

    async def _write(self, response: web.StreamResponse, words: str) -> None:
        """In pieces of as many bytes as the settings say: cut anywhere, also inside a character."""
        body = words.encode()
        size = self.state.settings.chunk or len(body)
        for begin in range(0, len(body), size):
            await response.write(body[begin : begin + size])
            if self.state.settings.chunk:
                await asyncio.sleep(0)

    def _page(self, broadcast: Broadcast, at: int, most: int) -> dict[str, Any]:
        end = min(at + most, len(broadcast.items))
        begin = max(0, at - self.state.settings.repeats)
        items = broadcast.items[begin:end]
        page: dict[str, Any] = {
            "kind": "youtube#liveChatMessageListResponse",
            "etag": "x",
            "nextPageToken": f"GJ{self.generation}.{end}",
            "pageInfo": {"totalResults": len(items), "resultsPerPage": len(items)},
            "items": items,
        }
        if broadcast.is_over and end == len(broadcast.items):
            page["offlineAt"] = broadcast.ended_at
        if broadcast.poll:
            page["activePollItem"] = broadcast.poll
        return page

    def _place(self, request: web.Request) -> tuple[Broadcast, int]:
        """The chat, and the first item that has not been read."""
        chat_id = request.query.get("liveChatId", "")
        found = self.state.find_chat(chat_id) if chat_id else None
        if found is None:
            raise errors.chat_error(404, "liveChatNotFound", "The live chat that you are trying to use was not found.")
        broadcast = found[1]
        if not broadcast.has_chat:
            raise errors.chat_error(403, "liveChatDisabled", "The live chat is disabled for the specified broadcast.")
        token = request.query.get("pageToken")
        if token is None:
            return broadcast, max(0, len(broadcast.items) - self.state.settings.history)
        generation, _, place = token.removeprefix("GJ").partition(".")
        if generation != str(self.generation) or not place.isdecimal():
            raise errors.chat_error(400, "pageTokenInvalid", "The page token is not valid.")
        return broadcast, min(int(place), len(broadcast.items))
