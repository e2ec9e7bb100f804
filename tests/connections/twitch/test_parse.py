from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connections.platforms.twitch.parse import PARSERS, parse
from connections.platforms.twitch.topics import TOPICS
from events.domain.publish import publish_local
from events.enums import Kind, Origin, Unit
from events.models import ChatLine, Event
from events.types import Person, StreamEvent
from lumio.lib.payload import moment

FIXTURES = Path(__file__).parent / "fixtures"
CHANNEL = "31337"
JUNO = Person(id="4711", login="juno", name="ジュノ")
OTTO = Person(id="1234", login="otto", name="Otto")
MIRA = Person(id="31337", login="mira_plays", name="Mira_Plays")
NOBODY = Person(anonymous=True)


R = "channel.channel_points_custom_reward_redemption"
NOTICE = "channel.chat.notification"
OTTO_NAMED = {"id": "1234", "login": "otto", "name": "Otto"}
UNKNOWN_PERSON = {"id": "", "login": "", "name": ""}


def load(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def outcome(name: str, **changes: Any) -> StreamEvent | None:
    message = load(name)
    message["payload"]["event"].update(changes)
    return parse(message, channel_id=CHANNEL)


def parsed(name: str, **changes: Any) -> StreamEvent:
    event = outcome(name, **changes)
    assert event is not None
    return event


def test_every_topic_has_a_parser_and_a_fixture():
    assert {topic.type for topic in TOPICS} == set(PARSERS)
    assert set(PARSERS) <= {path.stem for path in FIXTURES.glob("*.json")}


@pytest.mark.parametrize(
    ("name", "kind", "actor", "amount", "unit"),
    [
        ("channel.follow", Kind.FOLLOW, JUNO, None, Unit.NONE),
        ("channel.cheer", Kind.CHEER, JUNO, 100, Unit.BITS),
        ("channel.cheer.anonymous", Kind.CHEER, NOBODY, 50, Unit.BITS),
        ("channel.subscribe", Kind.SUB, JUNO, 1, Unit.MONTHS),
        ("channel.subscribe.gift", Kind.SUB_RECEIVED_GIFT, JUNO, None, Unit.NONE),
        ("channel.subscription.gift", Kind.SUB_GIFT, JUNO, 5, Unit.SUBS),
        ("channel.subscription.gift.anonymous", Kind.SUB_GIFT, NOBODY, 1, Unit.SUBS),
        ("channel.subscription.message", Kind.RESUB, JUNO, 15, Unit.MONTHS),
        ("channel.subscription.end", Kind.SUB_END, JUNO, None, Unit.NONE),
        ("channel.raid", Kind.RAID, OTTO, 9001, Unit.VIEWERS),
        ("channel.raid.out", Kind.RAID_OUT, OTTO, 84, Unit.VIEWERS),
        (f"{R}.add", Kind.REDEMPTION, JUNO, 500, Unit.POINTS),
        (f"{R}.update", Kind.REDEMPTION_UPDATE, JUNO, 500, Unit.POINTS),
        ("channel.ban", Kind.MOD_BAN, JUNO, None, Unit.NONE),
        ("channel.ban.timeout", Kind.MOD_TIMEOUT, JUNO, 600, Unit.SECONDS),
        ("channel.unban", Kind.MOD_UNBAN, JUNO, None, Unit.NONE),
        ("channel.update", Kind.STREAM_UPDATE, MIRA, None, Unit.NONE),
        ("channel.hype_train.begin", Kind.HYPETRAIN_BEGIN, OTTO, 1, Unit.LEVEL),
        ("channel.hype_train.progress", Kind.HYPETRAIN_PROGRESS, OTTO, 2, Unit.LEVEL),
        ("channel.hype_train.end", Kind.HYPETRAIN_END, OTTO, 3, Unit.LEVEL),
        ("channel.poll.begin", Kind.POLL_BEGIN, MIRA, None, Unit.NONE),
        ("channel.poll.progress", Kind.POLL_PROGRESS, MIRA, None, Unit.NONE),
        ("channel.poll.end", Kind.POLL_END, MIRA, None, Unit.NONE),
        ("channel.prediction.begin", Kind.PREDICTION_BEGIN, MIRA, None, Unit.NONE),
        ("channel.prediction.progress", Kind.PREDICTION_PROGRESS, MIRA, None, Unit.NONE),
        ("channel.prediction.lock", Kind.PREDICTION_LOCK, MIRA, None, Unit.NONE),
        ("channel.prediction.end", Kind.PREDICTION_END, MIRA, None, Unit.NONE),
        ("channel.prediction.end.canceled", Kind.PREDICTION_END, MIRA, None, Unit.NONE),
        ("channel.shoutout.create", Kind.SHOUTOUT_SENT, OTTO, 860, Unit.VIEWERS),
        ("channel.shoutout.receive", Kind.SHOUTOUT_RECEIVED, OTTO, 31, Unit.VIEWERS),
        ("channel.ad_break.begin", Kind.AD_BEGIN, OTTO, 60, Unit.SECONDS),
        ("channel.goal.begin", Kind.GOAL_BEGIN, MIRA, 0, Unit.NONE),
        ("channel.goal.progress", Kind.GOAL_PROGRESS, MIRA, 120, Unit.NONE),
        ("channel.goal.end", Kind.GOAL_END, MIRA, 220, Unit.NONE),
        (NOTICE, Kind.CHAT_ANNOUNCEMENT, OTTO, None, Unit.NONE),
        (f"{NOTICE}.watch_streak", Kind.WATCH_STREAK, JUNO, 5, Unit.STREAMS),
        (f"{NOTICE}.bits_badge_tier", Kind.BITS_BADGE, JUNO, 1000, Unit.BITS),
        (f"{NOTICE}.gift_paid_upgrade", Kind.SUB_GIFT_UPGRADE, JUNO, None, Unit.NONE),
        (f"{NOTICE}.prime_paid_upgrade", Kind.SUB_PRIME_UPGRADE, JUNO, None, Unit.NONE),
        (f"{NOTICE}.pay_it_forward", Kind.SUB_PAY_IT_FORWARD, JUNO, None, Unit.NONE),
        (f"{NOTICE}.charity_donation", Kind.CHARITY_DONATION, JUNO, 1250, Unit.MONEY),
        ("stream.online", Kind.STREAM_ONLINE, MIRA, None, Unit.NONE),
        ("stream.offline", Kind.STREAM_OFFLINE, MIRA, None, Unit.NONE),
        ("channel.chat.message", Kind.CHAT_MESSAGE, JUNO, 100, Unit.BITS),
        ("channel.chat.message_delete", Kind.CHAT_MESSAGE_DELETED, JUNO, None, Unit.NONE),
        ("channel.chat.clear_user_messages", Kind.CHAT_USER_CLEARED, JUNO, None, Unit.NONE),
        ("channel.chat.clear", Kind.CHAT_CLEARED, Person(), None, Unit.NONE),
    ],
)
def test_the_normalised_table(name, kind, actor, amount, unit):
    event = parsed(name)

    assert (event.kind, event.actor, event.amount, event.unit) == (kind, actor, amount, unit)
    assert (event.platform, event.channel_id) == ("twitch", CHANNEL)


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("channel.subscribe", {"tier": 1}),
        ("channel.subscribe.gift", {"tier": 2}),
        ("channel.subscription.gift", {"tier": 1, "cumulative_total": 284}),
        ("channel.subscription.gift.anonymous", {"tier": 3, "cumulative_total": None}),
        ("channel.subscription.message", {"tier": 1, "streak": None}),
        ("channel.chat.message_delete", {"message_id": "cc106a89-1814-919d-454c-f4f2f970aae7"}),
        ("stream.online", {"started_at": "2026-07-19T14:50:00+00:00", "type": "live"}),
        ("channel.raid.out", {}),
        (
            f"{R}.update",
            {
                "id": "17fa2df1-ad76-4804-bfa5-a40ef63efe63",
                "reward_id": "92af127c-7326-4483-a52b-b0da0be61c01",
                "title": "Build something",
                "status": "canceled",
            },
        ),
        ("channel.ban", {"moderator": OTTO_NAMED}),
        ("channel.ban.timeout", {"moderator": OTTO_NAMED, "ends_at": "2026-07-19T15:06:50.123455+00:00"}),
        (
            "channel.update",
            {"category_id": "27471", "category": "Minecraft", "language": "en", "labels": ["MatureGame"]},
        ),
        (
            "channel.hype_train.progress",
            {
                "id": "1b0AsbInCHZW2SQFQkCzqN07Ib2",
                "type": "regular",
                "total": 1370,
                "progress": 570,
                "goal": 1800,
                "contributions": [
                    {"id": "4711", "login": "juno", "name": "ジュノ", "type": "bits", "total": 50},
                    OTTO_NAMED | {"type": "subscription", "total": 1000},
                ],
                "is_shared": False,
                "started_at": "2026-07-19T14:55:00.251240+00:00",
                "expires_at": "2026-07-19T15:00:00.251240+00:00",
            },
        ),
        (
            "channel.poll.begin",
            {
                "id": "1243456",
                "status": "",
                "choices": [
                    {"id": "123", "title": "Thatch", "votes": None},
                    {"id": "124", "title": "Slate", "votes": None},
                    {"id": "125", "title": "None", "votes": None},
                ],
                "started_at": "2026-07-19T14:56:40+00:00",
                "ends_at": "2026-07-19T14:58:40+00:00",
            },
        ),
        (
            "channel.prediction.end",
            {
                "id": "1243457",
                "status": "resolved",
                "outcomes": [
                    {"id": "1243456", "title": "Yes", "colour": "blue", "users": 10, "points": 15_000},
                    {"id": "2243456", "title": "Never", "colour": "pink", "users": 3, "points": 900},
                ],
                "winner": "Yes",
                "started_at": "2026-07-19T14:56:00.100000+00:00",
                "ended_at": "2026-07-19T15:30:00.100000+00:00",
            },
        ),
        ("channel.shoutout.create", {"moderator": OTTO_NAMED}),
        ("channel.ad_break.begin", {"is_automatic": False}),
        (
            "channel.goal.end",
            {
                "id": "12345-cool-event",
                "type": "subscription",
                "target": 220,
                "is_achieved": True,
                "started_at": "2026-07-01T14:56:49.000001+00:00",
                "ended_at": "2026-07-19T14:56:51.900000+00:00",
            },
        ),
        (
            NOTICE,
            {
                "colour": "purple",
                "name_colour": "#00FF7F",
                "badges": [{"set": "subscriber", "id": "12", "info": "16"}],
                "source": None,
            },
        ),
        (f"{NOTICE}.watch_streak", {"points": 450}),
        (f"{NOTICE}.gift_paid_upgrade", {"gifter": OTTO_NAMED}),
        (f"{NOTICE}.prime_paid_upgrade", {"tier": 2}),
        (f"{NOTICE}.pay_it_forward", {"gifter": UNKNOWN_PERSON, "recipients": [OTTO_NAMED]}),
        (f"{NOTICE}.charity_donation", {"title": "Lighthouse Trust"}),
    ],
)
def test_what_goes_into_extra(name, extra):
    assert parsed(name).extra == extra


