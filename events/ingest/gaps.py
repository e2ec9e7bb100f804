"""What a source may have missed, where the platform repeats nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from events.enums import Kind
from events.types import StreamEvent

if TYPE_CHECKING:
    from events.ingest.base import Outlet


def gap(*, platform: str, channel_id: str, since: datetime, until: datetime) -> StreamEvent:
    """What a source says after it could not listen for a while.

    The id is made of both times. Whoever dies soon after saying it leaves another who begins at the same moment, and
    has missed what came since.
    """
    return StreamEvent(
        kind=Kind.SOURCE_GAP,
        platform=platform,
        channel_id=channel_id,
        external_id=f"source.gap {since.isoformat()} {until.isoformat()}",
        occurred_at=until,
        extra={"since": since.isoformat(), "until": until.isoformat()},
    )


def beginning(event: StreamEvent) -> datetime | None:
    """When a gap begins; None for any other event."""
    return datetime.fromisoformat(event.extra["since"]) if event.kind is Kind.SOURCE_GAP else None


class Absence:
    """Since when nobody may have listened to a channel, before this process too.

    `since` is None while somebody does, and if nobody ever did.
    """

    def __init__(self, outlet: Outlet, *, platform: str, channel_id: str, shortest: float) -> None:
        """Absences of no more than `shortest` seconds are not worth a word."""
        self.since: datetime | None = None
        self._outlet = outlet
        self._platform = platform
        self._channel_id = channel_id
        self._shortest = shortest
        self.begin(outlet.last_heard_at)

    def begin(self, at: datetime | None) -> None:
        """Nobody listens any more; one that has begun already goes on."""
        if self.since is None:
            self._become(at)

    def forget(self) -> None:
        """Nothing was missed after all."""
        self._become(None)

    async def own_up(self) -> None:
        """Somebody listens again: say so if something may have been missed."""
        since, until = self.since, datetime.now(UTC)
        if since is not None and (until - since).total_seconds() > self._shortest:
            missed = gap(platform=self._platform, channel_id=self._channel_id, since=since, until=until)
            await self._outlet.emit([missed])
        self._become(None)

    def _become(self, since: datetime | None) -> None:
        self.since = since
        self._outlet.missing_since(since)
