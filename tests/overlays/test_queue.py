from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from events import bus
from events.domain import consequences
from events.enums import Kind, Origin, Unit
from events.types import Person
from overlays.domain import queue
from overlays.enums import AlertState, OnReturn, PlayState
from overlays.layers import ALERTS
from overlays.models import Alert, AlertPlay, AlertQueue, Source
from tests.factories import make_event, make_overlay
from tests.overlays.alerts import FIRST, NOON, SECOND, after, happen, make_box, settings_of, state_of


@pytest.fixture
def overlay(account):
    """Shows an alert of 4 seconds for each follow, tip and gift."""
    overlay = make_overlay(account=account)
    make_box(overlay)
    return overlay


# --- What comes in -----------------------------------------------------------------------------------------------


def test_an_event_that_a_box_shows_waits_in_its_public_form(account, overlay):
    alert = happen(account, kind=Kind.TIP, amount=500, unit=Unit.MONEY, currency="EUR", raw={"email": "g@example.com"})

    assert (alert.state, alert.kind, alert.platform, alert.priority) == ("waiting", "tip", "twitch", 8)
    assert alert.created_at == NOON
    assert alert.event["data"]["actor"] == {"name": "Grace", "avatar": "", "anonymous": False}


@pytest.mark.parametrize(
    "fields",
    [{"kind": Kind.CHEER}, {"origin": Origin.BACKFILL}, {"origin": Origin.REPLAY}, {"kind": Kind.CHAT_MESSAGE}],
)
def test_what_no_box_shows_and_what_is_history_makes_no_alert(account, overlay, fields):
    assert happen(account, **fields) is None


def test_hidden_boxes_and_those_of_others_show_nothing(account, cleo_actor):
    make_box(make_overlay(account=cleo_actor.account))
    hidden = make_box(make_overlay(account=account))
    hidden.visible = False
    hidden.save()

    assert happen(account) is None


def test_a_flood_is_held_back_until_it_is_over(account, overlay):
    settings_of(account, guard_most=2, guard_seconds=30)

    states = [happen(account, at=second).state for second in (0, 1, 2, 20, 55)]

    assert states == ["waiting", "waiting", "held_back", "held_back", "waiting"]


def test_what_was_paid_for_and_what_is_tried_is_never_held_back(account, overlay):
    settings_of(account, guard_most=1, guard_seconds=30)

    tips = [happen(account, kind=Kind.TIP, amount=5, unit=Unit.MONEY, currency="EUR").state for _ in range(3)]
    tests = [happen(account, origin=Origin.TEST).state for _ in range(3)]

    assert (tips, tests) == (["waiting"] * 3, ["waiting"] * 3)


def test_without_a_limit_nothing_is_held_back(account, overlay):
    settings_of(account, guard_most=0)

    assert {happen(account).state for _ in range(25)} == {"waiting"}


def gift(amount: int, giver: str = "7", **fields: Any) -> dict[str, Any]:
    return {
        "kind": Kind.SUB_GIFT,
        "amount": amount,
        "unit": Unit.SUBS,
        "actor": Person(id=giver, login="gus", name="Gus"),
        "extra": {"tier": 1, "recipients": [{"id": "1", "login": f"r{amount}", "name": f"R{amount}"}]},
    } | fields


def test_gifts_of_one_giver_become_one_alert_while_it_waits(account, overlay):
    first = happen(account, **gift(5))

    assert happen(account, at=10, **gift(3)) is None

    first.refresh_from_db()
    assert first.event["data"]["amount"] == 8
    assert first.event["data"]["extra"]["recipients"] == [{"name": "R5"}, {"name": "R3"}]


def test_of_many_gifts_not_all_recipients_are_told(account, overlay):
    people = [{"id": str(number), "login": f"r{number}", "name": f"R{number}"} for number in range(80)]
    first = happen(account, **gift(80, extra={"tier": 1, "recipients": people}))

    happen(account, at=10, **gift(80, extra={"tier": 1, "recipients": people}))

    first.refresh_from_db()
    assert first.event["data"]["amount"] == 160
    assert len(first.event["data"]["extra"]["recipients"]) == 100


@pytest.mark.parametrize(
    ("at", "fields"),
    [
        (16, gift(3)),
        (1, gift(3, giver="8")),
        (1, gift(3, giver="")),
        (1, gift(3, platform="youtube")),
        (1, gift(3, extra={"tier": 3})),
        (1, gift(3, origin=Origin.TEST)),
    ],
)
def test_gifts_that_do_not_belong_together_stay_apart(account, overlay, at, fields):
    happen(account, **gift(5, giver=fields["actor"].id and "7"))

    assert happen(account, at=at, **fields).event["data"]["amount"] == 3


