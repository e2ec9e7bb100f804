"""Countdowns and stopwatches, started and stopped by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from lumio.lib.errors import Refusal
from overlays.domain import access, definition, notices
from overlays.enums import LayerType, TimerAct
from overlays.models import Timer

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from accounts.actor import Actor
    from overlays.models import Layer

#: Modes of a timer layer that have something to start.
BY_HAND = frozenset({"countdown", "stopwatch"})


class NoSuchTimerAct(Refusal):
    code = "no_such_timer_act"
    status = 422
    sentence = _("A timer takes: {known}.")


class NotByHand(Refusal):
    code = "timer_runs_by_itself"
    status = 409
    sentence = _("This timer follows the clock. To start and stop it by hand, have it show a countdown or a stopwatch.")


def get(actor: Actor, layer_id: UUID | str) -> Timer:
    """How far it is; as new if nobody ever started it."""
    layer = access.get_layer(actor, layer_id, Permission.OVERLAYS_READ, LayerType.TIMER)
    return Timer.objects.filter(layer=layer).first() or Timer(layer=layer)


@transaction.atomic
def control(*, actor: Actor, layer_id: UUID | str, act: str, now: datetime | None = None) -> Timer:
    """Start, stop or reset it. Starting one that runs and stopping one that does not change nothing."""
    layer = access.get_layer(actor, layer_id, Permission.OVERLAYS_EDIT, LayerType.TIMER)
    if act not in TimerAct.values:
        raise NoSuchTimerAct(known=", ".join(TimerAct))
    if not is_by_hand(layer):
        raise NotByHand
    now = now or timezone.now()
    Timer.objects.get_or_create(layer=layer)
    timer = Timer.objects.select_for_update(of=("self",)).get(layer=layer)
    before = (timer.ran_seconds, timer.running_since)
    match TimerAct(act):
        case TimerAct.START:
            timer.running_since = timer.running_since or now
        case TimerAct.STOP:
            timer.ran_seconds, timer.running_since = ran(timer, now), None
        case TimerAct.RESET:
            timer.ran_seconds, timer.running_since = 0.0, None
    if (timer.ran_seconds, timer.running_since) != before:
        timer.save()
        record(actor, Action.TIMER_CONTROLLED, layer, after={"act": act})
        notices.changed_on_commit(layer.overlay_id)
    return timer


def is_by_hand(layer: Layer) -> bool:
    """Whether there is something to start."""
    return layer.type == LayerType.TIMER and definition.complete(layer)["mode"] in BY_HAND


def ran(timer: Timer, now: datetime) -> float:
    """For how many seconds it has run in all."""
    running = now - timer.running_since if timer.running_since else timedelta()
    return timer.ran_seconds + max(0.0, running.total_seconds())