@pytest.mark.parametrize(
    "name",
    [
        "channel.poll.end.archived",
        f"{NOTICE}.sub",
        f"{NOTICE}.resub",
        f"{NOTICE}.sub_gift",
        f"{NOTICE}.community_sub_gift",
        f"{NOTICE}.raid",
        f"{NOTICE}.unraid",
        f"{NOTICE}.modiversary",
        f"{NOTICE}.shared_chat_raid",
    ],
)
def test_what_is_told_twice_is_stored_once(name):
    assert outcome(name) is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("channel.poll.end", "Which roof?"),
        ("channel.prediction.lock", "Finished tonight?"),
        ("channel.goal.progress", "Help me get a second screen"),
        ("channel.update", "Finishing the lighthouse"),
        ("channel.ban", "spam"),
        (f"{R}.add", "a tower, please"),
        (NOTICE, "Break at nine"),
        (f"{NOTICE}.watch_streak", "five in a row"),
    ],
)
def test_what_goes_into_message(name, message):
    assert parsed(name).message == message


def test_a_message_in_chat_has_the_id_of_the_message():
    assert parsed(NOTICE).external_id == "ab24e0b0-2260-4bac-94e4-05eedd4ecd0e"
    assert parsed(f"{NOTICE}.watch_streak").external_id == "befa7b53-d79d-478f-86b9-120f112b044e"


