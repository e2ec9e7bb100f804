"""Which processes live, as the database knows it: saying so, every few seconds, shows that they can write, too."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Max
from django.db.models.functions import Now

from events.models import Heartbeat

#: Whoever was silent for so long has gone for good.
FORGOTTEN_AFTER = timedelta(days=1)


def beat(name: str) -> None:
    """This process, of the kind `name`, lives. The time is the database's, so clocks need not agree."""
    mine = {"name": name, "owner": f"{socket.gethostname()[:100]}:{os.getpid()}"}
    if Heartbeat.objects.filter(**mine).update(seen_at=Now()):
        return
    Heartbeat.objects.filter(seen_at__lt=Now() - FORGOTTEN_AFTER).delete()
    Heartbeat.objects.bulk_create(
        [Heartbeat(**mine, seen_at=Now())],
        update_conflicts=True,
        unique_fields=["name", "owner"],
        update_fields=["seen_at"],
    )


def ages() -> dict[str, float]:
    """Seconds since the last sign of life of any process, by kind. A kind that was never heard of is missing."""
    age = ExpressionWrapper(Now() - F("newest"), output_field=DurationField())
    rows = Heartbeat.objects.values("name").annotate(newest=Max("seen_at")).annotate(age=age)
    return {row["name"]: max(0.0, row["age"].total_seconds()) for row in rows}
