from __future__ import annotations

import pytest

from accounts.actor import PermissionRefused
from accounts.models import AuditEntry
from events.enums import Kind, Origin
from overlays.domain import controls, queue
from overlays.models import Alert, AlertPlay, AlertQueue
from tests.factories import make_actor, make_event, make_overlay
from tests.overlays.alerts import FIRST, NOON, after, happen, make_box, settings_of, state_of


@pytest.fixture
def overlay(account):
    """Shows an alert of 4 seconds for each follow, tip and gift."""
    overlay = make_overlay(account=account)
    make_box(overlay)
    return overlay


def audited(account, action: str) -> list[dict]:
    return list(
        AuditEntry.objects.filter(account=account, action=action).order_by("pk").values_list("after", flat=True)
    )


def test_a_held_queue_goes_on_where_it_was(account, overlay, ben_actor):
    alert = happen(account)

    controls.switch(ben_actor, paused=True)
    assert queue.offer(overlay, FIRST, NOON) is None
    controls.switch(ben_actor, paused=True)
    controls.switch(ben_actor, paused=False)

    assert queue.offer(overlay, FIRST, NOON)["alert"] == alert.pk
    assert audited(account, "alerts.controlled") == [
        {"paused": True, "muted": False},
        {"paused": False, "muted": False},
    ]


def test_a_silent_queue_says_so_to_pages(account, overlay, ben_actor):
    happen(account)

    controls.switch(ben_actor, muted=True)

    assert queue.offer(overlay, FIRST, NOON)["muted"] is True
    assert AlertQueue.objects.values_list("paused", "muted").get() == (False, True)


def test_what_plays_is_skipped_wherever_it_plays(account, overlay, ben_actor):
    first, second = happen(account), happen(account)
    play = queue.offer(overlay, FIRST, NOON)["play"]
    queue.started(play, FIRST, NOON)

    assert controls.skip(ben_actor).pk == first.pk

    assert (state_of(first), AlertQueue.objects.get().current) == ("skipped", None)
    assert queue.done(play, FIRST, after(1))
    assert state_of(first) == "skipped"
    assert queue.offer(overlay, FIRST, after(2))["alert"] == second.pk
    assert audited(account, "alerts.controlled") == [
        {"skipped": {"alert": first.pk, "type": "follow", "seq": 1, "name": "Grace"}}
    ]


def test_an_offer_that_is_skipped_can_begin_no_more(account, overlay, ben_actor):
    alert = happen(account)
    play = queue.offer(overlay, FIRST, NOON)["play"]
    controls.skip(ben_actor)

    assert queue.started(play, FIRST, after(1))

    assert state_of(alert) == "skipped"
    assert AlertPlay.objects.get().state == "done"
    assert queue.offer(overlay, FIRST, after(2)) is None


def test_one_that_waits_can_be_skipped(account, overlay, ben_actor):
    first, second = happen(account), happen(account)
    queue.offer(overlay, FIRST, NOON)

    controls.skip(ben_actor, second)

    assert (state_of(first), state_of(second)) == ("playing", "skipped")


def test_nothing_is_skipped_twice(account, overlay, ben_actor):
    alert = happen(account)
    with pytest.raises(controls.NothingPlays):
        controls.skip(ben_actor)
    controls.skip(ben_actor, alert)
    before = AlertQueue.objects.values().get()

    with pytest.raises(controls.AlertIsOver):
        controls.skip(ben_actor, alert)

    assert AlertQueue.objects.values().get() == before
    assert len(audited(account, "alerts.controlled")) == 1


def test_clearing_ends_all_and_leaves_what_is_over(account, overlay, ben_actor):
    alerts = [happen(account) for _ in range(3)]
    queue.done(queue.offer(overlay, FIRST, NOON)["play"], FIRST, after(4))
    queue.offer(overlay, FIRST, after(5))

    assert controls.clear(ben_actor) == 2
    assert controls.clear(ben_actor) == 0

    assert [state_of(alert) for alert in alerts] == ["played", "cleared", "cleared"]
    assert audited(account, "alerts.controlled") == [{"cleared": 2}]


