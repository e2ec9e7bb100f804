from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.platforms.trovo.parse import NOTHING, PARSERS, parse, parse_frame
from events.enums import Kind, Origin
from events.types import Person, StreamEvent
from tests.connections.trovo.conftest import STREAMER
from tests.connections.twitch.test_parse import JSON, assert_storable, spoil

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))
SENT_AT = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)


def load(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def parsed(name: str, **changes: Any) -> StreamEvent:
    event = parse(load(name)["entry"] | changes, channel_id=STREAMER)
    assert event is not None
    return event


def test_every_type_has_a_fixture():
    assert {int(name.partition(".")[0]) for name in NAMES} == {*PARSERS, *NOTHING, 9999}


@pytest.mark.parametrize("name", NAMES)
def test_the_normalised_table(name):
    sample = load(name)

    event = parse(sample["entry"], channel_id=STREAMER)

    if sample["event"] is None:
        assert event is None
        return
    actor = asdict(event.actor)
    actor.pop("anonymous")
    shown = {field: getattr(event, field) for field in ("kind", "amount", "unit", "message", "extra")}
    assert shown | {"actor": actor} == sample["event"]
    assert (event.platform, event.channel_id, event.currency) == ("trovo", STREAMER, "")
    assert (event.external_id, event.occurred_at) == (sample["entry"]["message_id"], SENT_AT)
    assert event.raw == (None if event.kind == Kind.CHAT_MESSAGE else sample["entry"])


def test_a_message_is_one_piece():
    assert parsed("0.chat").fragments == ({"type": "text", "text": "hello :hi"},)


@pytest.mark.parametrize("content", [None, "", 7, {"a": 1}])
def test_a_message_without_words_is_unknown(content):
    assert parsed("0.chat", content=content).kind == Kind.UNKNOWN


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("5005.gifts", {"content": "some"}),
        ("5006.gift", {"content": "Juno"}),
        ("5008.raid", {"content_data": {}}),
        ("5008.raid", {"content_data": {"raiderNum": -1}}),
        ("5012.online", {"content": "stream_maybe"}),
    ],
)
def test_what_lacks_what_makes_it_is_unknown(name, changes):
    event = parsed(name, **changes)

    assert (event.kind, event.extra) == (Kind.UNKNOWN, {"type": name.partition(".")[0]})
    assert event.raw == load(name)["entry"] | changes


@pytest.mark.parametrize("amounts", [{"num": None}, {"gift_value": "many"}, {"num": 2**62, "gift_value": 4}])
def test_a_spell_without_a_number_has_no_amount(amounts):
    gift = json.loads(load("5.spell")["entry"]["content"]) | amounts

    event = parsed("5.spell", content=json.dumps(gift))

    assert (event.kind, event.amount, event.unit, event.message) == (Kind.CHEER, None, "", "")
    assert event.extra["gift"] == "Winner"


def test_a_sender_without_a_name_is_the_login():
    assert parsed("0.chat", nick_name="", sender_id="100400500", avatar="").actor == Person(
        id="100400500", login="milo", name="milo"
    )


@pytest.mark.parametrize("message_id", [None, "", 7, "x" * 201])
def test_without_an_id_the_same_entry_is_the_same_event(message_id):
    first, again = (parsed("0.chat", message_id=message_id) for _ in range(2))
    other = parsed("0.chat", message_id=message_id, content="another")

    assert first.external_id == again.external_id != other.external_id


@pytest.mark.parametrize("sent", [None, 0, "soon", 10**15])
def test_an_entry_without_a_usable_time_happened_now(sent):
    now = datetime(2026, 1, 1, tzinfo=UTC)

    event = parse(load("0.chat")["entry"] | {"send_time": sent}, channel_id=STREAMER, now=now)

    assert event is not None
    assert event.occurred_at == now


class TestFrames:
    FRAME = {
        "type": "CHAT",
        "channel_info": {"channel_id": STREAMER},
        "data": {"eid": f"1760000000000001_{STREAMER}_2887000001_1", "chats": [load("0.chat")["entry"]]},
    }

    def origins(self, frame: dict[str, Any], since: datetime = SENT_AT) -> list[Origin]:
        return [origin for _, origin in parse_frame(frame, channel_id=STREAMER, since=since)]

    def test_what_was_sent_since_is_live(self):
        assert self.origins(self.FRAME) == [Origin.LIVE]
        assert self.origins(self.FRAME, SENT_AT + timedelta(milliseconds=900)) == [Origin.LIVE]

    def test_what_was_sent_before_is_history(self):
        assert self.origins(self.FRAME, SENT_AT + timedelta(seconds=1)) == [Origin.REPLAY]

    @pytest.mark.parametrize("sent", [None, "soon"])
    def test_what_has_no_time_is_live(self, sent):
        frame = {**self.FRAME, "data": {"chats": [load("0.chat")["entry"] | {"send_time": sent}]}}

        assert self.origins(frame, datetime.now(UTC) + timedelta(minutes=10)) == [Origin.LIVE]

    def test_a_frame_of_no_channel_is_history(self):
        assert self.origins({**self.FRAME, "channel_info": None}) == [Origin.REPLAY]

    def test_an_eid_without_a_channel_is_history(self):
        data = {**self.FRAME["data"], "eid": "1760000000000001_0_2887000001_1"}

        assert self.origins({**self.FRAME, "data": data}) == [Origin.REPLAY]

    def test_several_entries_stay_in_order_and_what_tells_nothing_is_left_out(self):
        chats = [load(name)["entry"] for name in ("5003.follow", "5004.entered", "0.chat")]

        found = parse_frame({**self.FRAME, "data": {"chats": chats}}, channel_id=STREAMER, since=SENT_AT)

        assert [event.kind for event, _ in found] == [Kind.FOLLOW, Kind.CHAT_MESSAGE]

    @given(JSON)
    def test_garbage_never_raises(self, frame):
        for event, _ in parse_frame(frame, channel_id=STREAMER, since=SENT_AT):
            assert_storable(event)


@given(st.sampled_from(NAMES), st.data())
def test_garbage_in_the_fields_never_raises(name, data):
    entry = load(name)["entry"]
    for _ in range(data.draw(st.integers(1, 4))):
        spoil(entry, data)

    event = parse(entry, channel_id=STREAMER)

    if event is not None:
        assert_storable(event)


@given(st.sampled_from(sorted(PARSERS, key=str)), JSON, JSON)
def test_any_content_of_a_known_type_is_something(type, content, details):
    entry = {"type": type, "content": content, "content_data": details}

    assert_storable(parse(entry, channel_id=STREAMER))
