"""The calls of a listener: with its grant, counted as listening, and never blocking its loop."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connections.platforms.answers import ask, by_their_clock
from connections.platforms.failures import TokenRefused, Unavailable
from connections.platforms.youtube import api
from connections.platforms.youtube.broadcasts import QUERY, Broadcast, broadcast
from connections.platforms.youtube.costs import COSTS, STREAM
from connections.platforms.youtube.pages import TOKEN_LENGTH, Page, page_of
from connections.platforms.youtube.parse import paid_event
from connections.platforms.youtube.stream import NoSlot, opened
from events.ingest.threads import in_thread
from lumio.lib.http import Answer, Stream
from lumio.lib.payload import ID_LENGTH, NAME_LENGTH, mapping, number, text

if TYPE_CHECKING:
    from connections.platforms.listening import Access, Grant
    from connections.platforms.metering import Budget
    from events.types import StreamEvent

#: Messages of one page, the most that YouTube gives, and what they may weigh.
MESSAGES = 2_000
MAX_BYTES = 8 * 1024 * 1024
#: Without a reason in the body these say that there is no such way of asking.
NO_SUCH_WAY = (404, 405, 501)


class NotStreamed(Exception):
    """This chat cannot be had as a stream now."""


class Opened:
    """A stream: when it began by YouTube's clock, and its pages, which raise what a call would."""

    def __init__(self, at: datetime, pages: AsyncIterator[Page]) -> None:
        self.at = at
        self.pages = pages


class DataApi:
    """Raises PlatformFailure, Unreachable and what the grant raises. A refused token is renewed once for each call."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant

    async def broadcasts(self, *, pace: int | None = None) -> list[Broadcast]:
        """What is on air. `pace` is taken down with it: how many units an hour the listener spends."""
        params = QUERY | {"maxResults": api.PAGE}
        body, _ = await self._get("/liveBroadcasts", params, pace=pace)
        return [found for found in map(broadcast, api.rows_of(body)) if found]

    async def page(self, chat_id: str, token: str) -> tuple[Page, datetime]:
        """What was said since the page of that token, else lately; and when that was asked, by YouTube's clock."""
        body, at = await self._get("/liveChat/messages", _chat(chat_id, token))
        return page_of(body), at

    @contextlib.asynccontextmanager
    async def stream(self, chat_id: str, token: str, *, silence: float) -> AsyncIterator[Opened]:
        """The same as pages without end, until the platform or the context ends it. Raises NotStreamed, too."""
        async with contextlib.AsyncExitStack() as stack:
            access = await self._grant.access()
            try:
                stream = await self._open(stack, access, chat_id, token, silence)
            except TokenRefused:
                access = await self._grant.refused(access.version)
                stream = await self._open(stack, access, chat_id, token, silence)
            yield stream

    async def category_names(self) -> dict[str, str]:
        """By id. They are the same everywhere where a category can be used."""
        body, _ = await self._get("/videoCategories", {"part": "snippet", "regionCode": "US"})
        rows = [mapping(row) for row in api.rows_of(body)]
        return {
            text(row.get("id"), ID_LENGTH): text(mapping(row.get("snippet")).get("title"), NAME_LENGTH) for row in rows
        }

    async def paid_between(self, since: datetime, until: datetime, *, channel_id: str) -> list[StreamEvent]:
        """What was paid on the channel between two moments of the last 30 days, oldest first."""
        found: list[StreamEvent] = []
        params: dict[str, Any] = {"part": "snippet", "maxResults": api.PAGE}
        for _ in range(api.MOST_PAGES):
            body, _at = await self._get("/superChatEvents", params)
            events = [paid_event(row, channel_id=channel_id) for row in api.rows_of(body)]
            found += [event for event in events if event and since < event.occurred_at < until]
            token = text(body.get("nextPageToken"), TOKEN_LENGTH)
            if not token:
                break
            params["pageToken"] = token
        return sorted(found, key=lambda event: event.occurred_at)

    async def budget(self) -> Budget | None:
        """What is left of today's quota."""
        access = await self._grant.access()
        return await in_thread(access.meter.budget)

    async def _get(
        self, path: str, params: Mapping[str, Any], *, pace: int | None = None
    ) -> tuple[dict[str, Any], datetime]:
        access = await self._grant.access()
        try:
            return await in_thread(_ask, path, params, access, pace)
        except TokenRefused:
            access = await self._grant.refused(access.version)
        return await in_thread(_ask, path, params, access, pace)

    async def _open(
        self, stack: contextlib.AsyncExitStack, access: Access, chat_id: str, token: str, silence: float
    ) -> Opened:
        await in_thread(access.meter.spend, STREAM, listening=True)
        asked_at = datetime.now(UTC)
        stream = Stream(
            api.address("/liveChat/messages/stream"),
            params=_chat(chat_id, token),
            headers=api.headers(access.token),
            silence=silence,
        )
        try:
            answer, objects = await stack.enter_async_context(opened(stream))
        except NoSlot as error:
            raise NotStreamed from error
        if answer.status in NO_SUCH_WAY and isinstance(api.failure_of(answer), Unavailable):
            raise NotStreamed
        if not answer.ok:
            await in_thread(api.body_of, answer, access.meter)
        return Opened(by_their_clock(asked_at, answer), _pages(objects, access))


async def _pages(objects: AsyncIterator[dict[str, Any]], access: Access) -> AsyncIterator[Page]:
    """Raises PlatformFailure for an error that comes in the middle of a stream."""
    async for found in objects:
        if "error" in found:
            status = number(mapping(found["error"]).get("code")) or 500
            await in_thread(api.body_of, Answer(status, {}, json.dumps(found).encode()), access.meter)
        yield page_of(found)


def _ask(path: str, params: Mapping[str, Any], access: Access, pace: int | None) -> tuple[dict[str, Any], datetime]:
    access.meter.spend(COSTS["GET", path], listening=True, pace=pace)
    asked_at = datetime.now(UTC)
    answer = ask(
        api.NAME, "GET", api.address(path), headers=api.headers(access.token), params=params, max_bytes=MAX_BYTES
    )
    return api.body_of(answer, access.meter), by_their_clock(asked_at, answer)


def _chat(chat_id: str, token: str) -> dict[str, Any]:
    page = {"pageToken": token} if token else {}
    return {"liveChatId": chat_id, "part": "id,snippet,authorDetails", "maxResults": MESSAGES, **page}
