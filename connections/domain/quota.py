"""The ledger of daily quotas: a row for each app and day of the platform, counted up before each call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connections.domain import sweeps
from connections.models import QuotaDay
from connections.platforms import PLATFORMS
from connections.platforms.failures import QuotaReserved, QuotaSpent
from connections.platforms.metering import LONG_STREAM, UNMETERED, Budget, Meter, Quota
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from connections.platforms.base import Platform

#: So long after midnight the platform may still refuse for what was spent the day before.
GRACE = timedelta(minutes=15)
KEPT = timedelta(days=7)


class NotCounted(Refusal):
    """A passing state like any other for whoever asks a platform."""

    code = "quota_not_counted"
    status = 503
    sentence = _("Lumio's database does not answer right now, so {platform} cannot be asked.")


def meter_of(account_id: UUID, platform: str) -> Meter:
    """What counts the calls that an account's app makes at a platform."""
    found = PLATFORMS[platform]
    return Ledger(account_id, found.slug, found.name, found.quota) if found.quota else UNMETERED


@dataclass(frozen=True)
class Ledger:
    """A Meter on `QuotaDay`."""

    account_id: UUID
    platform: str
    name: str
    quota: Quota

    def spend(self, units: int, *, listening: bool = False, pace: int | None = None) -> None:
        try:
            self._spend(timezone.now(), units, listening, pace)
        except DatabaseError as error:
            raise NotCounted(platform=self.name) from error
        finally:
            sweeps.let_go()

    def _spend(self, now: datetime, units: int, listening: bool, pace: int | None) -> None:
        rows = self._rows(now)
        open_rows = rows.filter(exhausted_at=None)
        if listening:
            open_rows = open_rows.filter(spent__lte=self.quota.limit - self.quota.reserve - units)
        changes = {"spent": F("spent") + units} | ({} if pace is None else {"pace": pace})
        if open_rows.update(**changes):
            return
        self._begin_day(now)
        if not open_rows.update(**changes):
            is_exhausted = rows.exclude(exhausted_at=None).exists()
            raise (QuotaSpent if is_exhausted else QuotaReserved)(platform=self.name)

    def exhausted(self) -> None:
        """Not taken for today's just after midnight: then it may be yesterday's, and would cost the whole day."""
        now = timezone.now()
        if now - self.quota.midnight(now) < GRACE:
            return
        try:
            self._begin_day(now)
            self._rows(now).filter(exhausted_at=None).update(exhausted_at=now)
        except DatabaseError as error:
            raise NotCounted(platform=self.name) from error
        finally:
            sweeps.let_go()

    def budget(self) -> Budget:
        try:
            now = timezone.now()
            return budget_of(self.quota, self._rows(now).first(), now)
        except DatabaseError as error:
            raise NotCounted(platform=self.name) from error
        finally:
            sweeps.let_go()

    def _rows(self, now: datetime) -> QuerySet[QuotaDay]:
        return QuotaDay.objects.filter(account_id=self.account_id, platform=self.platform, day=day_of(self.quota, now))

    def _begin_day(self, now: datetime) -> None:
        """Make sure that there is a row for today, whoever else does the same; old ones go."""
        day = QuotaDay(account_id=self.account_id, platform=self.platform, day=day_of(self.quota, now))
        if not self._rows(now).exists():
            QuotaDay.objects.bulk_create([day], ignore_conflicts=True)
            QuotaDay.objects.filter(account_id=self.account_id, platform=self.platform, day__lt=day.day - KEPT).delete()


def day_of(quota: Quota, now: datetime) -> date:
    return quota.midnight(now).date()


def budget_of(quota: Quota, row: QuotaDay | None, now: datetime) -> Budget:
    """What a day's row says; without one nothing was spent."""
    return Budget(
        spent=row.spent if row else 0,
        limit=quota.limit,
        reserve=quota.reserve,
        resets_at=quota.resets_at(now),
        is_exhausted=row is not None and row.exhausted_at is not None,
        pace=row.pace if row else 0,
    )


def newest_day() -> Subquery:
    """The newest day of a connection's app, to annotate connections with for `gauge_of`: no query of its own."""
    is_exhausted = ExpressionWrapper(Q(exhausted_at__isnull=False), BooleanField())
    row = JSONObject(day="day", spent="spent", pace="pace", is_exhausted=is_exhausted)
    days = QuotaDay.objects.filter(account=OuterRef("account"), platform=OuterRef("platform"))
    return Subquery(days.order_by("-day").values(row=row)[:1])


@dataclass(frozen=True)
class Gauge:
    """A budget as a card shows it. `lasts_until` None: until it starts anew."""

    spent: int
    limit: int
    resets_at: datetime
    lasts_until: datetime | None
    #: Whether nothing is left for listening.
    is_over: bool
    #: Whether listening could go on like this for as long as a long stream.
    lasts_long: bool


def gauge_of(quota: Quota, day: dict[str, Any] | None) -> Gauge:
    """How today's quota stands, by a `newest_day`."""
    now = timezone.now()
    is_today = day is not None and day["day"] == day_of(quota, now).isoformat()
    budget = budget_of(quota, QuotaDay(**_row(day)) if day and is_today else None, now)
    until = budget.lasts_until(budget.pace, now)
    return Gauge(
        spent=budget.spent,
        limit=budget.limit,
        resets_at=budget.resets_at,
        # No more exactly than the pace is known, so that a card is not drawn anew every few seconds.
        lasts_until=until and until.replace(minute=until.minute - until.minute % 10, second=0, microsecond=0),
        is_over=not budget.for_listening,
        lasts_long=budget.lasts_for(LONG_STREAM, budget.pace, now),
    )


def _row(day: dict[str, Any]) -> dict[str, Any]:
    exhausted_at = timezone.now() if day["is_exhausted"] else None
    return {"spent": day["spent"], "pace": day["pace"], "exhausted_at": exhausted_at}


def forget(account_id: UUID, platform: Platform) -> None:
    """Another app was entered, which has its whole quota yet."""
    QuotaDay.objects.filter(account_id=account_id, platform=platform.slug).delete()
