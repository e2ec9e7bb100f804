"""An overlay as both APIs show it: never with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from overlays.domain import timers
from overlays.domain.definition import of_layer

if TYPE_CHECKING:
    from overlays.models import Goal, Overlay, Timer


def shown(overlay: Overlay) -> dict[str, Any]:
    """What `overlay_rest.OverlayOut` and `overlay_graph.Overlay` have fields for."""
    return {
        "id": overlay.pk,
        "name": overlay.name,
        "width": overlay.width,
        "height": overlay.height,
        "background": overlay.background,
        "language": overlay.language,
        "version": overlay.version,
        "layers": [of_layer(layer) for layer in overlay.layers.all()],
        "created_at": overlay.created_at,
        "changed_at": overlay.changed_at,
        "changed_by": overlay.changed_by.display_name if overlay.changed_by else "",
        "key_made_at": overlay.key_made_at,
    }


def shown_goal(goal: Goal) -> dict[str, Any]:
    return {
        "id": goal.layer_id,
        "counts": goal.counts,
        "currency": goal.currency,
        "counted": goal.counted,
        "since": goal.since,
    }


def shown_timer(timer: Timer) -> dict[str, Any]:
    return {
        "id": timer.layer_id,
        "is_running": timer.running_since is not None,
        "seconds": timers.ran(timer, timezone.now()),
    }
