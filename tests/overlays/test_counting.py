"""Goals that count, and facts that texts name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.domain.publish import publish_local
from events.enums import Kind, Origin, Unit
from events.types import Person
from overlays.domain import facts, overlays, states
from overlays.domain.overlays import Changes
from overlays.enums import LayerType
from overlays.models import Goal, Timer
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def overlay(account):
    return factories.make_overlay(account=account)


@pytest.fixture
def goal(ada_actor, overlay):
    """Adds a goal layer that counts."""

    def make(**config) -> Goal:
        layers = [{"type": "goal", "config": config}]
        overlays.save(actor=ada_actor, overlay_id=overlay.pk, version=None, wanted=Changes(), layers_wanted=layers)
        return Goal.objects.get()

    return make


def happen(account, kind: Kind, *, origin: Origin = Origin.LIVE, **fields) -> None:
    factories.make_event(account=account, kind=kind, origin=origin, **fields)


def counted() -> int:
    return Goal.objects.get().counted


@pytest.mark.parametrize(
    ("counts", "kind", "fields", "worth"),
    [
        ("follows", Kind.FOLLOW, {}, 1),
        ("follows", Kind.SUB, {"amount": 1, "unit": Unit.MONTHS}, 0),
        ("subs", Kind.SUB, {"amount": 1, "unit": Unit.MONTHS}, 1),
        ("subs", Kind.RESUB, {"amount": 12, "unit": Unit.MONTHS}, 1),
        ("subs", Kind.SUB_GIFT, {"amount": 5, "unit": Unit.SUBS}, 5),
        ("subs", Kind.SUB_RECEIVED_GIFT, {}, 1),
        ("subs", Kind.MEMBERSHIP, {}, 1),
        ("subs", Kind.MEMBERSHIP_GIFT, {"amount": 3, "unit": Unit.MEMBERSHIPS}, 3),
        ("subs", Kind.SUB_END, {}, 0),
        ("tips", Kind.TIP, {"amount": 500, "unit": Unit.MONEY, "currency": "EUR"}, 500),
        ("tips", Kind.SUPERCHAT, {"amount": 250, "unit": Unit.MONEY, "currency": "EUR"}, 250),
        ("tips", Kind.TIP, {"amount": 500, "unit": Unit.MONEY, "currency": "USD"}, 0),
        ("bits", Kind.CHEER, {"amount": 100, "unit": Unit.BITS}, 100),
        ("bits", Kind.CHEER, {"amount": 100, "unit": Unit.KICKS}, 0),
    ],
)
def test_a_goal_counts_what_it_is_of(account, goal, counts, kind, fields, worth):
    goal(counts=counts, currency="EUR")

    happen(account, kind, **fields)

    assert counted() == worth


def test_an_event_counts_once_however_often_it_is_delivered(account, goal):
    goal(counts="follows")
    event = factories.make_stream_event(external_id="f1")

    publish_local(account.pk, [event], Origin.LIVE)
    publish_local(account.pk, [event], Origin.LIVE)

    assert counted() == 1


def test_tests_and_what_was_before_count_nothing(account, goal):
    goal(counts="follows")

    happen(account, Kind.FOLLOW, origin=Origin.TEST)
    happen(account, Kind.FOLLOW, origin=Origin.BACKFILL, occurred_at=timezone.now() - timedelta(hours=1))
    assert counted() == 0

    happen(account, Kind.FOLLOW, origin=Origin.BACKFILL, occurred_at=timezone.now())
    assert counted() == 1


def test_other_platforms_and_accounts_count_nothing(account, goal):
    goal(counts="follows", platforms=["kick"])

    happen(account, Kind.FOLLOW, platform="twitch")
    happen(factories.make_account(), Kind.FOLLOW, platform="kick")
    assert counted() == 0

    happen(account, Kind.FOLLOW, platform="kick")
    assert counted() == 1


def test_many_events_cost_as_many_queries_as_one(account, goal):
    goal(counts="follows")

    def queries(number: int) -> int:
        events = [factories.make_stream_event() for _ in range(number)]
        with CaptureQueriesContext(connection) as made:
            publish_local(account.pk, events, Origin.LIVE)
        return len(made)

    queries(1)  # the account's first makes rows that are there from then on
    assert queries(20) == queries(1)


# --- Facts ------------------------------------------------------------------------------------------------------------


def text(overlay, text: str, **fields) -> None:
    factories.make_layer(overlay=overlay, type=LayerType.TEXT, config={"text": text}, **fields)


EVERYTHING = " ".join(f"{{{{{name}}}}}" for name in facts.FACTS)


def test_facts_are_of_the_newest_event_in_the_overlays_language(account):
    overlay = factories.make_overlay(account=account, language="de")
    text(overlay, EVERYTHING)
    kai, mo = (Person(id=name, login=name, name=name.title()) for name in ("kai", "mo"))
    happen(account, Kind.FOLLOW, actor=mo)
    happen(account, Kind.FOLLOW, actor=kai)
    happen(account, Kind.RESUB, actor=mo, amount=3, unit=Unit.MONTHS)
    happen(account, Kind.TIP, actor=kai, amount=150_000, unit=Unit.MONEY, currency="EUR")
    happen(account, Kind.CHEER, actor=mo, amount=300, unit=Unit.BITS)
    happen(account, Kind.RAID, actor=kai, amount=42, unit=Unit.VIEWERS)

    assert facts.of([overlay]) == {
        overlay.pk: {
            "last_follower": "Kai",
            "last_sub": "Mo",
            "last_tip": "Kai",
            "last_tip_amount": "1.500,00 EUR",
            "last_cheer": "Mo",
            "last_cheer_amount": "300 Bits",
            "last_raid": "Kai",
            "last_raid_viewers": "42",
        }
    }


def test_only_what_a_visible_text_names_is_found_out(account, overlay):
    text(overlay, "Thanks, {{ last_follower }}!")
    text(overlay, "{{last_raid}}", visible=False)
    happen(account, Kind.FOLLOW, actor=Person(id="kai", login="kai", name="Kai"))
    happen(account, Kind.RAID, actor=Person(id="mo", login="mo", name="Mo"))

    assert facts.of([overlay]) == {overlay.pk: {"last_follower": "Kai"}}


def test_tests_are_no_facts_and_what_never_happened_is_missing(account, overlay):
    text(overlay, EVERYTHING)
    happen(account, Kind.FOLLOW, origin=Origin.TEST)

    assert facts.of([overlay]) == {overlay.pk: {}}


def test_overlays_that_name_nothing_are_not_told_of_new_facts(account, overlay):
    named = factories.make_overlay(account=account)
    text(named, "{{last_follower}}")
    text(overlay, "{{viewers}}")

    assert facts.overlays_naming([account.pk]) == {named.pk}


# --- What pages are told ----------------------------------------------------------------------------------------------


def test_the_state_of_an_overlay_is_one_message(account, overlay, goal):
    counting = goal(counts="follows")
    layer = factories.make_layer(overlay=overlay, type=LayerType.TIMER)
    since = timezone.now()
    Timer.objects.create(layer=layer, ran_seconds=12.5, running_since=since)
    text(overlay, "{{last_follower}}")
    happen(account, Kind.FOLLOW, actor=Person(id="kai", login="kai", name="Kai"))

    [message] = states.messages([overlay.pk])[overlay.pk]

    assert message == {
        "id": "overlay",
        "type": "overlay.state",
        "data": {
            "version": 2,
            "goals": {str(counting.pk): {"counted": 1}},
            "timers": {str(layer.pk): {"ran_seconds": 12.5, "running_since": since.isoformat()}},
            "facts": {"last_follower": "Kai"},
            "hides_chat": False,
        },
    }


def test_overlays_without_anything_are_asked_about_together(account, django_assert_num_queries):
    rows = [factories.make_overlay(account=account) for _ in range(3)]

    with django_assert_num_queries(5):
        assert len(states.messages([row.pk for row in rows])) == 3
