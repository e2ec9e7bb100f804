"""What a page of an overlay is told: what its layers listen to, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from events import channels
from events.enums import Log
from events.models import ChatLine, Event, LiveHead
from events.on_air import EVENTS, LINES
from overlays.enums import LayerType

if TYPE_CHECKING:
    from events.channels import Channel
    from overlays.models import Overlay

#: What layers listen to, beside what the overlay itself says. Custom ones listen to what they are set to.
TOPICS: dict[str, tuple[str, ...]] = {
    LayerType.ALERT_BOX: ("alerts",),
    LayerType.CHAT_BOX: ("chat",),
    LayerType.EVENT_LIST: ("events",),
    LayerType.NOW_PLAYING: ("music",),
    LayerType.TEXT: ("status",),
    LayerType.TIMER: ("status",),
}
#: What a page is told first, of what was before it.
LINES_AT_FIRST = 30
EVENTS_AT_FIRST = 50


def channels_of(overlay: Overlay, definition: dict[str, Any]) -> list[Channel]:
    """The channels that the visible layers of a definition listen to; its own is the first."""
    topics: set[str] = set()
    for layer in definition["layers"]:
        if layer["visible"]:
            topics.update(TOPICS.get(layer["type"], ()))
            if layer["type"] == LayerType.CUSTOM:
                topics.update(name for name in ("events", "chat") if layer["config"][name])
    of_account = [channels.Channel(topic, overlay.account_id, is_on_air=True) for topic in sorted(topics)]
    return [channels.overlay(overlay.pk), *of_account]


def first_cursor(channel: Channel) -> int:
    """Where a page begins that has seen nothing of a log."""
    # Read first: what happens from here on is told in any case.
    head = LiveHead.objects.filter(account=channel.account_id).first()
    rows: QuerySet[Any]
    if channel.topic == "chat":
        rows, most = ChatLine.objects.filter(kind__in=LINES, removed_at=None), LINES_AT_FIRST
    else:
        rows, most = Event.objects.filter(kind__in=EVENTS), EVENTS_AT_FIRST
    seqs = list(rows.filter(account_id=channel.account_id).order_by("-seq").values_list("seq", flat=True)[:most])
    if seqs:
        return int(seqs[-1]) - 1
    return head.last_seq(Log(channel.topic)) if head else 0


def seen_cursor(channel: Channel, after: Any) -> int:
    """Where a page goes on that says it has seen up to `after`; at the beginning if that is no `seq`."""
    is_seq = isinstance(after, int) and not isinstance(after, bool) and 0 <= after < 2**63
    return after if is_seq else first_cursor(channel)
