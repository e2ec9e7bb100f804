"""The OBS that this Lumio connects to itself: one source for each, so that a lease makes it the only connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.enums import SourceState
from events.ingest.threads import in_thread
from integrations import obs_session
from integrations.domain import vault
from integrations.enums import Tool
from integrations.holding import FIRST, LONGEST, sources
from integrations.holding import hold as hold_connection
from integrations.obs import remote
from integrations.tools.failures import ToolFailure

if TYPE_CHECKING:
    from events.ingest.base import Outlet, SourceSpec
    from integrations.models import Integration


def wanted_sources() -> list[SourceSpec]:
    return sources(Tool.OBS, hold)


async def hold(row: Integration, outlet: Outlet, *, first: float = FIRST, longest: float = LONGEST) -> None:
    """Stay connected."""
    await hold_connection(row, outlet, once=_held, first=first, longest=longest)


async def _held(row: Integration, outlet: Outlet) -> ToolFailure:
    """Connect once and stay until that is over; why it is."""
    try:
        link = await remote.connect(row.host, row.port, await in_thread(vault.password_of, row))
    except ToolFailure as failure:
        return failure
    await outlet.health(SourceState.DELIVERING)
    try:
        await obs_session.run(row, link)
    except ToolFailure as failure:
        return failure
