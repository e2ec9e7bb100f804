"""What follows from events for what overlays show of them: goals count, and facts are others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.db.models import F

from events.enums import Kind, Origin, Unit
from overlays.domain import facts
from overlays.domain.notices import changed_on_commit
from overlays.enums import GoalOf
from overlays.models import Goal

if TYPE_CHECKING:
    from uuid import UUID

    from events.models import LogRow


def _once(row: LogRow) -> int:
    return 1


def _as_many(row: LogRow) -> int:
    return row.amount or 0


def _bits(row: LogRow) -> int:
    return row.amount or 0 if row.unit == Unit.BITS else 0


#: What each kind counts for, and how much.
COUNTS: dict[Kind, tuple[GoalOf, Callable[[LogRow], int]]] = {
    Kind.FOLLOW: (GoalOf.FOLLOWS, _once),
    Kind.SUB: (GoalOf.SUBS, _once),
    Kind.RESUB: (GoalOf.SUBS, _once),
    Kind.SUB_GIFT: (GoalOf.SUBS, _as_many),
    Kind.SUB_RECEIVED_GIFT: (GoalOf.SUBS, _once),
    Kind.MEMBERSHIP: (GoalOf.SUBS, _once),
    Kind.MEMBERSHIP_MILESTONE: (GoalOf.SUBS, _once),
    Kind.MEMBERSHIP_GIFT: (GoalOf.SUBS, _as_many),
    Kind.MEMBERSHIP_RECEIVED_GIFT: (GoalOf.SUBS, _once),
    Kind.TIP: (GoalOf.TIPS, _as_many),
    Kind.SUPERCHAT: (GoalOf.TIPS, _as_many),
    Kind.CHARITY_DONATION: (GoalOf.TIPS, _as_many),
    Kind.CHEER: (GoalOf.BITS, _bits),
}
KINDS = frozenset(COUNTS) | facts.KINDS


def count(rows: Sequence[LogRow]) -> None:
    """Count new events in the transaction that stores them, and have open overlays show it. Tests count nothing."""
    rows = [row for row in rows if row.origin != Origin.TEST]
    account_ids = {row.account_id for row in rows}
    if not account_ids:
        return
    by_account: dict[UUID, list[LogRow]] = defaultdict(list)
    for row in rows:
        by_account[row.account_id].append(row)
    changed: set[UUID] = set()
    for goal in Goal.objects.filter(account__in=account_ids).select_related("layer").order_by("pk"):
        if more := sum(_worth(row, goal) for row in by_account[goal.account_id]):
            Goal.objects.filter(pk=goal.pk).update(counted=F("counted") + more)
            changed.add(goal.layer.overlay_id)
    if any(row.kind in facts.KINDS for row in rows):
        changed |= facts.overlays_naming(account_ids)
    for overlay_id in changed:
        changed_on_commit(overlay_id)


def _worth(row: LogRow, goal: Goal) -> int:
    """How much an event brings a goal nearer."""
    counts_for, worth = COUNTS.get(Kind(row.kind), (None, _once))
    is_meant = (
        counts_for == goal.counts
        and row.occurred_at >= goal.since
        and (not goal.platforms or row.platform in goal.platforms)
        and (counts_for != GoalOf.TIPS or row.currency == goal.currency)
    )
    return worth(row) if is_meant else 0
