"""What text layers can name beside the state of the channels: who followed last, how much was tipped last."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from events.enums import Kind, Origin
from events.models import Event, LiveHead
from events.on_air import on_air
from events.payloads import payload
from overlays.domain import variables
from overlays.enums import LayerType
from overlays.models import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from overlays.models import Overlay

TIPS = (Kind.TIP, Kind.SUPERCHAT, Kind.CHARITY_DONATION)
SUBS = (Kind.SUB, Kind.RESUB, Kind.SUB_GIFT, Kind.MEMBERSHIP, Kind.MEMBERSHIP_MILESTONE, Kind.MEMBERSHIP_GIFT)
#: Name → the kinds of which the newest event says it, and by which of its variables.
FACTS: dict[str, tuple[tuple[Kind, ...], str]] = {
    "last_follower": ((Kind.FOLLOW,), "name"),
    "last_sub": (SUBS, "name"),
    "last_tip": (TIPS, "name"),
    "last_tip_amount": (TIPS, "amount"),
    "last_cheer": ((Kind.CHEER,), "name"),
    "last_cheer_amount": ((Kind.CHEER,), "amount"),
    "last_raid": ((Kind.RAID,), "name"),
    "last_raid_viewers": ((Kind.RAID,), "viewers"),
}
#: Kinds after which a fact is another one.
KINDS = frozenset(kind for kinds, _ in FACTS.values() for kind in kinds)
#: So many events back it is looked for.
REACH = 5_000

_NAMED = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def of(overlays: Iterable[Overlay]) -> dict[UUID, dict[str, str]]:
    """The facts that the text layers of each overlay name, in its language; those that nothing says yet are missing."""
    by_id = {overlay.pk: overlay for overlay in overlays}
    found: dict[UUID, dict[str, str]] = {}
    for overlay_id, names in _wanted(overlay__in=by_id).items():
        found[overlay_id] = _facts(by_id[overlay_id], names)
    return found


def overlays_naming(account_ids: Iterable[UUID]) -> set[UUID]:
    """The overlays of these accounts on which a fact is named."""
    return set(_wanted(overlay__account__in=account_ids))


def _wanted(**of: Any) -> dict[UUID, set[str]]:
    """The facts that each overlay's visible text layers name; overlays without any are missing."""
    wanted: dict[UUID, set[str]] = defaultdict(set)
    for layer in Layer.objects.filter(type=LayerType.TEXT, visible=True, **of):
        if names := FACTS.keys() & set(_NAMED.findall(layer.config.get("text", ""))):
            wanted[layer.overlay_id] |= names
    return dict(wanted)


def _facts(overlay: Overlay, names: set[str]) -> dict[str, str]:
    by_kinds: dict[tuple[Kind, ...], list[str]] = defaultdict(list)
    for name in names:
        by_kinds[FACTS[name][0]].append(name)
    found: dict[str, str] = {}
    heads = LiveHead.objects.filter(account=overlay.account_id)
    after = (heads.values_list("events_seq", flat=True).first() or 0) - REACH
    for kinds, some in by_kinds.items():
        if event := _newest(overlay.account_id, kinds, after):
            said = variables.of_event(event, overlay.language)
            found |= {name: said[FACTS[name][1]] for name in some}
    return found


def _newest(account_id: UUID, kinds: tuple[Kind, ...], after: int) -> dict[str, Any] | None:
    rows = Event.objects.filter(account_id=account_id, kind__in=kinds, seq__gt=after).exclude(origin=Origin.TEST)
    row = rows.defer("raw").order_by("-seq").first()
    return on_air(payload(row)) if row else None
