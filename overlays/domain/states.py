"""What an overlay tells its pages of itself: the one state of the channel `overlay:{id}`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from overlays.domain import facts, panic
from overlays.models import Goal, Overlay, Timer

if TYPE_CHECKING:
    from uuid import UUID


def messages(overlay_ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The message of each overlay as it would be sent now. Those that are gone say nothing.

    `data` is `{"version", "goals": {layer: {"counted"}}, "timers": {layer: {"ran_seconds", "running_since"}},
    "facts", "hides_chat"}`: money is in minor units, for facts see `domain.facts`.
    """
    goals: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for goal in Goal.objects.filter(layer__overlay__in=overlay_ids, layer__visible=True).select_related("layer"):
        goals[goal.layer.overlay_id][str(goal.pk)] = {"counted": goal.counted}
    timers: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for timer in Timer.objects.filter(layer__overlay__in=overlay_ids, layer__visible=True).select_related("layer"):
        since = timer.running_since.isoformat() if timer.running_since else None
        timers[timer.layer.overlay_id][str(timer.pk)] = {"ran_seconds": timer.ran_seconds, "running_since": since}
    overlays = Overlay.objects.in_bulk(overlay_ids)
    panicking = panic.pressed_in({overlay.account_id for overlay in overlays.values()})
    told = facts.of(overlays.values())
    return {
        pk: [
            {
                "id": "overlay",
                "type": "overlay.state",
                "data": {
                    "version": overlay.version,
                    "goals": goals[pk],
                    "timers": timers[pk],
                    "facts": told.get(pk, {}),
                    "hides_chat": overlay.account_id in panicking,
                },
            }
        ]
        for pk, overlay in overlays.items()
    }
