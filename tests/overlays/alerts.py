"""Alerts for tests: a box that shows them, events that make them, and pages that play them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine

from accounts.models import Account
from events.enums import Kind, Origin
from overlays.models import Alert, AlertQueue, Layer, Overlay
from tests.factories import make_event, make_layer, make_variation

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FIRST, SECOND = UUID(int=1), UUID(int=2)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def make_box(overlay: Overlay, **variation: Any) -> Layer:
    """Shows an alert of 4 seconds for each follow, tip and gift, unless told otherwise."""
    kinds = [Kind.FOLLOW, Kind.TIP, Kind.SUB_GIFT]
    variations = [make_variation(**{"kinds": kinds, "seconds": 4} | variation)]
    return make_layer(overlay=overlay, type="alert_box", config={"variations": variations})


def happen(account: Account, *, at: float = 0, kind: Kind = Kind.FOLLOW, **fields: Any) -> Alert | None:
    """The alert of an event that is stored so many seconds after noon, if it has one."""
    with time_machine.travel(after(at), tick=False):
        row = make_event(account=account, kind=kind, **{"origin": Origin.LIVE} | fields)
    return Alert.objects.filter(account=account, event_seq=row.seq).first()


def state_of(alert: Alert) -> str:
    return Alert.objects.get(pk=alert.pk).state


def settings_of(account: Account, **values: Any) -> None:
    AlertQueue.objects.update_or_create(account=account, defaults=values)
