"""StreamElements as the stand-in, tokens of it, an Outlet with what it was given written down, and a real Valkey."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from accounts.models import Account
from events.enums import Origin, SourceState
from events.ingest.base import Failure
from events.types import StreamEvent
from integrations.domain import tokens
from integrations.models import StreamElementsToken
from tests import factories
from tests.connections.listening import OutletRecorder
from tests.fakes.streamelements import StreamElements
from tests.fakes.wire import environment
from tests.processes.fixtures import valkey

__all__ = ["valkey"]


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
class Recorder(OutletRecorder):
    """Takes down failures by their codes."""

    reports: list[tuple[SourceState, int | None, str]] = field(default_factory=list)  # type: ignore[assignment]

    async def health(
        self,
        state: SourceState,
        *,
        active: int | None = None,
        wanted: int | None = None,
        failure: Failure | None = None,
    ) -> None:
        self.reports.append((state, active, failure.code if failure else ""))

    @property
    def events(self) -> list[StreamEvent]:
        return [event for event, _ in self.stored]

    @property
    def origins(self) -> list[Origin]:
        return [origin for _, origin in self.stored]

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
