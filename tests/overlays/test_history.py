from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from events.enums import Kind
from overlays import tasks
from overlays.domain import history, queue
from overlays.models import Alert
from tests.factories import make_overlay
from tests.overlays.alerts import FIRST, NOON, after, happen, make_box, state_of


@pytest.fixture
def overlay(account):
    overlay = make_overlay(account=account)
    make_box(overlay)
    return overlay


def test_alerts_are_forgotten_after_a_week_and_not_while_they_wait(account, overlay):
    old, waits = happen(account), happen(account)
    Alert.objects.filter(pk=old.pk).update(state="played")
    recent = happen(account, at=timedelta(days=6.5).total_seconds())

    assert history.forget(NOON + timedelta(days=7, seconds=1)) == 2

    assert list(Alert.objects.all()) == [recent]
    assert not Alert.objects.filter(pk=waits.pk).exists()


def test_what_nobody_could_show_for_a_day_is_passed_over(account, overlay):
    alert, younger = happen(account), happen(account, at=2)

    history.forget(after(1) + timedelta(days=1))

    assert (state_of(alert), state_of(younger)) == ("passed_over", "waiting")


def test_what_waits_is_in_the_order_in_which_it_will_play(account, overlay, ben_actor):
    follow, tip, other = happen(account), happen(account, kind=Kind.TIP), happen(account)

    assert history.waiting(ben_actor, 10) == [tip, follow, other]
    assert history.waiting(ben_actor, 1) == [tip]


@pytest.mark.parametrize(
    ("state", "reason"),
    [("played", ""), ("waiting", ""), ("held_back", "Too many of its kind came at once.")],
)
def test_what_was_not_played_has_a_reason(account, overlay, state, reason):
    shown = history.Shown(happen(account))
    shown.alert.state = state

    assert shown.reason == reason
    assert (shown.row.places["actor"], shown.row.is_test) == ("Grace", False)


def test_beat_has_both_done(account, overlay):
    plays, waits = happen(account), happen(account)
    queue.offer(overlay, FIRST, NOON)

    with time_machine.travel(after(11), tick=False):
        assert tasks.sweep_alerts() == 1
    assert state_of(plays) == "waiting"
    with time_machine.travel(NOON + timedelta(days=8), tick=False):
        assert tasks.forget_alerts() == 2

    assert not Alert.objects.filter(pk__in=(plays.pk, waits.pk)).exists()