def test_a_gift_that_plays_takes_nothing_in(account, overlay):
    happen(account, **gift(5))
    queue.offer(overlay, FIRST, NOON)

    assert happen(account, at=1, **gift(3)).state == "waiting"


def test_a_queue_that_breaks_keeps_no_event_from_being_stored(account, overlay, monkeypatch):
    monkeypatch.setattr(queue, "locked", None)

    row = make_event(account=account, origin=Origin.LIVE)

    assert row.seq == 1
    assert not Alert.objects.exists()


def test_an_event_of_an_account_without_a_box_costs_one_query_more(account, django_assert_num_queries):
    row = make_event(account=account, origin=Origin.LIVE)

    with django_assert_num_queries(1):
        queue.enqueue([row])


# --- One page ----------------------------------------------------------------------------------------------------


def test_a_page_is_offered_what_it_needs_to_show_it(account, overlay):
    alert = happen(account, kind=Kind.TIP, amount=500, unit=Unit.MONEY, currency="EUR", message="Hi")
    [box] = overlay.layers.all()

    play = queue.offer(overlay, FIRST, NOON)

    assert play | {"event": None, "variables": None} == {
        "play": str(AlertPlay.objects.get().pk),
        "alert": alert.pk,
        "event": None,
        "variables": None,
        "layers": [{"layer": str(box.pk), "variation": box.config["variations"][0]["id"]}],
        "muted": False,
        "seconds": 4.0,
        "wait": 0.0,
        "version": AlertQueue.objects.get().version,
    }
    assert (play["event"]["type"], play["event"]["message"], play["variables"]["amount"]) == ("tip", "Hi", "5.00 EUR")
    assert state_of(alert) == "playing"


def test_an_alert_is_played_once_and_then_the_next_after_a_breath(account, overlay):
    first, second = happen(account), happen(account)

    play = queue.offer(overlay, FIRST, NOON)
    assert queue.started(play["play"], FIRST, NOON)
    assert queue.offer(overlay, FIRST, after(1)) is None
    assert queue.done(play["play"], FIRST, after(4))
    following = queue.offer(overlay, FIRST, after(4.1))

    assert (play["alert"], following["alert"]) == (first.pk, second.pk)
    assert following["wait"] == pytest.approx(0.15)
    assert (state_of(first), state_of(second)) == ("played", "playing")


def test_words_said_twice_do_no_harm(account, overlay):
    alert, _ = happen(account), happen(account)
    play = queue.offer(overlay, FIRST, NOON)["play"]
    queue.started(play, FIRST, NOON)
    queue.done(play, FIRST, after(4))
    queue.offer(overlay, FIRST, after(5))
    before = AlertQueue.objects.values().get()

    assert queue.started(play, FIRST, after(6))
    assert queue.done(play, FIRST, after(6))

    assert AlertQueue.objects.values().get() == before
    assert state_of(alert) == "played"


def test_nobody_speaks_for_another_page(account, overlay):
    alert = happen(account)
    play = queue.offer(overlay, FIRST, NOON)["play"]

    assert not queue.done(play, SECOND, after(1))
    assert not queue.started(uuid.uuid4(), FIRST, after(1))

    assert state_of(alert) == "playing"
    assert AlertPlay.objects.get().state == PlayState.OFFERED


def test_the_higher_priority_goes_first_and_then_the_older(account, overlay):
    settings_of(account, priorities={"follow": 9})
    alerts = [happen(account, kind=kind) for kind in (Kind.TIP, Kind.FOLLOW, Kind.FOLLOW)]

    played = []
    for number in range(3):
        play = queue.offer(overlay, FIRST, after(10 * number))
        queue.done(play["play"], FIRST, after(10 * number + 4))
        played.append(play["alert"])

    assert played == [alerts[1].pk, alerts[2].pk, alerts[0].pk]


def test_what_no_box_of_the_overlay_shows_holds_nothing_up(account, overlay):
    tips_alone = make_overlay(account=account)
    make_box(tips_alone, kinds=[Kind.TIP])
    follow = happen(account)
    tip = happen(account, kind=Kind.TIP)
    settings_of(account, priorities={"follow": 9})

    assert queue.offer(tips_alone, FIRST, NOON)["alert"] == tip.pk
    assert state_of(follow) == "waiting"


def test_nothing_is_offered_while_paused_or_without_a_box(account, overlay):
    alert = happen(account)

    assert queue.offer(make_overlay(account=account), FIRST, NOON) is None
    settings_of(account, paused=True)
    assert queue.offer(overlay, FIRST, NOON) is None

    assert state_of(alert) == "waiting"