@pytest.mark.parametrize("status", ["completed", "terminated", "moderated", None])
def test_only_an_archived_poll_ended_before(status):
    assert parsed("channel.poll.end", status=status).kind == Kind.POLL_END


def test_an_unknown_notice_is_kept_and_an_alert_of_the_other_channel_of_a_shared_chat_is_not():
    source = {"source_broadcaster_user_id": "1234", "source_broadcaster_user_login": "otto"}

    assert parsed(NOTICE, notice_type="teleport").kind == Kind.UNKNOWN
    assert outcome(f"{NOTICE}.watch_streak", **source) is None
    assert parsed(NOTICE, **source).extra["source"]["login"] == "otto"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ({"value": 1250, "decimal_place": 2, "currency": "EUR"}, (1250, "EUR")),
        ({"value": 500, "decimal_place": 0, "currency": "JPY"}, (500, "JPY")),
        ({"value": 5, "decimal_place": 0, "currency": "EUR"}, (500, "EUR")),
        ({"value": 12_345, "decimal_place": 3, "currency": "EUR"}, (1234, "EUR")),
        ({"value": 1250, "decimal_place": 2, "currency": "KWD"}, (12_500, "KWD")),
        ({"value": 1250, "decimal_place": 2, "currency": "euro"}, None),
        ({"value": 1250, "decimal_place": 99, "currency": "EUR"}, None),
        ({"value": 2**63 - 1, "decimal_place": 0, "currency": "EUR"}, None),
        ({"value": "12", "decimal_place": 0, "currency": "EUR"}, None),
        (None, None),
    ],
)
def test_money_is_minor_units_of_its_currency(amount, expected):
    event = parsed(f"{NOTICE}.charity_donation", charity_donation={"charity_name": "x", "amount": amount})

    assert (event.kind, event.amount, event.currency) == (
        (Kind.CHARITY_DONATION, *expected) if expected else (Kind.UNKNOWN, None, "")
    )


