"""Timers by hand, and goals that are counted anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.http import Http404

from accounts.actor import PermissionRefused
from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from events import bus, channels
from overlays.domain import goals, timers
from overlays.domain.timers import NoSuchTimerAct, NotByHand
from overlays.enums import GoalOf, LayerType
from overlays.models import Goal, Layer, Timer
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 1, 31, 20, tzinfo=UTC)


@pytest.fixture
def timer(account) -> Layer:
    return factories.make_layer(overlay=factories.make_overlay(account=account), type=LayerType.TIMER, name="Break")


@pytest.fixture
def goal(account) -> Layer:
    layer = factories.make_layer(overlay=factories.make_overlay(account=account), type=LayerType.GOAL, name="Next")
    Goal.objects.create(layer=layer, account=account, counts=GoalOf.FOLLOWS, counted=12, since=NOW)
    return layer


def press(actor, layer: Layer, act: str, seconds: float = 0) -> Timer:
    return timers.control(actor=actor, layer_id=layer.pk, act=act, now=NOW + timedelta(seconds=seconds))


def acts() -> list[str]:
    return [entry.after["act"] for entry in AuditEntry.objects.filter(action=Action.TIMER_CONTROLLED).order_by("pk")]


def test_it_counts_only_while_it_runs(ada_actor, timer):
    press(ada_actor, timer, "start", 0)
    press(ada_actor, timer, "stop", 10)
    press(ada_actor, timer, "start", 60)
    found = press(ada_actor, timer, "stop", 65.5)

    assert (found.ran_seconds, found.running_since) == (15.5, None)
    assert acts() == ["start", "stop", "start", "stop"]


def test_pressed_twice_it_does_the_same_as_once(ada_actor, timer, told):
    press(ada_actor, timer, "start", 0)

    topics = told(lambda: press(ada_actor, timer, "start", 5))

    assert Timer.objects.get().running_since == NOW
    assert (acts(), topics) == (["start"], set())


def test_reset_stops_it_at_nothing(ada_actor, timer, told):
    press(ada_actor, timer, "start", 0)

    topics = told(lambda: press(ada_actor, timer, "reset", 5))

    found = Timer.objects.get()
    assert (found.ran_seconds, found.running_since, timers.ran(found, NOW)) == (0, None, 0)
    assert topics == {bus.topic(channels.overlay(timer.overlay_id))}


def test_timer_that_follows_the_clock_is_not_started(ada_actor, timer):
    timer.config["mode"] = "clock"
    timer.save()

    with pytest.raises(NotByHand):
        press(ada_actor, timer, "start")

    assert not Timer.objects.exists()


def test_what_no_timer_takes_is_refused(ada_actor, timer):
    with pytest.raises(NoSuchTimerAct) as refused:
        press(ada_actor, timer, "explode")

    assert refused.value.text == "A timer takes: start, stop, reset."
    assert not Timer.objects.exists()


def test_goal_is_counted_anew(ada_actor, goal, told):
    topics = told(lambda: goals.reset(actor=ada_actor, layer_id=goal.pk))

    found = Goal.objects.get()
    assert found.counted == 0
    assert found.since != NOW
    assert topics == {bus.topic(channels.overlay(goal.overlay_id))}
    [entry] = AuditEntry.objects.filter(action=Action.GOAL_RESET)
    assert (entry.target_name, entry.before) == ("Next", {"counted": 12})


@pytest.mark.parametrize("which", ["timer", "goal"])
def test_only_who_may_change_overlays_may(account, cleo_actor, timer, goal, which):
    def act(actor) -> None:
        press(actor, timer, "start") if which == "timer" else goals.reset(actor=actor, layer_id=goal.pk)

    with pytest.raises(PermissionRefused):
        act(factories.make_actor(account=account, permissions=set(Permission) - {Permission.OVERLAYS_EDIT}))
    with pytest.raises(Http404):
        act(cleo_actor)

    assert (Timer.objects.count(), Goal.objects.get().counted) == (0, 12)


def test_layer_of_another_type_is_not_there(ada_actor, timer, goal):
    with pytest.raises(Http404):
        press(ada_actor, goal, "start")
    with pytest.raises(Http404):
        goals.reset(actor=ada_actor, layer_id=timer.pk)
