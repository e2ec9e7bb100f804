from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connections.platforms.twitch.parse import PARSERS, moment, parse
from connections.platforms.twitch.topics import TOPICS
from events.enums import Kind, Unit
from events.types import Person, StreamEvent

FIXTURES = Path(__file__).parent / "fixtures"
CHANNEL = "31337"
JUNO = Person(id="4711", login="juno", name="ジュノ")
OTTO = Person(id="1234", login="otto", name="Otto")
MIRA = Person(id="31337", login="mira_plays", name="Mira_Plays")
NOBODY = Person(anonymous=True)


def load(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def parsed(name: str, **changes: Any) -> StreamEvent:
    message = load(name)
    message["payload"]["event"].update(changes)
    return parse(message, channel_id=CHANNEL)


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
    ],
)
def test_what_goes_into_extra(name, extra):
    assert parsed(name).extra == extra


def test_times_are_cut_to_microseconds_and_the_events_own_if_it_has_one():
    assert parsed("channel.follow").occurred_at == datetime(2026, 7, 19, 14, 56, 51, 634234, UTC)
    assert parsed("channel.cheer").occurred_at == datetime(2026, 7, 19, 14, 56, 52, tzinfo=UTC)


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
    source = {"source_broadcaster_user_id": "1234", "source_broadcaster_user_login": "otto"}

    assert parsed("channel.chat.message", **source).extra["source"] == {"id": "1234", "login": "otto", "name": "otto"}


@pytest.mark.parametrize(
    "user",
    [
        {"user_id": None, "user_login": None, "user_name": None},
        {"user_id": "", "user_login": "", "user_name": ""},
        {"user_id": "274598607", "user_login": "ananonymousgifter", "user_name": "AnAnonymousGifter"},
    ],
)
@pytest.mark.parametrize("name", ["channel.cheer", "channel.subscription.gift"])
def test_anonymous_in_all_three_spellings(name, user):
    assert parsed(name, is_anonymous=True, **user).actor == NOBODY


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


def assert_storable(event: StreamEvent) -> None:
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


@given(JSON)
@example({"metadata": {"subscription_type": ["channel.follow"]}, "payload": []})
def test_garbage_never_raises(message):
    assert_storable(parse(message, channel_id=CHANNEL))


@given(st.sampled_from(sorted(PARSERS)), st.data())
def test_garbage_in_the_fields_never_raises(type, data):
    message = load(type)
    event = message["payload"]["event"]
    for field in data.draw(st.sets(st.sampled_from(sorted(event)), max_size=4)):
        event[field] = data.draw(JSON)

    assert_storable(parse(message, channel_id=CHANNEL))
