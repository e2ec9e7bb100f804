"""StreamElements as the stand-in, tokens of it, and an Outlet with what it was given written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from accounts.models import Account
from events.enums import Origin, SourceState
from events.ingest.base import Failure
from events.types import StreamEvent
from integrations.domain import tokens
from integrations.models import StreamElementsToken
from tests import factories
from tests.fakes.streamelements import StreamElements
from tests.fakes.wire import environment


@pytest.fixture
def streamelements(settings) -> Iterator[StreamElements]:
    """With Mira's channel."""
    with StreamElements() as stand_in:
        stand_in.add_channel("Mira_Plays")
        point_lumio_at(stand_in.url, settings)
        yield stand_in


def point_lumio_at(url: str, settings) -> None:
    for name, value in environment(streamelements=url).items():
        setattr(settings, name, value)


@pytest.fixture
def add(streamelements: StreamElements, account: Account) -> Callable[..., StreamElementsToken]:
    """Adds a token of Mira's channel to Ada's account."""

    def make(*, token: str | None = None, platform: str = "twitch", label: str = "", **issue: Any):
        actor = factories.make_actor(account=account)
        jwt = token or streamelements.issue_jwt(**issue)
        return tokens.add(actor=actor, platform=platform, token=jwt, label=label).row

    return make


@dataclass
class Recorder:
    """An Outlet that remembers."""

    events: list[StreamEvent] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    reports: list[tuple[SourceState, int | None, str]] = field(default_factory=list)
    memory: Mapping[str, Any] = field(default_factory=dict)
    signs_of_life: int = 0
    last_heard_at: datetime | None = None

    async def emit(self, events, origin=Origin.LIVE) -> None:
        self.events += events
        self.origins += [origin] * len(events)

    async def remember(self, **values: Any) -> None:
        self.memory = {**self.memory, **values}

    def heard(self) -> None:
        self.signs_of_life += 1

    async def health(self, state, *, active=None, wanted=None, failure: Failure | None = None) -> None:
        self.reports.append((state, active, failure.code if failure else ""))

    @property
    def ids(self) -> list[str]:
        return [event.external_id for event in self.events]

    @property
    def is_up(self) -> bool:
        """Whether the last word was: a socket tells."""
        return bool(self.reports) and self.reports[-1][:2] == (SourceState.DELIVERING, 1)


@pytest.fixture
def outlet() -> Recorder:
    return Recorder()
