"""Who runs which source: a row per source, claimed while nobody holds it and kept by renewing.

All times are the database's, so that the machines' clocks need not agree. The fence rises with every change of
holder; `events.domain.publish` stores nothing under an old one.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Now

from events.enums import SourceState
from events.ingest.base import SourceSpec
from events.models import IngestSource

#: A process that finds a lot of free sources leaves half of those beyond this number to the others.
EAGER = 50


@dataclass(frozen=True, slots=True)
class Lease:
    """A source that is ours. `last_heard_at` is the last sign of life under whoever had it before, `memory` what it
    kept."""

    fence: int
    last_heard_at: datetime | None
    memory: dict[str, Any]


def claim(specs: Sequence[SourceSpec], *, owner: str, seconds: float) -> dict[str, Lease]:
    """Take what nobody holds, all of it in one transaction: each of its own would wait for the disk. By key."""
    by_key = {spec.key: spec for spec in specs}
    known = set(IngestSource.objects.filter(key__in=by_key).values_list("key", flat=True))
    IngestSource.objects.bulk_create(
        [IngestSource(key=key, account_id=by_key[key].account_id) for key in by_key.keys() - known],
        ignore_conflicts=True,
    )
    free = list(IngestSource.objects.filter(_expired(), key__in=by_key).values_list("key", flat=True))
    if not free:
        return {}
    random.shuffle(free)
    chosen = free[: EAGER + max(0, len(free) - EAGER) // 2]
    with transaction.atomic():
        # What another process is just taking is its own, and nobody waits for anybody.
        rows = IngestSource.objects.filter(_expired(), key__in=chosen).select_for_update(skip_locked=True)
        won = {
            key: Lease(fence + 1, last_heard_at, memory)
            for key, fence, last_heard_at, memory in rows.values_list("key", "fence", "last_heard_at", "memory")
        }
        IngestSource.objects.filter(key__in=won).update(
            owner=owner, fence=F("fence") + 1, leased_until=_in(seconds), state=SourceState.STARTING, state_since=Now()
        )
    return won


def renew(held: Mapping[str, int], *, owner: str, seconds: float) -> set[str]:
    """Keep what we hold, in one statement. The keys that are no longer ours: somebody took them over."""
    IngestSource.objects.filter(owner=owner, key__in=held).update(leased_until=_in(seconds))
    ours = set(IngestSource.objects.filter(owner=owner, key__in=held).values_list("key", "fence"))
    return {key for key, fence in held.items() if (key, fence) not in ours}


def release(keys: Collection[str], *, owner: str, **changes: Any) -> None:
    """Let others take these at once. `changes` are further fields to write."""
    IngestSource.objects.filter(owner=owner, key__in=keys).update(owner="", leased_until=None, **changes)


def release_all(*, owner: str, **changes: Any) -> None:
    """Let others take whatever this owner still has."""
    IngestSource.objects.filter(owner=owner).update(owner="", leased_until=None, **changes)


def _expired() -> Q:
    return Q(leased_until=None) | Q(leased_until__lt=Now())


def _in(seconds: float) -> ExpressionWrapper:
    return ExpressionWrapper(Now() + Value(timedelta(seconds=seconds)), output_field=DateTimeField())