def test_an_idle_page_costs_one_query(account, overlay, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert queue.offer(overlay, FIRST, NOON) is None


# --- Pages that die ----------------------------------------------------------------------------------------------


def test_who_dies_before_it_began_is_given_it_again(account, overlay):
    alert = happen(account)
    play = queue.offer(overlay, FIRST, NOON)

    queue.gone(FIRST, after(1))

    assert state_of(alert) == "waiting"
    assert queue.offer(overlay, SECOND, after(2))["alert"] == alert.pk
    queue.gone(SECOND, after(3))
    assert queue.offer(overlay, FIRST, after(4))["play"] == play["play"]


def test_who_dies_after_it_began_has_shown_it_once_its_lease_runs_out(account, overlay):
    alert, following = happen(account), happen(account)
    play = queue.offer(overlay, FIRST, NOON)
    queue.started(play["play"], FIRST, NOON)

    queue.gone(FIRST, after(1))

    assert state_of(alert) == "playing"
    assert queue.offer(overlay, SECOND, after(8.9)) is None
    assert queue.offer(overlay, SECOND, after(9))["alert"] == following.pk
    assert state_of(alert) == "played"


def test_a_page_that_is_loaded_anew_is_not_given_what_it_had_begun(account, overlay):
    alert, following = happen(account), happen(account)
    play = queue.offer(overlay, FIRST, NOON)
    queue.started(play["play"], FIRST, NOON)

    queue.gone(FIRST, after(1))

    assert queue.offer(overlay, SECOND, after(2)) is None
    assert queue.offer(overlay, SECOND, after(9))["alert"] == following.pk
    assert state_of(alert) == "played"


def test_who_lost_the_connection_goes_on_with_what_it_began(account, overlay):
    alert = happen(account)
    play = queue.offer(overlay, FIRST, NOON)
    queue.started(play["play"], FIRST, NOON)

    queue.gone(FIRST, after(1))
    assert queue.done(play["play"], FIRST, after(4))

    assert state_of(alert) == "played"


@pytest.mark.parametrize(("begins", "left_at", "state"), [(False, 10, "waiting"), (True, 9, "played")])
def test_a_lease_runs_out_by_itself(account, overlay, begins, left_at, state):
    alert = happen(account)
    play = queue.offer(overlay, FIRST, NOON)
    if begins:
        queue.started(play["play"], FIRST, NOON)

    queue.sweep(after(left_at - 0.1))
    assert state_of(alert) == "playing"

    assert queue.sweep(after(left_at)) == 1
    assert state_of(alert) == state


def test_asking_again_prolongs_no_offer(account, overlay):
    alert = happen(account)
    plays = {queue.offer(overlay, FIRST, after(second))["play"] for second in (0, 5, 9)}

    assert queue.offer(overlay, SECOND, after(11))["alert"] == alert.pk
    assert len(plays) == 1


def test_what_nobody_can_begin_with_is_passed_over(account, overlay):
    alert, following = happen(account), happen(account)

    offered = [queue.offer(overlay, FIRST, after(11 * number))["alert"] for number in range(6)]

    assert offered == [alert.pk] * 5 + [following.pk]
    assert state_of(alert) == "passed_over"


def test_late_words_of_a_page_taken_for_dead_count(account, overlay):
    alert = happen(account)
    play = queue.offer(overlay, FIRST, NOON)
    queue.gone(FIRST, after(1))

    assert queue.started(play["play"], FIRST, after(2))

    assert queue.offer(overlay, SECOND, after(6)) is None
    queue.done(play["play"], FIRST, after(7))
    assert state_of(alert) == "played"


def test_late_words_take_an_alert_out_of_those_that_wait(account, overlay):
    alert, urgent = happen(account), None
    play = queue.offer(overlay, FIRST, NOON)
    queue.gone(FIRST, after(1))
    urgent = happen(account, kind=Kind.TIP)
    assert queue.offer(overlay, SECOND, after(2))["alert"] == urgent.pk

    assert queue.started(play["play"], FIRST, after(3))

    assert (state_of(alert), state_of(urgent)) == ("played", "playing")


def test_an_overlay_that_is_removed_frees_the_queue(account, overlay):
    happen(account)
    queue.offer(overlay, FIRST, NOON)
    other = make_overlay(account=account)
    make_box(other)

    overlay.delete()

    assert queue.offer(other, SECOND, after(4)) is not None


# --- Several pages -----------------------------------------------------------------------------------------------


def test_two_pages_of_one_overlay_play_it_once_each(account, overlay):
    alert = happen(account)

    plays = {source: queue.offer(overlay, source, after(1))["play"] for source in (FIRST, SECOND)}
    for source, play in plays.items():
        queue.started(play, source, after(1))
    queue.done(plays[FIRST], FIRST, after(5))
    assert state_of(alert) == "playing"
    queue.done(plays[SECOND], SECOND, after(6))

    assert plays[FIRST] != plays[SECOND]
    assert state_of(alert) == "played"
    assert queue.offer(overlay, FIRST, after(7)) is None


def test_who_comes_late_does_not_join(account, overlay):
    happen(account)
    queue.offer(overlay, FIRST, NOON)

    assert queue.offer(overlay, SECOND, after(2.9)) is not None
    assert queue.offer(overlay, uuid.uuid4(), after(3)) is None


def test_one_that_dies_takes_nothing_from_the_other(account, overlay):
    alert = happen(account)
    first = queue.offer(overlay, FIRST, NOON)["play"]
    queue.offer(overlay, SECOND, NOON)
    queue.started(first, FIRST, NOON)

    queue.gone(SECOND, after(1))
    assert state_of(alert) == "playing"
    queue.done(first, FIRST, after(4))

    assert state_of(alert) == "played"
    assert Alert.objects.get().attempts == 0


# --- Out of sight ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on_return", "states"),
    [
        (OnReturn.ALL, ["waiting", "waiting", "waiting"]),
        (OnReturn.NEWEST, ["passed_over", "passed_over", "waiting"]),
        (OnReturn.NONE, ["passed_over", "passed_over", "passed_over"]),
    ],
)
def test_on_return_the_account_has_its_way(account, overlay, on_return, states):
    settings_of(account, on_return=on_return)
    alerts = [happen(account, kind=kind) for kind in (Kind.FOLLOW, Kind.TIP, Kind.FOLLOW)]

    queue.came_back(overlay, FIRST, after(60))

    assert [state_of(alert) for alert in alerts] == states


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ({}, "waiting"),
        ({"visible": None}, "waiting"),
        ({"visible": False}, "passed_over"),
        ({"connected": False}, "passed_over"),
        ({"seen_at": NOON - timedelta(seconds=46)}, "passed_over"),
        ({"id": FIRST}, "passed_over"),
    ],
)
def test_nothing_is_passed_over_while_another_page_is_seen(account, overlay, source, state):
    settings_of(account, on_return=OnReturn.NONE)
    Source.objects.create(**{"id": SECOND, "overlay": overlay, "visible": True, "seen_at": NOON} | source)
    alert = happen(account)

    queue.came_back(overlay, FIRST, NOON)

    assert state_of(alert) == state


