"""The listener against the stand-in, over the wire, with what it delivers and asks for written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from connections.platforms.twitch import ingest
from connections.platforms.twitch.scopes import SCOPES
from connections.platforms.twitch.timing import Timing
from connections.platforms.twitch.topics import TOPICS, Topic
from events.enums import SourceState
from events.types import StreamEvent
from tests.connections.conftest import STREAMER
from tests.connections.listening import OutletRecorder, StandInGrant, at_work
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
class Recorder(OutletRecorder):
    @property
    def events(self) -> list[StreamEvent]:
        return [event for event, _ in self.stored]

    @property
    def names(self) -> list[str]:
        return [event.actor.login for event in self.events]

    @property
    def failures(self) -> list[str]:
        return [failure.code for _, _, failure in self.reports if failure]

    @property
    def causes(self) -> list[str]:
        return [failure.params["cause"] for _, _, failure in self.reports if failure]

    def is_complete(self) -> bool:
        """Whether the last word was: everything is subscribed to."""
        return bool(self.reports) and self.reports[-1][:2] == (SourceState.DELIVERING, len(TOPICS))


class Grant(StandInGrant):
    """Twitch may take it back."""

    def __init__(self, twitch: Twitch, scopes: list[str]) -> None:
        self.losses: list[tuple[str, dict[str, Any]]] = []
        super().__init__(twitch, "mira_plays", STREAMER, scopes)

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


def listening(outlet: Recorder, grant: Grant, timing: Timing = FAST, topics: Sequence[Topic] = TOPICS):
    return at_work(ingest.listen(STREAMER, outlet, grant, timing=timing, topics=topics))
