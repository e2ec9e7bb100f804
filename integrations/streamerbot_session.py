"""One Streamer.bot for as long as somebody can speak with it, whoever opened the connection: looking whether it is
there, running its actions for people, and making its events Lumio's.

What it tells while nobody listens is lost, and no gap is told: it is closed for most of the day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from django.db import Error as DatabaseError
from django.utils import timezone

from events.domain.publish import Batch, publish
from events.enums import SourceState
from events.ingest.threads import in_thread
from integrations.domain import commands, live, results, vault
from integrations.enums import Trigger
from integrations.streamerbot import parse
from integrations.streamerbot.client import signer, talking
from integrations.streamerbot.timing import Timing
from integrations.tools.failures import LinkLost, NoAnswer, OutcomeUnknown
from integrations.tools.link import Closed

if TYPE_CHECKING:
    from events.ingest.base import Outlet
    from events.types import StreamEvent
    from integrations.models import Integration
    from integrations.streamerbot.client import Client
    from integrations.tools.challenge import Sign
    from integrations.tools.link import Found, Transport

#: Has events stored, in order.
Emit = Callable[[Sequence["StreamEvent"]], Awaitable[None]]


async def run(
    row: Integration,
    transport: Transport,
    *,
    sign: Sign | None = None,
    outlet: Outlet | None = None,
    timing: Timing | None = None,
) -> NoReturn:
    """Until it is over, which raises a ToolFailure; closes the transport. What comes then is for the caller to tell.

    `sign` is asked in place of the saved password, if there is one. Without an `outlet` events go into the log as they
    come.
    """
    timing = timing or Timing()
    try:
        async with talking(transport, row.address, timing) as client:
            found = await client.greet(await _signing(row, sign))
            if outlet:
                await outlet.health(SourceState.DELIVERING)
            session = Session(row, client, found, outlet.emit if outlet else partial(_store, row, timing))
            async with commands.serve(row.pk, session.handle):
                await session.until_over()
    except Closed as closed:
        raise LinkLost(**live.named(row)) from closed


async def _signing(row: Integration, sign: Sign | None) -> Sign | None:
    if sign and row.password_encrypted is not None:
        return sign
    password = await in_thread(vault.password_of, row)
    return signer(password) if password else None


async def _store(row: Integration, timing: Timing, events: Sequence[StreamEvent]) -> None:
    """Without a fence: two that hear the same of one Streamer.bot tell one event. Waits for the database."""
    pauses = timing.pauses()
    while True:
        try:
            await in_thread(publish, [Batch(row.account_id, row.source_key, None, events)])
            return
        except DatabaseError:
            await asyncio.sleep(next(pauses))


class Session:
    """`client` has greeted, and `found` what it found."""

    def __init__(self, row: Integration, client: Client, found: Found, emit: Emit) -> None:
        self.row = row
        self.found = found
        self._client = client
        self._emit = emit

    async def until_over(self) -> NoReturn:
        """Raises Closed and ToolFailures."""
        with suppress(DatabaseError):
            await in_thread(results.record, self.row.pk, trigger=Trigger.LINK, found=self.found)
        await self._client.subscribe(takes_events=self.row.takes_events)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._stay())
                tasks.create_task(self._listen())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        raise Closed

    async def _stay(self) -> NoReturn:
        """Look whether it still answers, and say so."""
        while True:
            await in_thread(live.keep, self.row.pk, self.row.account_id, live.up(self.row, self.found))
            await asyncio.sleep(self._client.timing.health)
            self.found = replace(self.found, latency_ms=await self._client.alive())

    async def _listen(self) -> None:
        async for frame in self._client.events():
            event = parse.event(frame, integration_id=str(self.row.pk), label=self.row.label, at=timezone.now())
            if event is not None:
                await self._emit([event])

    # What people ask for (integrations.domain.commands)

    async def handle(self, command: str, data: dict[str, Any]) -> dict[str, Any]:
        """Raises ToolFailure."""
        named = live.named(self.row)
        try:
            match command:
                case "test":
                    return asdict(await self._looked())
                case "actions":
                    return {"actions": [asdict(action) for action in await self._client.actions()]}
                case "do":
                    action = await self._client.do(data["id"], data["arguments"])
                    return {"name": action.name}
        except Closed as closed:
            raise (OutcomeUnknown if command == "do" else LinkLost)(**named) from closed
        except OutcomeUnknown as unknown:
            raise (OutcomeUnknown if command == "do" else NoAnswer)(**named) from unknown
        raise ValueError(command)

    async def _looked(self) -> Found:
        latency = await self._client.alive()
        return replace(self.found, latency_ms=latency, actions=len(await self._client.actions()))
