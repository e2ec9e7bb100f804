"""What a source of events is. Upper apps declare theirs here; the supervisor runs them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from events.enums import Origin
from events.types import StreamEvent

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from events.enums import SourceState
    from lumio.lib.errors import Refusal


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a source does not deliver, or not everything: a stable code and small JSON for the sentence's places."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, refusal: Refusal) -> Failure:
        """What a refusal says, as JSON."""
        return cls(refusal.code, {name: _plain(value) for name, value in refusal.params.items()})

    @property
    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": self.params}


def _plain(value: Any) -> str | int | float | None:
    return value if isinstance(value, str | int | float | None) else str(value)


class Outlet(Protocol):
    """Where a running source puts what it hears. Everything returns at once, except `emit` under back-pressure."""

    @property
    def last_heard_at(self) -> datetime | None:
        """The last sign of life of this source, under whichever process it ran; None if there never was one."""

    @property
    def memory(self) -> Mapping[str, Any]:
        """What `remember` kept, under whichever process; empty for a source that never kept anything."""

    async def emit(self, events: Sequence[StreamEvent], origin: Origin = Origin.LIVE) -> None:
        """Have the events stored, in order. Waits while the writer has no room."""

    async def remember(self, **values: Any) -> None:
        """Keep small JSON for the next start, after all that was emitted before is stored: how far was read, say.

        Values of other names stay as they are. A crash may lose the last change, never an event before it.
        """

    def heard(self) -> None:
        """The platform gave a sign of life that is no event."""

    def missing_since(self, moment: datetime | None) -> None:
        """From then on something may be missing that nobody was told of; None when there is no such time (any more).

        Whoever runs the source next finds no later sign of life than that.
        """

    async def health(
        self,
        state: SourceState,
        *,
        active: int | None = None,
        wanted: int | None = None,
        failure: Failure | None = None,
    ) -> None:
        """Say how the source is doing. `active` of `wanted` subscriptions; None leaves the number as it was."""

    async def status(
        self,
        *,
        platform: str,
        channel_id: str,
        live: bool | None = None,
        since: datetime | None = None,
        viewers: int | None = None,
        title: str | None = None,
        category: str | None = None,
        name: str | None = None,
    ) -> None:
        """Say what is known of the channel.

        With `live` come `since` and `viewers`, unknown as None; without it they stay as they were. So does a text
        that is None.
        """


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One upstream connection that should run.

    `key` names it for ever, in at most 80 characters ("twitch:<connection id>"). `run` talks to the platform until
    it is cancelled; when it raises or returns it is started again after a pause. A new `revision` (other scopes,
    another grant) restarts it at once. `dress` adds to an event what drawing it needs; it is quick and never raises.
    `name` is what the channel is called until its platform says so, which not every one does.
    """

    key: str
    account_id: UUID
    run: Callable[[Outlet], Awaitable[None]]
    revision: str = ""
    dress: Callable[[StreamEvent], StreamEvent] | None = None
    name: str = ""


WantedSources = Callable[[], list[SourceSpec]]

_registered: list[WantedSources] = []


def register_sources(function: WantedSources) -> None:
    """Have the supervisor ask `function` what should run. It reads the database, in a thread, every few seconds."""
    if function not in _registered:
        _registered.append(function)


def wanted_sources() -> list[SourceSpec]:
    """Every source that should run now, of all apps."""
    return [spec for function in _registered for spec in function()]