def test_a_page_without_a_box_brings_nothing_back(account, overlay):
    settings_of(account, on_return=OnReturn.NONE)
    alert = happen(account)

    queue.came_back(make_overlay(account=account), FIRST, NOON)

    assert state_of(alert) == "waiting"


@pytest.mark.parametrize(("back_at", "state"), [(5, "waiting"), (30, "passed_over")])
def test_a_network_that_blinks_passes_nothing_over(account, overlay, back_at, state):
    settings_of(account, on_return=OnReturn.NONE)
    happen(account)
    queue.started(queue.offer(overlay, FIRST, NOON)["play"], FIRST, NOON)
    alert = happen(account, at=1)
    queue.gone(FIRST, after(2))

    queue.came_back(overlay, FIRST, after(back_at))

    assert state_of(alert) == state


def test_while_paused_alerts_wait_for_a_person(account, overlay):
    settings_of(account, on_return=OnReturn.NONE, paused=True)
    alert = happen(account)

    queue.came_back(overlay, FIRST, NOON)

    assert state_of(alert) == "waiting"


# --- Who is told -------------------------------------------------------------------------------------------------


def test_pages_are_told_of_every_change(account, overlay, monkeypatch, django_capture_on_commit_callbacks):
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(bus, "announce", lambda channel, message: sent.append({"to": str(channel)} | message["data"]))

    with django_capture_on_commit_callbacks(execute=True):
        alert = happen(account)
    with django_capture_on_commit_callbacks(execute=True):
        play = queue.offer(overlay, FIRST, NOON)["play"]
    with django_capture_on_commit_callbacks(execute=True):
        queue.offer(overlay, SECOND, NOON)
        queue.gone(SECOND, NOON)
        queue.started(play, FIRST, NOON)
    with django_capture_on_commit_callbacks(execute=True):
        queue.done(play, FIRST, after(4))

    assert [
        (one["to"], one["waiting"], one["current"] and one["current"]["alert"], one["version"]) for one in sent
    ] == [
        (f"alerts:{account.pk}", 1, None, 1),
        (f"alerts:{account.pk}", 0, alert.pk, 2),
        (f"alerts:{account.pk}", 0, None, 3),
    ]


def test_the_app_hears_of_every_kind_that_can_be_an_alert():
    assert [kinds for kinds, _, function in consequences._registered if function is queue.enqueue] == [
        frozenset(ALERTS)
    ]


def test_ended_states_are_final(account, overlay):
    alert = happen(account)

    with queue.locked(account.pk) as row:
        assert queue.end(row, [alert.pk], AlertState.SKIPPED, NOON) == 1
        assert queue.end(row, [alert.pk], AlertState.CLEARED, after(1)) == 0

    assert (state_of(alert), Alert.objects.get().ended_at) == ("skipped", NOON)
