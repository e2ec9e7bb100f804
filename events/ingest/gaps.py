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

    Derived from `since` alone: whoever notices the same gap again says the same event again.
    """
    return StreamEvent(
        kind=Kind.SOURCE_GAP,
        platform=platform,
        channel_id=channel_id,
        external_id=f"source.gap {since.isoformat()}",
        occurred_at=until,
        extra={"since": since.isoformat(), "until": until.isoformat()},
    )


class Absence:
    """Since when nobody may have listened to a channel, before this process too.

    `since` is None while somebody does, and if nobody ever did.
    """

    def __init__(self, outlet: Outlet, *, platform: str, channel_id: str, shortest: float) -> None:
        """Absences of no more than `shortest` seconds are not worth a word."""
        self.since = outlet.last_heard_at
        self._outlet = outlet
        self._platform = platform
        self._channel_id = channel_id
        self._shortest = shortest

    def begin(self, at: datetime | None) -> None:
        """Nobody listens any more; one that has begun already goes on."""
        if self.since is None:
            self.since = at

    def forget(self) -> None:
        """Nothing was missed after all."""
        self.since = None

    async def own_up(self) -> None:
        """Somebody listens again: say so if something may have been missed."""
        since, until = self.since, datetime.now(UTC)
        self.since = None
        if since is not None and (until - since).total_seconds() > self._shortest:
            missed = gap(platform=self._platform, channel_id=self._channel_id, since=since, until=until)
            await self._outlet.emit([missed])