def test_a_replay_comes_before_all_that_wait(account, overlay, ben_actor):
    old = happen(account)
    queue.done(queue.offer(overlay, FIRST, NOON)["play"], FIRST, after(4))
    happen(account, kind=Kind.TIP)

    again = controls.replay(ben_actor, Alert.objects.get(pk=old.pk))

    assert (again.replay_of_id, again.event, again.state) == (old.pk, old.event, "waiting")
    assert queue.offer(overlay, FIRST, after(5))["alert"] == again.pk
    assert audited(account, "alert.replayed") == [{"alert": again.pk, "type": "follow", "seq": 1, "name": "Grace"}]


def test_any_event_can_be_played(account, overlay, ben_actor):
    event = make_event(account=account, origin=Origin.BACKFILL)

    alert = controls.play_event(ben_actor, event.seq)

    assert queue.offer(overlay, FIRST, after(5))["alert"] == alert.pk


def test_what_no_box_shows_is_not_played(account, overlay, ben_actor):
    cheer, offline = (make_event(account=account, kind=kind) for kind in (Kind.CHEER, Kind.STREAM_OFFLINE))
    alert = happen(account)
    overlay.layers.update(visible=False)

    with pytest.raises(controls.NoBoxForThis):
        controls.play_event(ben_actor, cheer.seq)
    with pytest.raises(controls.NoAlertOfThis):
        controls.play_event(ben_actor, offline.seq)
    with pytest.raises(controls.NoBoxForThis):
        controls.replay(ben_actor, alert)

    assert list(Alert.objects.all()) == [alert]
    assert audited(account, "alert.replayed") == []


def test_neither_guard_nor_return_touches_a_replay(account, overlay, ben_actor):
    settings_of(account, guard_most=1, guard_seconds=30, on_return="none")
    alert = happen(account)

    again = controls.replay(ben_actor, alert)
    queue.came_back(overlay, FIRST, after(1))

    assert (state_of(alert), state_of(again)) == ("passed_over", "waiting")
    assert happen(account, at=40).state == "waiting"


def test_settings_are_changed_one_by_one(account, ada_actor):
    controls.change(ada_actor, controls.Settings(guard_most=5))
    controls.change(ada_actor, controls.Settings(on_return="newest", priorities={"follow": 9, "tip": 8}))
    row = controls.change(ada_actor, controls.Settings(guard_most=5))

    assert (row.on_return, row.guard_most, row.guard_seconds, row.priorities) == ("newest", 5, 30, {"follow": 9})
    assert audited(account, "alerts.settings_changed") == [
        {"guard_most": 5},
        {"on_return": "newest", "priorities": {"follow": 9}},
    ]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"on_return": "some"}, "on_return"),
        ({"guard_most": -1}, "guard_most"),
        ({"guard_seconds": 0}, "guard_seconds"),
        ({"priorities": {"follow": 10}}, "priorities"),
        ({"priorities": {"chat.message": 1}}, "priorities"),
        ({"priorities": {"follow": True}}, "priorities"),
        ({"priorities": [1]}, "priorities"),
    ],
)
def test_settings_that_make_no_sense_are_refused(account, ada_actor, values, name):
    with pytest.raises(controls.BadAlertSetting) as refusal:
        controls.change(ada_actor, controls.Settings(**values))

    assert refusal.value.params["name"] == name
    assert not AlertQueue.objects.exists()


def test_each_asks_for_its_permission(account, overlay):
    alert = happen(account)
    nobody = make_actor(account=account, permissions={"events:read", "overlays:read"})
    before = AlertQueue.objects.values().get()

    for control in (
        lambda: controls.switch(nobody, paused=True),
        lambda: controls.skip(nobody),
        lambda: controls.clear(nobody),
        lambda: controls.replay(nobody, alert),
        lambda: controls.play_event(nobody, alert.event_seq),
        lambda: controls.change(nobody, controls.Settings(guard_most=1)),
    ):
        with pytest.raises(PermissionRefused):
            control()

    assert AlertQueue.objects.values().get() == before
    assert Alert.objects.count() == 1
