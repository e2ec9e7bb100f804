"""What pages are told of an account's alert queue: the `alerts` channel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from events import bus, channels
from overlays.enums import AlertState, SceneState
from overlays.models import Alert, AlertQueue, Panic, SafeScene

if TYPE_CHECKING:
    from uuid import UUID

#: For how long it is said how many alerts were held back.
REMEMBERED = timedelta(hours=1)


def messages(account_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The one message of each account's channel as it would be sent now. Three queries for any number of accounts."""
    account_ids = list(account_ids)
    queues = {one.pk: one for one in AlertQueue.objects.filter(pk__in=account_ids).select_related("current")}
    held_back = Q(state=AlertState.HELD_BACK, created_at__gt=timezone.now() - REMEMBERED)
    counted = (
        Alert.objects.filter(Q(state=AlertState.WAITING) | held_back, account__in=account_ids)
        .values_list("account_id", "state")
        .annotate(number=Count("pk"))
    )
    numbers = {(account_id, state): number for account_id, state, number in counted}
    failed = SafeScene.objects.filter(account=OuterRef("pk"), state=SceneState.FAILED).values("account")
    pressed = Panic.objects.filter(pk__in=account_ids).exclude(since=None)
    number = Coalesce(Subquery(failed.annotate(number=Count("pk")).values("number")), 0)
    panics = {one.pk: one for one in pressed.annotate(failed=number)}
    return {
        account_id: [
            message(
                queues.get(account_id) or AlertQueue(account_id=account_id),
                waiting=numbers.get((account_id, AlertState.WAITING), 0),
                held_back=numbers.get((account_id, AlertState.HELD_BACK), 0),
                panic=panics.get(account_id),
            )
        ]
        for account_id in account_ids
    }


def message(queue: AlertQueue, *, waiting: int, held_back: int, panic: Any) -> dict[str, Any]:
    """`version` rises with every change, so that whoever hears of an older one can tell. `panic` is `{"since", "by",
    "failed"}` while the panic button is pressed (`failed` counts OBS that could not be switched), else None."""
    return {
        "id": "queue",
        "type": "alerts.queue",
        "data": {
            "paused": queue.paused,
            "muted": queue.muted,
            "waiting": waiting,
            "held_back": held_back,
            "current": _current(queue.current) if queue.current else None,
            "on_return": queue.on_return,
            "panic": {"since": panic.since.isoformat(), "by": panic.by, "failed": panic.failed} if panic else None,
            "version": queue.version,
        },
    }


def announce_on_commit(account_id: UUID) -> None:
    """Tell the pages how the queue is once the change is there for everybody to read."""
    transaction.on_commit(lambda: _announce(account_id), robust=True)


def _announce(account_id: UUID) -> None:
    for one in messages([account_id])[account_id]:
        bus.announce(channels.alerts(account_id), one)


def _current(alert: Alert) -> dict[str, Any]:
    """What plays, with what it takes to say it in words."""
    data = alert.event["data"]
    return {
        "alert": alert.pk,
        "kind": alert.kind,
        "platform": alert.platform,
        "actor": data["actor"],
        **{name: data[name] for name in ("amount", "unit", "currency", "origin")},
        "started_at": alert.started_at.isoformat() if alert.started_at else None,
    }
