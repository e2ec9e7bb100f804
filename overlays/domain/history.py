"""The alerts of an account as one looks back at them, and forgetting them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts import filters, paging
from accounts.enums import Permission
from accounts.paging import Page
from connections.domain.feed import Row
from events import words
from events.enums import Origin
from lumio.lib import batches
from overlays.domain import queue
from overlays.enums import ENDED, AlertState
from overlays.models import Alert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import Promise

    from accounts.actor import Actor

#: For how long one can look back.
KEPT = timedelta(days=7)
#: An alert that no page could show for so long is nothing to be thanked for any more.
WAITS_FOR = timedelta(days=1)

#: Why an alert was not played.
REASONS: dict[str, str | Promise] = {
    AlertState.SKIPPED: _("Somebody skipped it."),
    AlertState.CLEARED: _("Somebody cleared the queue."),
    AlertState.HELD_BACK: _("Too many of its kind came at once."),
    AlertState.PASSED_OVER: _("It waited while no page could show it."),
}


@dataclass(frozen=True)
class Shown:
    """An alert as one looks at it."""

    alert: Alert

    @property
    def row(self) -> Row:
        """As the feed of events draws what it is about."""
        return Row(
            kind=self.alert.kind,
            seq=self.alert.event_seq,
            platform=self.alert.platform,
            places=words.places(self.alert.event),
            at=self.alert.created_at,
            is_test=self.alert.origin == Origin.TEST,
        )

    @property
    def state(self) -> str:
        return str(AlertState(self.alert.state).label)

    @property
    def reason(self) -> str:
        """Why it was not played; nothing for one that was or will be."""
        return str(REASONS.get(self.alert.state, ""))

    @property
    def is_over(self) -> bool:
        return self.alert.state in ENDED


def states_of(asked: str | Iterable[str] | None) -> list[str]:
    """From what a caller wrote. Raises BadFilter."""
    return filters.some_of(AlertState.values, asked, "state")


def page(
    actor: Actor, limit: int, *, states: Iterable[str] = (), before: int | None = None, after: int | None = None
) -> Page[Alert]:
    """Newest first; with `after` what follows, oldest first. Both exclude the alert they name."""
    actor.require(Permission.EVENTS_READ)
    rows = Alert.objects.filter(account=actor.account)
    if states:
        rows = rows.filter(state__in=states)
    return paging.by_number(rows, limit=limit, before=before, after=after)


def waiting(actor: Actor, most: int) -> list[Alert]:
    """The alerts that are played next, in that order."""
    actor.require(Permission.EVENTS_READ)
    rows = Alert.objects.filter(account=actor.account, state=AlertState.WAITING)
    return list(rows.order_by("-priority", "pk")[:most])


def forget(now: datetime) -> int:
    """Pass over what has waited for too long, and delete what is over for good. How many were deleted."""
    stale = Alert.objects.filter(state=AlertState.WAITING, created_at__lt=now - WAITS_FOR)
    for account_id in list(stale.values_list("account_id", flat=True).distinct()):
        with queue.locked(account_id) as row:
            keys = list(stale.filter(account=account_id).values_list("pk", flat=True))
            queue.end(row, keys, AlertState.PASSED_OVER, now)
    old = Alert.objects.filter(state__in=ENDED, created_at__lt=now - KEPT)
    return batches.delete(old.order_by("pk"))
