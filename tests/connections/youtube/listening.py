"""A listener at work, and an outlet and a grant that remember what it did."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from connections.platforms.metering import UNMETERED, Meter
from connections.platforms.youtube import ingest
from connections.platforms.youtube.timing import Timing
from events.enums import Kind, Log, Origin, SourceState
from events.ingest.base import Failure
from events.types import StreamEvent
from tests.connections.listening import OutletRecorder, StandInGrant, at_work
from tests.connections.youtube.conftest import STREAMER
from tests.fakes.youtube import YouTube

FAST = Timing(
    look=0.15,
    silence=20,
    burst=100,
    reconnect=0.02,
    breaks=1_000,
    polls_for=0.6,
    reopen=0.3,
    fastest_poll=0.05,
    slowest_poll=0.1,
    backoff_first=0.02,
    backoff_longest=0.1,
    lasting=0.2,
    remember=0.02,
)


@dataclass
class Recorder(OutletRecorder):
    """Stores what it has already only once, and takes down how many chats are wanted, too."""

    stored: dict[tuple[Log, str], tuple[StreamEvent, Origin]] = field(default_factory=dict)  # type: ignore[assignment]
    repeated: int = 0
    reports: list[tuple[SourceState, int | None, int | None, Failure | None]] = field(default_factory=list)  # type: ignore[assignment]

    async def emit(self, events: Sequence[StreamEvent], origin: Origin = Origin.LIVE) -> None:
        for event in events:
            identity = event.kind.log, event.external_id
            self.repeated += identity in self.stored
            self.stored.setdefault(identity, (event, origin))

    async def health(
        self,
        state: SourceState,
        *,
        active: int | None = None,
        wanted: int | None = None,
        failure: Failure | None = None,
    ) -> None:
        self.reports.append((state, active, wanted, failure))

    def events(self, *origins: Origin) -> list[StreamEvent]:
        return [event for event, origin in self.stored.values() if not origins or origin in origins]

    def kinds(self, *origins: Origin) -> list[Kind]:
        return [event.kind for event in self.events(*origins)]

    def said(self, *origins: Origin) -> list[str]:
        """The chat messages, in the order in which they came."""
        return [event.message for event in self.events(*origins) if event.kind is Kind.CHAT_MESSAGE]

    @property
    def gaps(self) -> list[StreamEvent]:
        return [event for event in self.events() if event.kind is Kind.SOURCE_GAP]

    @property
    def last_code(self) -> str:
        failure = self.reports[-1][3] if self.reports else None
        return failure.code if failure else ""

    def is_waiting(self) -> bool:
        """Whether the last word was: well, and nothing on air."""
        return bool(self.reports) and self.reports[-1] == (SourceState.DELIVERING, 0, 0, None)

    def is_reading(self, chats: int = 1) -> bool:
        return bool(self.reports) and self.reports[-1] == (SourceState.DELIVERING, chats, chats, None)

    def is_asking(self) -> bool:
        """Whether the chat is polled."""
        return bool(self.reports) and self.reports[-1][1] == 1 and self.last_code.startswith("chat_asked_for")


class Grant(StandInGrant):
    def __init__(self, youtube: YouTube, meter: Meter = UNMETERED) -> None:
        scopes = ["https://www.googleapis.com/auth/youtube.readonly"]
        super().__init__(youtube, "miraplays", STREAMER, scopes, meter)


def listening(outlet: Recorder, grant: Grant, timing: Timing = FAST) -> AbstractAsyncContextManager[asyncio.Task[None]]:
    return at_work(ingest.listen(STREAMER, outlet, grant, timing=timing))
