"""Holding the connection to a tool, whoever opens it: trying again, and saying meanwhile what is wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from django.db import Error as DatabaseError

from events.enums import SourceState
from events.ingest.base import Failure, SourceSpec
from events.ingest.threads import in_thread
from integrations.domain import live, results
from integrations.enums import Route, Tool, Trigger
from integrations.models import Integration
from integrations.tools.failures import LinkLost, ToolFailure
from lumio.lib.backoff import back_off

if TYPE_CHECKING:
    from events.ingest.base import Outlet

#: Connects once and stays until that is over; why it is.
Once = Callable[[Integration, "Outlet"], Awaitable[ToolFailure]]

#: Seconds between two attempts, at first and at last.
FIRST, LONGEST = 1.0, 30.0


def sources(tool: Tool, held: Callable[[Integration, Outlet], Awaitable[None]]) -> list[SourceSpec]:
    """One for each that is switched on and that this Lumio connects to itself, so that a lease makes it the only
    connection. One query."""
    rows = Integration.objects.filter(tool=tool, route=Route.DIRECT, is_enabled=True, account__closed_at=None)
    return [
        SourceSpec(key=row.source_key, account_id=row.account_id, run=partial(held, row), revision=str(row.revision))
        for row in rows
    ]


async def hold(row: Integration, outlet: Outlet, *, once: Once, first: float = FIRST, longest: float = LONGEST) -> None:
    """One that this Lumio opens itself, as a source of the ingest process."""

    async def told(failure: ToolFailure) -> None:
        state = SourceState.STOPPED if failure.is_final else SourceState.RECONNECTING
        await outlet.health(state, failure=Failure.of(failure))

    try:
        await in_thread(live.keep, row.pk, row.account_id, live.connecting(row))
        await connect_for_ever(row, partial(once, row, outlet), told=told, first=first, longest=longest)
    finally:
        await asyncio.shield(in_thread(live.forget, row.pk, row.account_id))


async def connect_for_ever(
    row: Integration,
    once: Callable[[], Awaitable[ToolFailure]],
    *,
    told: Callable[[ToolFailure], Awaitable[None]] | None = None,
    first: float = FIRST,
    longest: float = LONGEST,
) -> NoReturn:
    """Again and again. What a person has to mend is not tried again before they have: then begins another."""
    pauses = back_off(first, longest)
    while True:
        began = time.monotonic()
        failure = await once()
        if time.monotonic() - began > longest:
            pauses = back_off(first, longest)
        if told:
            await told(failure)
        await _wait(row, failure, None if failure.is_final else next(pauses))


async def _wait(row: Integration, failure: ToolFailure, seconds: float | None) -> None:
    """For so long, or for ever, and tell meanwhile why nothing can be told."""
    if not isinstance(failure, LinkLost):  # which comes and goes with every stream
        with suppress(DatabaseError):
            await in_thread(results.record, row.pk, trigger=Trigger.LINK, failure=failure)
    loop = asyncio.get_running_loop()
    ends = None if seconds is None else loop.time() + seconds
    while ends is None or loop.time() < ends:
        await in_thread(live.keep, row.pk, row.account_id, live.trouble(row, failure))
        await asyncio.sleep(live.AGAIN if ends is None else min(live.AGAIN, ends - loop.time()))
