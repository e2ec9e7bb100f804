"""Which alert boxes an event concerns, and which of their variations shows it.

A variation takes an event of one of its kinds, platforms and tiers whose amount lies within its bounds. Of those that
take it, the first in the list of its box is played.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from events import words
from overlays.enums import LayerType
from overlays.layers import VARIATION, defaults
from overlays.models import Layer

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True)
class Match:
    """One alert box, and the variation with which it shows an alert. Both are ids; `seconds` is how long it takes."""

    layer: str
    variation: str
    seconds: float


def boxes_of(account_ids: Collection[UUID]) -> dict[UUID, list[Layer]]:
    """The visible alert boxes of several accounts, of which those without one are missing. One query."""
    found: dict[UUID, list[Layer]] = defaultdict(list)
    layers = Layer.objects.filter(type=LayerType.ALERT_BOX, visible=True, overlay__account__in=account_ids)
    for layer in layers.select_related("overlay"):
        found[layer.overlay.account_id].append(layer)
    return dict(found)


def boxes_on(overlay_id: UUID) -> list[Layer]:
    """The visible alert boxes of one overlay."""
    return list(Layer.objects.filter(type=LayerType.ALERT_BOX, visible=True, overlay=overlay_id))


def kinds_of(boxes: Iterable[Layer]) -> set[str]:
    """The kinds of events that any of the boxes shows."""
    return {kind for box in boxes for variation in _variations(box) for kind in variation["kinds"]}


def matches(event: dict[str, Any], boxes: Iterable[Layer]) -> list[Match]:
    """The boxes that show an event on air (`events.on_air`), each with its variation."""
    found = []
    for box in boxes:
        variation = next((one for one in _variations(box) if _takes(one, event)), None)
        if variation:
            found.append(Match(str(box.pk), variation["id"], float(variation["seconds"])))
    return found


def _variations(box: Layer) -> list[dict[str, Any]]:
    """Those in use, complete."""
    missing = defaults(VARIATION)
    return [missing | one for one in box.config.get("variations", ()) if one.get("enabled", True)]


def _takes(variation: dict[str, Any], event: dict[str, Any]) -> bool:
    data = event["data"]
    worth = Decimal(words.worth(event) or 0)
    return (
        event["type"] in variation["kinds"]
        and (not variation["platforms"] or data["platform"] in variation["platforms"])
        and (not variation["tier"] or variation["tier"] == str(data["extra"].get("tier") or ""))
        and worth >= Decimal(str(variation["least"]))
        and (not variation["most"] or worth <= Decimal(str(variation["most"])))
    )
