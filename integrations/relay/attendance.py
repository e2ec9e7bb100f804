"""What goes on while a bridge page is open: it has a place among the others of its account, and the tools are connected
through it for as long as it leads.

The page is told `role` (leads, pages) and, unless it runs inside OBS where nothing is shown, `tools` (a list of label,
tool, state, version, latency_ms, detail). It answers each `beat` with how many `frames` it has had.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import Error as DatabaseError
from django.utils import translation

from events.hub import Hub
from events.ingest.threads import in_thread
from events.sockets import Close
from events.work import in_database
from integrations.domain import bridge, live
from integrations.domain.election import AGAIN, Candidate, Standing
from integrations.relay.nudges import NUDGES
from integrations.relay.runner import Runner, wanted
from integrations.tools.failures import NotConnected, stored

if TYPE_CHECKING:
    from events.sockets import Socket
    from integrations.models import Bridge, Integration
    from integrations.relay.page import BridgePage

logger = logging.getLogger(__name__)

#: Seconds between two times that the page is asked whether it is there, and after which a silent one is not. Its own
#: timers would not do: OBS slows those of a hidden page down.
BEAT = 10.0
SILENT_FOR = 30.0
#: Seconds between two looks at what the database wants, when nobody tells of a change.
LOOK = 10.0
#: Of one account.
MOST_PAGES = 10


class Attendance:
    """Of one page, until it closes. `language`: of the page's words."""

    def __init__(self, page: BridgePage, socket: Socket, known: Bridge, *, language: str) -> None:
        self._page = page
        self._socket = socket
        self._known = known
        self._language = language
        self._candidate = Candidate(known.account_id, is_in_obs=page.studio is not None)
        self._runner = Runner(page)
        self._rows: list[Integration] = []
        self._standing: Standing | None = None
        self._told_tools: list[dict[str, Any]] | None = None
        self._looked_at = self._beat_at = 0.0

    async def until_over(self) -> None:
        try:
            with NUDGES.of(self._known.account_id) as nudge:
                while self._socket.is_open:
                    nudge.clear()
                    try:
                        await self._round()
                    except DatabaseError as error:
                        logger.warning("A bridge page waits for the database: %s", error)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(AGAIN):
                            await nudge.wait()
                            self._looked_at = 0.0
        finally:
            self._page.gone()
            await self._runner.stop()
            await self._candidate.leave()

    async def _round(self) -> None:
        now = time.monotonic()
        if now - self._beat_at >= BEAT:
            self._beat_at = now
            await self._socket.send("beat")
        if now - self._page.heard_at > SILENT_FOR or self._socket.is_too_slow(now):
            await self._close(Close.TOO_SLOW)
        elif now - self._looked_at >= LOOK:
            self._looked_at = now
            await self._look()
        if self._socket.is_open:
            await self._take_place()
            if self._page.studio is None:
                await self._tell_tools()

    async def _look(self) -> None:
        """Whether the address still opens the page, and what there is to connect."""
        if not await in_database(bridge.still_opens, self._known.account_id, self._known.digest):
            await self._close(Close.NOT_AUTHENTICATED)
            return
        self._rows = await in_database(wanted, self._known.account_id)
        if self._standing and self._standing.leads:
            await self._runner.want(self._rows)

    async def _take_place(self) -> None:
        standing = await self._candidate.stand()
        if standing is None or standing == self._standing:
            return
        if self._standing is None and standing.pages > MOST_PAGES:
            await self._close(Close.TOO_MANY)
            return
        before, self._standing = self._standing, standing
        await self._socket.send("role", leads=standing.leads, pages=standing.pages)
        if standing.leads:
            await self._runner.want(self._rows)
        elif before and before.leads:
            await self._runner.hand_over()

    async def _tell_tools(self) -> None:
        tools = await in_thread(self._tools)
        if tools != self._told_tools:
            self._told_tools = tools
            await self._socket.send("tools", tools=tools)

    def _tools(self) -> list[dict[str, Any]]:
        links = live.links(self._known.account_id)
        with translation.override(self._language if translation.check_for_language(self._language) else "en"):
            return [_told(row, links.get(row.pk)) for row in self._rows]

    async def _close(self, code: Close) -> None:
        await Hub.current().close(self._socket, code)


def _told(row: Integration, link: live.Link | None) -> dict[str, Any]:
    link = link or live.trouble(row, NotConnected(**live.named(row)))
    failure = link.get("failure")
    return {
        "label": row.label,
        "tool": row.get_tool_display(),
        "state": link["state"],
        "version": link.get("version", ""),
        "latency_ms": link.get("latency_ms"),
        "detail": stored(failure["code"], live.named(row) | failure["params"]).text if failure else "",
    }
