"""Deleting much, a little at a time: SQLite has one writer, and others wait for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.db import transaction

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: Rows of a transaction, and seconds between two.
BATCH = 500
PAUSE = 0.05


def delete(rows: QuerySet[Any]) -> int:
    """Delete all of these, in their order. How many."""
    gone = 0
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            rows.model._default_manager.filter(pk__in=keys).delete()
        gone += len(keys)
        time.sleep(PAUSE)
    return gone