@pytest.mark.parametrize(
    ("seconds", "automatic", "expected"),
    [
        (60, True, (Kind.AD_BEGIN, 60, True)),
        ("90", "true", (Kind.AD_BEGIN, 90, True)),
        ("30", "false", (Kind.AD_BEGIN, 30, False)),
        (30, None, (Kind.AD_BEGIN, 30, False)),
        ("soon", True, (Kind.UNKNOWN, None, None)),
        (None, True, (Kind.UNKNOWN, None, None)),
    ],
)
def test_an_ad_break_in_any_spelling(seconds, automatic, expected):
    event = parsed("channel.ad_break.begin", duration_seconds=seconds, is_automatic=automatic)

    assert (event.kind, event.amount, event.extra.get("is_automatic")) == expected


@pytest.mark.parametrize(("ends_at", "seconds"), [("2026-07-19T14:56:51.4Z", 1), ("2020-01-01T00:00:00Z", 0)])
def test_a_timeout_has_whole_seconds_and_never_less_than_none(ends_at, seconds):
    assert parsed("channel.ban.timeout", ends_at=ends_at).amount == seconds


def test_a_ban_with_an_unreadable_end_is_neither_ban_nor_timeout():
    assert parsed("channel.ban", ends_at="for ever").kind == Kind.UNKNOWN


def test_a_cancelled_prediction_has_no_winner():
    assert parsed("channel.prediction.end.canceled").extra["winner"] == ""


def test_a_hype_train_nobody_contributed_to_has_nobody_on_top():
    assert parsed("channel.hype_train.begin", top_contributions=None).actor == Person()


def test_times_are_cut_to_microseconds_and_the_events_own_if_it_has_one():
    assert parsed("channel.follow").occurred_at == datetime(2026, 7, 19, 14, 56, 51, 634234, UTC)
    assert parsed("channel.cheer").occurred_at == datetime(2026, 7, 19, 14, 56, 52, tzinfo=UTC)
    assert parsed("channel.poll.progress").occurred_at == datetime(2026, 7, 19, 14, 56, 52, tzinfo=UTC)
    assert parsed("channel.prediction.lock").occurred_at == datetime(2026, 7, 19, 14, 58, 0, 100_000, UTC)


@pytest.mark.parametrize("value", ["", "yesterday", None, 7, "0001-01-01T00:00:00+14:00", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_none(value):
    assert moment(value) is None


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=2))), min_value=datetime(2000, 1, 1)))
def test_times_come_out_in_utc(at):
    assert moment(at.isoformat()) == at
    assert moment(at.isoformat()).tzinfo == UTC


