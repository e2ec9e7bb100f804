"""Numbers about the whole instance, for whoever operates it."""

from __future__ import annotations

from django.db.models import Count, Min
from django.utils import timezone

from connections.enums import GrantState
from connections.models import Connection


def oldest_overdue() -> float:
    """Seconds that the longest overdue refresh has been due; 0 if none is. A healthy worker keeps it below a minute."""
    now = timezone.now()
    due = Connection.objects.filter(state=GrantState.CONNECTED, refresh_due_at__lt=now)
    oldest = due.aggregate(oldest=Min("refresh_due_at"))["oldest"]
    return (now - oldest).total_seconds() if oldest else 0.0


def by_state() -> list[tuple[str, str, int]]:
    """(platform, state, how many) of the grants."""
    counted = Connection.objects.values_list("platform", "state").annotate(number=Count("pk"))
    return list(counted.order_by("platform", "state"))
