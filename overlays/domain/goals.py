"""How far the goals of an account are."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from lumio.lib.money import from_major
from overlays.domain import access, definition, notices
from overlays.enums import GoalOf, LayerType
from overlays.models import Goal

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.actor import Actor
    from overlays.models import Layer, Overlay


def follow(overlay: Overlay, layers: list[Layer]) -> None:
    """Have a row for each goal layer among `layers`, all those of the overlay. A goal that comes to count something
    else begins at nothing.

    In the transaction that saves the layers.
    """
    known = {goal.layer_id: goal for goal in Goal.objects.filter(layer__overlay=overlay)}
    for layer in layers:
        if layer.type != LayerType.GOAL:
            continue
        wanted = _counted_by(layer.config)
        goal = known.get(layer.pk)
        if goal is None:
            Goal.objects.create(layer=layer, account_id=overlay.account_id, **wanted)
        elif any(getattr(goal, name) != value for name, value in wanted.items()):
            Goal.objects.filter(pk=goal.pk).update(**wanted, counted=0, since=timezone.now())


def get(actor: Actor, layer_id: UUID | str) -> Goal:
    """How far it is."""
    layer = access.get_layer(actor, layer_id, Permission.OVERLAYS_READ, LayerType.GOAL)
    return get_object_or_404(Goal, layer=layer)


def progress(layer: Layer, goal: Goal) -> tuple[int, int]:
    """How far it is and how far it is to go, where it begins included; of money in minor units."""
    config = definition.complete(layer)
    begins, target = (_units(config[name], goal.currency) for name in ("start", "target"))
    return begins + goal.counted, target


@transaction.atomic
def reset(*, actor: Actor, layer_id: UUID | str) -> Goal:
    """Count from now on."""
    layer = access.get_layer(actor, layer_id, Permission.OVERLAYS_EDIT, LayerType.GOAL)
    goal = get_object_or_404(Goal.objects.select_for_update(of=("self",)), layer=layer)
    before = goal.counted
    goal.counted, goal.since = 0, timezone.now()
    goal.save(update_fields=["counted", "since"])
    record(actor, Action.GOAL_RESET, layer, before={"counted": before})
    notices.changed_on_commit(layer.overlay_id)
    return goal


def _units(amount: float, currency: str) -> int:
    """What stands in a config in whole units, as it is counted."""
    return from_major(Decimal(str(amount)), currency) or 0 if currency else round(amount)


def _counted_by(config: dict[str, Any]) -> dict[str, Any]:
    """What decides which events a goal counts."""
    return {
        "counts": config["counts"],
        "currency": config["currency"] if config["counts"] == GoalOf.TIPS else "",
        "platforms": config["platforms"],
    }
