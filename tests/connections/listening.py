"""What tests of listeners have in common: an outlet and a grant that remember, and a listener at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connections.platforms.metering import UNMETERED, Meter
from events.enums import Origin, SourceState
from events.ingest.base import Failure
from events.types import StreamEvent
from lumio.lib.secrets import Secret
from tests.connections.calls import Access
from tests.fakes.oauth import OAuthStandIn


@dataclass
class OutletRecorder:
    """An Outlet that remembers: `stored` what was emitted, `reports` of its health, `statuses` of its channel."""

    stored: list[tuple[StreamEvent, Origin]] = field(default_factory=list)
    reports: list[tuple[SourceState, int | None, Failure | None]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)
    signs_of_life: int = 0
    last_heard_at: datetime | None = None

    async def emit(self, events: Sequence[StreamEvent], origin: Origin = Origin.LIVE) -> None:
        self.stored.extend((event, origin) for event in events)
        self.last_heard_at = datetime.now(UTC)

    async def remember(self, **values: Any) -> None:
        self.memory |= values

    def heard(self) -> None:
        self.signs_of_life += 1
        self.last_heard_at = datetime.now(UTC)

    def missing_since(self, moment: datetime | None) -> None:
        """Nobody runs the source after a recorder."""

    async def health(
        self,
        state: SourceState,
        *,
        active: int | None = None,
        wanted: int | None = None,
        failure: Failure | None = None,
    ) -> None:
        self.reports.append((state, active, failure))

    async def status(self, **known: Any) -> None:
        self.statuses.append(known)

    @property
    def last_failure(self) -> Failure | None:
        return self.reports[-1][2] if self.reports else None


class StandInGrant:
    """A grant with tokens of a stand-in; a refused one is replaced by a new one."""

    def __init__(
        self, stand_in: OAuthStandIn, login: str, channel_id: str, scopes: list[str], meter: Meter = UNMETERED
    ) -> None:
        self.stand_in = stand_in
        self.login = login
        self.channel_id = channel_id
        self.scopes = scopes
        self.meter = meter
        self.refusals: list[int] = []
        self._issue(1)

    def _issue(self, version: int) -> None:
        token = self.stand_in.issue_tokens(self.login, self.scopes)["access_token"]
        client_id = next(iter(self.stand_in.state.apps))
        self.held = Access(Secret(token), self.channel_id, client_id, version, self.meter)

    async def client_id(self) -> str:
        return self.held.client_id

    async def access(self) -> Access:
        return self.held

    async def refused(self, version: int) -> Access:
        self.refusals.append(version)
        if version == self.held.version:
            self._issue(version + 1)
        return self.held

    async def lost(self, code: str, params: dict[str, Any]) -> None:
        raise AssertionError(f"the grant is not taken back: {code}")


@asynccontextmanager
async def at_work(listening: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """A listener at work; its task. What it raised is raised."""
    task = asyncio.create_task(listening)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled() and task.exception():
            raise task.exception()
