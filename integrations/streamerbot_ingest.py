"""The Streamer.bots that this Lumio connects to itself: one source for each, so that a lease makes it the only
connection and a fence keeps what a replaced process still hears out of the log."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from integrations import streamerbot_session
from integrations.enums import Tool
from integrations.holding import FIRST, LONGEST, sources
from integrations.holding import hold as hold_connection
from integrations.tools import dial
from integrations.tools.failures import ToolFailure

if TYPE_CHECKING:
    from events.ingest.base import Outlet, SourceSpec
    from integrations.models import Integration
    from integrations.streamerbot.timing import Timing


def wanted_sources() -> list[SourceSpec]:
    return sources(Tool.STREAMERBOT, hold)


async def hold(
    row: Integration,
    outlet: Outlet,
    *,
    first: float = FIRST,
    longest: float = LONGEST,
    timing: Timing | None = None,
) -> None:
    """Stay connected."""
    await hold_connection(row, outlet, once=partial(_held, timing=timing), first=first, longest=longest)


async def _held(row: Integration, outlet: Outlet, *, timing: Timing | None) -> ToolFailure:
    """Connect once and stay until that is over; why it is."""
    try:
        transport = await dial.open(row.host, row.port, row.endpoint, Tool.STREAMERBOT)
        await streamerbot_session.run(row, transport, outlet=outlet, timing=timing)
    except ToolFailure as failure:
        return failure
