"""How the upstream connections of an account are doing, as whoever looks may believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from events import bus, channels
from events.enums import SourceState
from events.models import IngestSource

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Account


def state_of(source: IngestSource, now: datetime | None = None) -> SourceState:
    """How a source is doing, believing its row only while somebody holds it: who died can no longer say so."""
    is_held = source.leased_until is not None and source.leased_until > (now or timezone.now())
    state = SourceState(source.state)
    was_ever_held = source.fence > 0
    if state == SourceState.STOPPED or is_held or not was_ever_held:
        return state
    return SourceState.RECONNECTING


def since(source: IngestSource) -> datetime | None:
    """Since when a source is as `state_of` says; who died without a word, since nobody holds it any more."""
    return source.state_since if state_of(source) == source.state else source.leased_until or source.state_since


def remove(key: str) -> None:
    """Forget a source, and with it its fence: what was heard and is not stored yet will not be."""
    source = IngestSource.objects.filter(key=key).first()
    if source is None:
        return
    source.state, source.state_since = SourceState.STOPPED, timezone.now()
    source.subscriptions_active, source.failure_code = 0, ""
    bus.announce_on_commit(channels.status(source.account_id), payload(source))
    source.delete()


def remove_all(account: Account) -> None:
    """Forget every source of an account."""
    for key in account.sources.values_list("key", flat=True):
        remove(key)


def payload(source: IngestSource) -> dict[str, Any]:
    """The message of the `status` channel: `id` is the source's key, the newest message of an id is its value."""
    began = since(source)
    return {
        "id": source.key,
        "type": "source.health",
        "data": {
            "key": source.key,
            "platform": source.key.partition(":")[0],
            "state": state_of(source).value,
            "state_since": began.isoformat() if began else None,
            "subscriptions_active": source.subscriptions_active,
            "subscriptions_wanted": source.subscriptions_wanted,
            "last_event_at": source.last_event_at.isoformat() if source.last_event_at else None,
            "failure_code": source.failure_code,
        },
    }