def test_a_chat_message_keeps_what_drawing_it_needs():
    event = parsed("channel.chat.message")

    assert event.external_id == "cc106a89-1814-919d-454c-f4f2f970aae7"
    assert event.message == "@Otto Kappa nice Cheer100"
    assert event.fragments == (
        {"type": "mention", "text": "@Otto", "id": "1234", "login": "otto", "name": "Otto"},
        {"type": "text", "text": " "},
        {"type": "emote", "text": "Kappa", "id": "25", "animated": False},
        {"type": "text", "text": " nice "},
        {"type": "cheermote", "text": "Cheer100", "prefix": "cheer", "bits": 100, "tier": 2},
    )
    assert event.extra == {
        "colour": "#00FF7F",
        "badges": [{"set": "moderator", "id": "1", "info": ""}, {"set": "subscriber", "id": "12", "info": "16"}],
        "type": "text",
        "action": False,
        "reply": {"message_id": "b6a8", "text": "anyone here?", "user_id": "1234", "login": "otto", "name": "Otto"},
        "reward_id": "",
        "source": None,
    }
    assert event.raw is None


def test_a_resub_message_is_cut_at_its_emotes():
    assert parsed("channel.subscription.message").fragments == (
        {"type": "text", "text": "Love the stream! "},
        {"type": "emote", "text": "Kappa", "id": "25", "animated": False},
    )


@pytest.mark.parametrize("places", [None, [{"begin": 3, "end": 99}], [{"begin": 2, "end": 1}], ["x"], 7])
def test_emotes_at_impossible_places_are_text(places):
    event = parsed("channel.subscription.message", message={"text": "hello", "emotes": places})

    assert event.fragments == ({"type": "text", "text": "hello"},)


def test_me_is_unwrapped():
    words = "\x01ACTION waves\x01"
    event = parsed("channel.chat.message", message={"text": words, "fragments": [{"type": "text", "text": words}]})

    assert (event.message, event.extra["action"]) == ("waves", True)
    assert event.fragments == ({"type": "text", "text": "waves"},)


def test_shared_chat_names_the_channel_it_came_from():
    badge = {"set_id": "vip", "id": "1", "info": ""}
    source = {"source_broadcaster_user_id": "1234", "source_broadcaster_user_login": "otto", "source_badges": [badge]}

    assert parsed("channel.chat.message", **source).extra["source"] == {
        "id": "1234",
        "login": "otto",
        "name": "otto",
        "badges": [{"set": "vip", "id": "1", "info": ""}],
    }


@pytest.mark.parametrize(
    "user",
    [
        {"user_id": None, "user_login": None, "user_name": None},
        {"user_id": "", "user_login": "", "user_name": ""},
        {"user_id": "274598607", "user_login": "ananonymousgifter", "user_name": "AnAnonymousGifter"},
    ],
)
@pytest.mark.parametrize("name", ["channel.cheer", "channel.subscription.gift", f"{NOTICE}.charity_donation"])
def test_anonymous_in_all_three_spellings(name, user):
    renamed = {f"chatter_{key}": value for key, value in user.items()}

    event = parsed(name, is_anonymous=True, chatter_is_anonymous=True, **user, **renamed)

    assert event.actor == NOBODY


def test_a_long_message_survives_whole():
    words = "ä" * 10_000
    event = parsed("channel.chat.message", message={"text": words, "fragments": [{"type": "text", "text": words}]})

    assert event.message == words
    assert event.fragments == ({"type": "text", "text": words},)


def test_more_fragments_than_fit_become_one():
    pieces = [{"type": "text", "text": "x"}] * 5_000
    event = parsed("channel.chat.message", message={"text": "x" * 5_000, "fragments": pieces})

    assert event.fragments == ({"type": "text", "text": "x" * 5_000},)


def test_what_a_database_refuses_is_removed():
    event = parsed(
        "channel.cheer", user_name="J\x00u\ud800no", message="a\x00b\udfffc", odd={"k\x00": ["\ud800", 1e999]}
    )

    assert (event.actor.name, event.message) == ("Juno", "abc")
    assert event.raw["odd"] == {"k": ["", None]}


def test_a_new_type_is_stored_with_its_payload():
    message = load("channel.follow")
    message["metadata"]["subscription_type"] = "channel.teleport"
    event = parse(message, channel_id=CHANNEL)

    assert (event.kind, event.extra) == (Kind.UNKNOWN, {"type": "channel.teleport"})
    assert event.raw == message["payload"]


