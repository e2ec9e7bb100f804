"""How long what happened is kept: chat for some days, events for a year, payloads for diagnosis for a week."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from events.models import ChatLine, Event, LiveHead, LogRow

log = logging.getLogger(__name__)

RAW_KEPT = timedelta(days=7)
#: Rows of one transaction, and seconds between two: whoever stores what happens now goes first.
BATCH = 500
PAUSE = 0.05
#: Seconds of one run; the next goes on.
LONGEST = 240.0


def forget() -> dict[str, int]:
    """Delete what is older than the operator wants it kept, and payloads after a week. How many of each.

    The oldest rows go first. `seq`s are never used again, so whoever asks for older rows is told of a gap.
    """
    give_up, now = time.monotonic() + LONGEST, timezone.now()
    done = {"raw": _forget_raw(now - RAW_KEPT, give_up)}
    for name, model, days in (
        ("chat", ChatLine, settings.LUMIO_CHAT_DAYS),
        ("events", Event, settings.LUMIO_EVENT_DAYS),
    ):
        done[name] = _delete(model, now - timedelta(days=days), give_up) if days else 0
    if any(done.values()):
        log.info("Forgot %(chat)s chat lines, %(events)s events and the payloads of %(raw)s", done)
    return done


def _delete(model: type[LogRow], before: datetime, give_up: float) -> int:
    deleted = 0
    for account_id in LiveHead.objects.values_list("account_id", flat=True).iterator():
        rows = model._default_manager.filter(account_id=account_id)
        while time.monotonic() < give_up:
            # Within an account rows are stored in the order of `seq`, so the old ones are in front.
            first = rows.order_by("seq").values("seq", "received_at").first()
            if first is None or first["received_at"] >= before:
                break  # without a transaction, which on SQLite would hold up whoever stores
            with transaction.atomic():
                gone, _ = rows.filter(seq__lt=first["seq"] + BATCH, received_at__lt=before).delete()
            deleted += gone
            time.sleep(PAUSE)
    return deleted


def _forget_raw(before: datetime, give_up: float) -> int:
    changed = 0
    while time.monotonic() < give_up:
        some = Event.objects.filter(raw__isnull=False, received_at__lt=before).values_list("pk", flat=True)[:BATCH]
        keys = list(some)
        if not keys:
            break
        changed += Event.objects.filter(pk__in=keys).update(raw=None)
        time.sleep(PAUSE)
    return changed
