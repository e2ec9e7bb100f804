"""What a platform lets an app spend in a day, and what counts it. The ledger itself is `connections.domain.quota`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.conf import settings

HOUR = 3600.0
#: Hours that a long stream lasts.
LONG_STREAM = 8


@dataclass(frozen=True)
class Quota:
    """A platform's daily allowance for one app, in its own units. `units` names the operator's setting that says it.

    Listening leaves `reserve` of it for sending and moderating. A day begins at midnight in `zone`.
    """

    units: str
    reserve: int
    zone: str

    @property
    def limit(self) -> int:
        return int(getattr(settings, self.units))

    def midnight(self, now: datetime) -> datetime:
        """When the day of `now` began."""
        return now.astimezone(ZoneInfo(self.zone)).replace(hour=0, minute=0, second=0, microsecond=0)

    def resets_at(self, now: datetime) -> datetime:
        """When the next one begins, whether this one has 23, 24 or 25 hours."""
        tomorrow = self.midnight(now).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=ZoneInfo(self.zone))


@dataclass(frozen=True)
class Budget:
    """How much of today's quota is spent. `resets_at` is when it starts anew; `is_exhausted`: the platform said so.

    `pace` is how many units an hour listening takes at present, 0 where nobody knows.
    """

    spent: int
    limit: int
    reserve: int
    resets_at: datetime
    is_exhausted: bool = False
    pace: int = 0

    @property
    def for_listening(self) -> int:
        """Units that listening may still spend today."""
        return 0 if self.is_exhausted else max(0, self.limit - self.reserve - self.spent)

    def seconds_per_call(self, units: int, now: datetime, *, besides: int = 0) -> float:
        """How far apart calls of so many units have to be to last until the day ends; infinite with nothing left.

        `besides` is how many units an hour go to other things.
        """
        seconds = max(0.0, (self.resets_at - now).total_seconds())
        left = self.for_listening - besides * seconds / HOUR
        return seconds * units / left if left > 0 else float("inf")

    def lasts_until(self, pace: float, now: datetime) -> datetime | None:
        """When listening at a pace of units an hour has spent it all; None if that is not before the day ends."""
        if pace <= 0:
            return None if self.for_listening else now
        seconds = self.for_listening / pace * HOUR
        return now + timedelta(seconds=seconds) if seconds < (self.resets_at - now).total_seconds() else None

    def lasts_for(self, hours: float, pace: float, now: datetime) -> bool:
        """Whether listening at a pace of units an hour is possible for so many hours from now."""
        until = self.lasts_until(pace, now)
        return until is None or until >= now + timedelta(hours=hours)


class Meter(Protocol):
    """Counts what an app spends. It may be asked from any thread, and holds no database connection afterwards."""

    def spend(self, units: int, *, listening: bool = False, pace: int | None = None) -> None:
        """Count units before a call, whatever the platform will answer.

        Raises QuotaSpent where the platform has said that nothing is left today, and QuotaReserved where `listening`
        would begin to eat from the reserve; nothing is counted then. `pace` is kept for who looks at the budget.
        """

    def exhausted(self) -> None:
        """The platform has just said that nothing is left."""

    def budget(self) -> Budget | None:
        """How much is left; None where the platform has no such quota."""


class Unmetered:
    """For platforms without a quota."""

    def spend(self, units: int, *, listening: bool = False, pace: int | None = None) -> None:
        pass

    def exhausted(self) -> None:
        pass

    def budget(self) -> None:
        return None


UNMETERED = Unmetered()
