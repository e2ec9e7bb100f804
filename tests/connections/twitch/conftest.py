"""The listener against the stand-in, over the wire, with what it delivers and asks for written down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from connections.platforms.twitch import ingest
from connections.platforms.twitch.scopes import SCOPES
from connections.platforms.twitch.timing import Timing
from connections.platforms.twitch.topics import TOPICS, Topic
from events.enums import Origin, SourceState
from events.ingest.base import Failure
from events.types import StreamEvent
from lumio.lib.secrets import Secret
from tests.connections.conftest import STREAMER
from tests.fakes.twitch import Twitch

#: Silence is 1.25 times of margin: the stand-in's shortest keepalive is a second.
FAST = Timing(
    open=2,
    margin=0.3,
    backoff_first=0.05,
    backoff_longest=0.2,
    linger=0.05,
    transports=0.1,
    limits=0.1,
    idle=0.3,
    poll=0.1,
    gap=5,
)


@dataclass
class Recorder:
    """An Outlet that remembers."""

    events: list[StreamEvent] = field(default_factory=list)
    reports: list[tuple[SourceState, int | None, Failure | None]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    signs_of_life: int = 0
    last_heard_at: datetime | None = None

    async def emit(self, events, origin=Origin.LIVE) -> None:
        self.events.extend(events)

    def heard(self) -> None:
        self.signs_of_life += 1
        self.last_heard_at = datetime.now(UTC)

    async def health(self, state, *, active=None, wanted=None, failure=None) -> None:
        self.reports.append((state, active, failure))

    async def status(self, **known: Any) -> None:
        self.statuses.append(known)

    @property
    def names(self) -> list[str]:
        return [event.actor.login for event in self.events]

    @property
    def failures(self) -> list[str]:
        return [failure.code for _, _, failure in self.reports if failure]

    @property
    def causes(self) -> list[str]:
        return [failure.params["cause"] for _, _, failure in self.reports if failure]

    @property
    def last_failure(self) -> Failure | None:
        return self.reports[-1][2] if self.reports else None

    def is_complete(self) -> bool:
        """Whether the last word was: everything is subscribed to."""
        return bool(self.reports) and self.reports[-1][:2] == (SourceState.DELIVERING, len(TOPICS))


@dataclass
class Access:
    token: Secret
    client_id: str
    version: int


class Grant:
    """A grant with tokens of the stand-in; a refused one is replaced by a new one."""

    def __init__(self, twitch: Twitch, scopes: list[str]) -> None:
        self.twitch = twitch
        self.scopes = scopes
        self.refusals: list[int] = []
        self.losses: list[tuple[str, dict[str, Any]]] = []
        self._issue(1)

    def _issue(self, version: int) -> None:
        token = self.twitch.issue_tokens("mira_plays", self.scopes)["access_token"]
        self.held = Access(Secret(token), next(iter(self.twitch.state.apps)), version)

    async def access(self) -> Access:
        return self.held

    async def refused(self, version: int) -> Access:
        self.refusals.append(version)
        if version == self.held.version:
            self._issue(version + 1)
        return self.held

    async def lost(self, code: str, params: dict[str, Any]) -> None:
        self.losses.append((code, params))


@pytest.fixture
def outlet() -> Recorder:
    return Recorder()


@pytest.fixture
def grant_of(twitch: Twitch) -> Callable[..., Grant]:
    def make(*without: str) -> Grant:
        return Grant(twitch, [scope.name for scope in SCOPES if scope.name not in without])

    return make


@asynccontextmanager
async def listening(outlet: Recorder, grant: Grant, timing: Timing = FAST, topics: Sequence[Topic] = TOPICS):
    """A listener at work; its task."""
    task = asyncio.create_task(ingest.listen(STREAMER, outlet, grant, timing=timing, topics=topics))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