@pytest.mark.parametrize("name", ["channel.cheer", "channel.subscription.gift", "channel.raid"])
@pytest.mark.parametrize("value", [None, "5", -1, 2**63, True, 1.5, [], {}])
def test_an_amount_that_is_none_makes_it_unknown(name, value):
    field = {"channel.cheer": "bits", "channel.subscription.gift": "total", "channel.raid": "viewers"}[name]

    assert parsed(name, **{field: value}).kind == Kind.UNKNOWN


def test_a_repeat_without_a_usable_id_has_the_same_external_id():
    message = load("channel.follow")
    message["metadata"]["message_id"] = "x" * 500
    other = copy.deepcopy(message)
    other["payload"]["event"]["user_id"] = "1"

    first, again, different = (parse(m, channel_id=CHANNEL).external_id for m in (message, message, other))

    assert first == again != different
    assert len(first) <= 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)


def assert_storable(event: StreamEvent | None) -> None:
    assert event is not None
    assert len(event.external_id) in range(1, 201)
    assert event.occurred_at.tzinfo == UTC
    assert len(event.actor.id) <= 100
    assert len(event.actor.login) <= 100
    assert len(event.actor.name) <= 200
    assert event.amount is None or 0 <= event.amount < 2**63
    stored = json.dumps([event.message, event.fragments, event.extra, event.raw], allow_nan=False)
    assert "\\u0000" not in stored.replace("\\\\", "")
    for value in (event.external_id, event.message, event.actor.name, json.loads(stored)):
        json.dumps(value, ensure_ascii=False).encode()
    assert event.currency == "" or re.fullmatch("[A-Z]{3}", event.currency)


@given(JSON)
@example({"metadata": {"subscription_type": ["channel.follow"]}, "payload": []})
def test_garbage_never_raises(message):
    assert_storable(parse(message, channel_id=CHANNEL))


@given(st.sampled_from(sorted(path.stem for path in FIXTURES.glob("*.json"))), st.data())
def test_garbage_in_the_fields_never_raises(name, data):
    message = load(name)
    for _ in range(data.draw(st.integers(1, 4))):
        spoil(message["payload"]["event"], data)

    event = parse(message, channel_id=CHANNEL)

    if event is not None:
        assert_storable(event)


def spoil(event: dict[str, Any], data: st.DataObject) -> None:
    """Put anything in the place of one value, at any depth."""
    inner: Any = event
    while True:
        keys = sorted(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(inner[key], dict | list) or not inner[key] or data.draw(st.booleans()):
            inner[key] = data.draw(JSON)
            return
        inner = inner[key]


@given(st.sampled_from(sorted(PARSERS)), JSON)
def test_any_event_of_a_known_topic_is_something(type, event):
    message = {"metadata": {"subscription_type": type, "message_id": "1"}, "payload": {"event": event}}

    assert_storable(parse(message, channel_id=CHANNEL))


@pytest.mark.django_db(databases=["default"])
def test_everything_parsed_is_stored_as_it_is(account):
    events = [event for path in sorted(FIXTURES.glob("*.json")) if (event := outcome(path.stem))]
    events = [replace(event, external_id=f"event-{number}") for number, event in enumerate(events)]

    publish_local(account.pk, events, Origin.LIVE)

    rows = {row.external_id: row for model in (Event, ChatLine) for row in model.objects.filter(account=account)}
    assert len(rows) == len(events)
    for event in events:
        row = rows[event.external_id]
        assert {
            "kind": row.kind,
            "channel_id": row.channel_id,
            "occurred_at": row.occurred_at,
            "actor": Person(row.actor_id, row.actor_login, row.actor_name, row.actor_avatar, row.actor_anonymous),
            "amount": row.amount,
            "unit": row.unit,
            "currency": row.currency,
            "message": row.message,
            "fragments": tuple(row.fragments),
            "extra": {name: value for name, value in row.extra.items() if name != "first"},  # which the log adds
            "raw": row.raw,
        } == {name: getattr(event, name) for name in EVENT_FIELDS}


EVENT_FIELDS = (
    "kind",
    "channel_id",
    "occurred_at",
    "actor",
    "amount",
    "unit",
    "currency",
    "message",
    "fragments",
    "extra",
    "raw",
)
