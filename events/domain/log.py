"""Reading the two logs of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.enums import Log
from events.models import ChatLine, Event, LogRow

if TYPE_CHECKING:
    from uuid import UUID

MODELS: dict[str, type[LogRow]] = {Log.EVENTS: Event, Log.CHAT: ChatLine}


def latest(account_id: UUID, log: Log, limit: int, before: int | None = None) -> list[LogRow]:
    """The newest rows, newest first; with `before`, the newest of those with a smaller `seq`."""
    rows = MODELS[log]._default_manager.filter(account_id=account_id)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    return list(rows.defer("raw").order_by("-seq")[:limit])


def since(account_id: UUID, log: Log, after: int, limit: int, before: int | None = None) -> list[LogRow]:
    """What follows the row numbered `after`, oldest first; with `before`, only up to that `seq`, itself excluded."""
    rows = MODELS[log]._default_manager.filter(account_id=account_id, seq__gt=after)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    return list(rows.defer("raw").order_by("seq")[:limit])
