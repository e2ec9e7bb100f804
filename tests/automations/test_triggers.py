"""What starts automations, how often, and that everything else does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from automations.domain import nudges, triggers
from automations.domain.automations import Changes, save
from automations.models import Automation, Run, RunStep
from connections.enums import Act, Purpose
from events.domain.publish import publish_local
from events.enums import Kind, Origin, Unit
from events.models import ChatLine, Event
from events.types import Person
from tests import factories
from tests.automations.made import CHAT, make_automation, wait

pytestmark = pytest.mark.django_db

GRACE = Person(id="2002", login="grace", name="Grace")


def happens(account, kind: Kind = Kind.FOLLOW, *, origin: Origin = Origin.LIVE, **fields) -> Event | ChatLine:
    return factories.make_event(account=account, kind=kind, origin=origin, **fields)


def says(account, message: str, *badges: str, **fields) -> ChatLine:
    worn = [{"set": badge, "id": "1", "info": ""} for badge in badges]
    extra = {"badges": worn} | fields.pop("extra", {})
    return happens(account, Kind.CHAT_MESSAGE, message=message, extra=extra, **fields)


def follows(*names: str) -> list:
    return [factories.make_stream_event(actor=Person(id=name, login=name, name=name)) for name in names]


def started() -> list[str]:
    """The names of the automations that were started, in order."""
    return list(Run.objects.order_by("pk").values_list("name", flat=True))


# --- events


def test_event_starts_what_waits_for_its_kind_with_a_copy_of_the_steps(account, ada_actor):
    automation = make_automation(account=account, name="Welcome", steps=[CHAT, wait(2)])
    make_automation(account=account, kinds=["raid"])

    row = happens(account)
    save(actor=ada_actor, automation_id=automation.pk, version=None, wanted=Changes(steps=[]))

    run = Run.objects.get()
    assert (run.automation, run.name, run.log, run.seq) == (automation, "Welcome", "events", row.seq)
    assert (run.platform, run.viewer, run.state, run.variables["name"]) == ("twitch", "2002", "waiting", "Grace")
    assert list(run.steps.values_list("type", "config", "state")) == [
        ("chat", CHAT["config"], "waiting"),
        ("wait", {"seconds": 2}, "waiting"),
    ]


def test_worker_is_told_after_the_commit(account, monkeypatch, django_capture_on_commit_callbacks):
    told = []
    monkeypatch.setattr(nudges, "send", lambda run_ids: told.extend(run_ids))
    make_automation(account=account)

    with django_capture_on_commit_callbacks(execute=True):
        happens(account)
        assert told == []

    assert told == [Run.objects.get().pk]


def test_event_that_is_delivered_again_starts_nothing_again(account):
    make_automation(account=account, name="Welcome")
    event = factories.make_stream_event()

    publish_local(account.pk, [event], Origin.LIVE)
    publish_local(account.pk, [event, event], Origin.LIVE)

    assert started() == ["Welcome"]


@pytest.mark.parametrize(("origin", "number"), [("live", 1), ("test", 1), ("backfill", 0), ("replay", 0)])
def test_history_starts_nothing(account, origin, number):
    make_automation(account=account)

    happens(account, origin=Origin(origin))

    assert Run.objects.count() == number


def test_switched_off_other_platform_and_other_account_start_nothing(account, cleo_actor):
    make_automation(account=account, enabled=False)
    make_automation(account=account, platforms=["kick"])
    make_automation(account=cleo_actor.account)

    happens(account)

    assert started() == []


def test_chosen_platform_starts_it(account):
    make_automation(account=account, name="Here", platforms=["kick", "twitch"])

    happens(account)

    assert started() == ["Here"]


@pytest.mark.parametrize(
    ("kind", "amount", "unit", "currency", "least", "number"),
    [
        (Kind.TIP, 500, Unit.MONEY, "EUR", 5, 1),
        (Kind.TIP, 499, Unit.MONEY, "EUR", 5, 0),
        (Kind.TIP, 500, Unit.MONEY, "JPY", 500, 1),
        (Kind.TIP, None, Unit.NONE, "", 1, 0),
        (Kind.TIP, None, Unit.NONE, "", 0, 1),
        (Kind.RAID, 20, Unit.VIEWERS, "", 20, 1),
        (Kind.RAID, 19, Unit.VIEWERS, "", 20, 0),
    ],
)
def test_amount_counts_in_whole_units(account, kind, amount, unit, currency, least, number):
    make_automation(account=account, kinds=[kind.value], least=least)

    happens(account, kind, amount=amount, unit=unit, currency=currency)

    assert Run.objects.count() == number


def test_event_costs_one_query_where_there_is_nothing_to_start(account, django_assert_num_queries):
    row = happens(account)

    with django_assert_num_queries(1):
        triggers.on_events([row])


# --- how often


def test_cooldown_is_for_all_in_one_batch_and_later(account):
    make_automation(account=account, cooldown=60)

    with time_machine.travel(datetime(2026, 5, 1, 12, tzinfo=UTC), tick=False) as clock:
        publish_local(account.pk, follows("a", "b"), Origin.LIVE)
        clock.shift(timedelta(seconds=59))
        publish_local(account.pk, follows("c"), Origin.LIVE)
        clock.shift(timedelta(seconds=1))
        publish_local(account.pk, follows("d"), Origin.LIVE)

    assert list(Run.objects.order_by("pk").values_list("viewer", flat=True)) == ["a", "d"]


def test_cooldown_of_a_viewer_lets_others_through(account):
    make_automation(account=account, viewer_cooldown=60)

    with time_machine.travel(datetime(2026, 5, 1, 12, tzinfo=UTC), tick=False) as clock:
        publish_local(account.pk, follows("a", "a", "b"), Origin.LIVE)
        clock.shift(timedelta(seconds=59))
        publish_local(account.pk, follows("a", "c"), Origin.LIVE)
        clock.shift(timedelta(seconds=1))
        publish_local(account.pk, follows("a"), Origin.LIVE)

    assert list(Run.objects.order_by("pk").values_list("viewer", flat=True)) == ["a", "b", "c", "a"]


def test_flood_is_cut_and_told(account):
    make_automation(account=account, name="Flooded")
    make_automation(account=account, name="Other", kinds=["raid"])

    with time_machine.travel(datetime(2026, 5, 1, 12, tzinfo=UTC), tick=False) as clock:
        publish_local(account.pk, follows(*(f"bot{number}" for number in range(33))), Origin.LIVE)
        publish_local(account.pk, follows("x", "y"), Origin.LIVE)
        happens(account, Kind.RAID)
        clock.shift(timedelta(seconds=61))
        publish_local(account.pk, follows("z"), Origin.LIVE)

    assert started() == ["Flooded"] * 30 + ["Other", "Flooded"]
    assert list(Run.objects.exclude(left_out=0).values_list("viewer", "left_out")) == [("bot29", 5)]
    assert RunStep.objects.count() == 32


# --- commands


def test_command_starts_it_whatever_its_case_and_whatever_follows(account):
    make_automation(account=account, name="Lurk", command="!lurk")

    says(account, "!LURK see you later")
    says(account, "!lurking")
    says(account, "see you, !lurk")
    says(account, "lurk")

    assert started() == ["Lurk"]
    assert Run.objects.get().variables["command_text"] == "see you later"


def test_message_that_begins_with_no_sign_costs_nothing(account, django_assert_num_queries):
    make_automation(account=account, command="!lurk")
    rows = [says(account, text) for text in ("hello", "@grace !lurk", "/me waves", "")]

    with django_assert_num_queries(0):
        triggers.on_chat(rows)


def test_sign_that_is_no_command_costs_one_query(account, django_assert_num_queries):
    make_automation(account=account, command="!lurk")
    rows = [says(account, text) for text in (":)", "!hug grace")]

    with django_assert_num_queries(1):
        triggers.on_chat(rows)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("everybody", ["none", "subscriber", "vip", "moderator", "broadcaster"]),
        ("subscribers", ["subscriber", "vip", "moderator", "broadcaster"]),
        ("vips", ["vip", "moderator", "broadcaster"]),
        ("moderators", ["moderator", "broadcaster"]),
        ("broadcaster", ["broadcaster"]),
    ],
)
def test_who_may_use_a_command(account, who, allowed):
    make_automation(account=account, command="!so", who=who)

    for badge in ("none", "subscriber", "vip", "moderator", "broadcaster"):
        says(account, "!so", badge, actor=Person(id=badge, login=badge, name=badge))

    assert list(Run.objects.order_by("pk").values_list("viewer", flat=True)) == allowed


def test_streamer_is_known_without_a_badge(account):
    make_automation(account=account, name="Mine", command="!so", who="broadcaster")

    says(account, "!so", actor=Person(id="1001", login="ada", name="Ada"))

    assert started() == ["Mine"]


def test_command_of_another_channel_in_a_shared_chat_starts_nothing(account):
    make_automation(account=account, command="!so")

    says(account, "!so", extra={"source": {"id": "77", "login": "other", "name": "Other", "badges": []}})

    assert started() == []


# --- what Lumio itself says


def test_bot_starts_nothing(account, cleo_actor):
    make_automation(account=account, command="!so")
    factories.make_connection(account=cleo_actor.account, purpose=Purpose.BOT, channel_id="900", channel_name="Bot")

    says(account, "!so", "moderator", actor=Person(id="900", login="bot", name="Bot"))

    assert started() == []


@pytest.mark.parametrize("writer", [Person(id="1001", login="ada", name="Ada"), Person(id="77", login="b", name="B")])
def test_what_an_automation_said_starts_nothing_whoever_the_platform_says_it_was(account, writer):
    make_automation(account=account, command="!so")
    factories.make_order(account=account, act=Act.SEND, via="system", state="waiting", text="!so Grace")

    says(account, "!so  Grace", actor=writer)
    says(account, "!so Ben", actor=writer)

    assert [run.variables["command_text"] for run in Run.objects.all()] == ["Ben"]


def test_what_an_automation_said_is_known_by_its_id_later_on_and_the_same_words_are_anybodys_again(account):
    make_automation(account=account, command="!so")
    sent_at = datetime.now(UTC) - timedelta(minutes=2)
    factories.make_order(
        account=account, act=Act.SEND, via="system", text="!so Grace", message_id="m1", begun_at=sent_at
    )

    says(account, "!so Grace", external_id="m1")
    says(account, "!so Grace", external_id="m2")

    assert Run.objects.count() == 1


def test_what_a_member_said_as_the_channel_through_lumio_starts_it(account):
    make_automation(account=account, name="Mine", command="!so")
    factories.make_order(account=account, act=Act.SEND, text="!so Grace", speaker_id="1001")

    says(account, "!so Grace", actor=Person(id="1001", login="ada", name="Ada"))

    assert started() == ["Mine"]


def test_many_automations_take_as_many_queries_as_one(account, django_assert_max_num_queries):
    for number in range(20):
        make_automation(account=account, name=f"Number {number}")
    row = happens(account)
    Run.objects.all().delete()

    with django_assert_max_num_queries(9):
        triggers.on_events([row])

    assert (Run.objects.count(), RunStep.objects.count()) == (20, 20)
    assert Automation.objects.filter(ran_at=row.received_at).count() == 20
