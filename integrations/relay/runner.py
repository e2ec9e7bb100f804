"""Keeps the tools of an account connected through the bridge page that leads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import Error as DatabaseError

from events.ingest.threads import in_thread
from integrations import obs_session, streamerbot_session
from integrations.domain import live
from integrations.domain.unlocking import Unlocking
from integrations.enums import Route, Tool
from integrations.holding import connect_for_ever
from integrations.models import Integration
from integrations.obs import handshake
from integrations.obs.relayed import RelayedLink
from integrations.relay.studio import StudioLink
from integrations.tools.failures import BridgeBlocked, LinkLost, NoAnswer, NotRunning, ToolFailure
from integrations.tools.link import Closed

if TYPE_CHECKING:
    from integrations.relay.page import BridgePage, Studio
    from integrations.relay.transport import RelayTransport

logger = logging.getLogger(__name__)

#: Seconds between two looks whether obs-websocket is there after all, while `window.obsstudio` has to do.
LOOK_AGAIN = 10.0
#: After these `window.obsstudio` may do.
OUT_OF_REACH = (NotRunning, NoAnswer, BridgeBlocked)


def wanted(account_id: UUID) -> list[Integration]:
    """What the account's bridge page connects to, the account loaded."""
    rows = Integration.objects.filter(account=account_id, account__closed_at=None, route=Route.BRIDGE, is_enabled=True)
    return list(rows.select_related("account").order_by("created_at", "pk"))


class Runner:
    """A task for each tool. Nothing is connected until `want` is called."""

    def __init__(self, page: BridgePage) -> None:
        self._page = page
        self._running: dict[UUID, tuple[Integration, bool, asyncio.Task[None]]] = {}

    async def want(self, rows: Sequence[Integration]) -> None:
        """Have exactly these connected. One that was changed begins anew."""
        # `window.obsstudio` is the OBS around the page: nobody could tell which of several that is.
        has_studio = self._page.studio is not None and sum(row.tool == Tool.OBS for row in rows) == 1
        as_wanted = {(row.pk, row.revision, has_studio) for row in rows}
        over = [
            pk
            for pk, (row, studio, task) in self._running.items()
            if (pk, row.revision, studio) not in as_wanted or task.done()
        ]
        await self._forget(await self._end(over))
        for row in rows:
            if row.pk not in self._running:
                keeper = _Keeper(self._page, row, self._page.studio if has_studio else None)
                self._running[row.pk] = (row, has_studio, asyncio.create_task(keeper.run()))

    async def hand_over(self) -> None:
        """Another page leads from now on, and says how things are."""
        await self._end(list(self._running))

    async def stop(self) -> None:
        """The page is closed: nobody knows how things are."""
        await self._forget(await self._end(list(self._running)))

    async def _end(self, ids: Sequence[UUID]) -> list[Integration]:
        over = [self._running.pop(pk) for pk in ids]
        for _, _, task in over:
            task.cancel()
        await asyncio.gather(*(task for _, _, task in over), return_exceptions=True)
        return [row for row, _, _ in over]

    @staticmethod
    async def _forget(rows: Sequence[Integration]) -> None:
        for row in rows:
            await in_thread(live.forget, row.pk, row.account_id)


class _Keeper:
    """Connects to one tool, and again whenever the connection is over, until a person has to change something first."""

    def __init__(self, page: BridgePage, row: Integration, studio: Studio | None) -> None:
        self._page = page
        self._row = row
        self._studio = studio

    async def run(self) -> None:
        await connect_for_ever(self._row, self._connected)

    async def _connected(self) -> ToolFailure:
        """Once; why it is over."""
        try:
            await self._session(await self._opened())
        except ToolFailure as failure:
            return failure
        except Closed as closed:
            return handshake.failure_of(closed) if self._row.tool == Tool.OBS else self._lost()
        except DatabaseError as error:
            logger.warning("A tool waits for the database: %s", error)
        except Exception:
            logger.exception("A connection through the bridge page failed")
        return self._lost()

    async def _opened(self) -> RelayTransport:
        """As soon as the tool takes a connection. Until then OBS is controlled by what it lets the page do, if that is
        anything. Raises ToolFailure and Closed."""
        try:
            return await self._page.open(self._row)
        except OUT_OF_REACH:
            if self._studio is None or self._studio.level < 1:
                raise
        limited = asyncio.create_task(obs_session.run(self._row, await StudioLink.opened(self._studio)))
        try:
            while True:
                await asyncio.wait([limited], timeout=LOOK_AGAIN)
                if limited.done():
                    limited.result()
                    raise self._lost()
                try:
                    return await self._page.open(self._row)
                except OUT_OF_REACH:
                    continue
        finally:
            limited.cancel()
            await asyncio.wait([limited])

    async def _session(self, transport: RelayTransport) -> None:
        sign = Unlocking(self._row)
        try:
            if self._row.tool == Tool.OBS:
                link = await RelayedLink.identified(transport, sign, address=self._row.address)
                await obs_session.run(self._row, link)
            else:
                await streamerbot_session.run(self._row, transport, sign=sign)
        finally:
            await transport.close()

    def _lost(self) -> LinkLost:
        return LinkLost(**live.named(self._row))
