from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.platforms.youtube.parse import (
    PARSERS,
    ends_chat,
    is_same_payment,
    paid_event,
    parse,
    poll_progress,
    published_at,
)
from events.domain.publish import publish_local
from events.enums import Kind, Origin, Unit
from events.models import ChatLine, Event
from events.types import Person, StreamEvent

FIXTURES = Path(__file__).parent / "fixtures"
CHANNEL = "UCmira"
NOW = datetime(2026, 10, 5, 19, tzinfo=UTC)


def load(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def names() -> list[str]:
    return sorted(path.stem for path in FIXTURES.glob("*.json"))


def changed(name: str, details: str, **values: Any) -> dict[str, Any]:
    """The item of a fixture with other details."""
    item = load(name)["item"]
    item["snippet"][details] |= values
    return item


def expected(event: dict[str, Any], item: dict[str, Any]) -> StreamEvent:
    """What a fixture says, in full: whatever is not chat keeps its payload."""
    kind = Kind(event["kind"])
    return StreamEvent(
        **event
        | {
            "kind": kind,
            "unit": Unit(event["unit"]),
            "actor": Person(**event["actor"]),
            "fragments": tuple(event["fragments"]),
            "occurred_at": datetime.fromisoformat(event["occurred_at"]),
            "platform": "youtube",
            "channel_id": CHANNEL,
            "raw": None if kind.value.startswith("chat.") else item,
        }
    )


@pytest.mark.parametrize("name", names())
def test_every_type_becomes_its_event(name):
    fixture = load(name)

    event = parse(fixture["item"], channel_id=CHANNEL)

    assert event == (fixture["event"] and expected(fixture["event"], fixture["item"]))


def test_every_type_has_a_fixture():
    assert {name.partition(".")[0] for name in names()} == {*PARSERS, "unknown"}


@pytest.mark.parametrize(
    ("micros", "currency", "amount"),
    [
        ("1990000", "EUR", 199),
        (1_990_000, "USD", 199),
        ("1", "EUR", 0),
        ("999999999999990000", "EUR", 99_999_999_999_999),
        ("1000000", "KRW", 1),
        ("1234500", "BHD", 1234),
    ],
)
def test_money_is_exact(micros, currency, amount):
    event = parse(changed("superChatEvent", "superChatDetails", amountMicros=micros, currency=currency), channel_id="c")

    assert (event.amount, event.currency) == (amount, currency)


@pytest.mark.parametrize(
    ("name", "details", "values"),
    [
        ("superChatEvent", "superChatDetails", {"amountMicros": "5.5"}),
        ("superChatEvent", "superChatDetails", {"amountMicros": "-5"}),
        ("superChatEvent", "superChatDetails", {"amountMicros": "9" * 30}),
        ("superChatEvent", "superChatDetails", {"currency": "euros"}),
        ("superStickerEvent", "superStickerDetails", {"currency": None}),
        ("textMessageEvent", "textMessageDetails", {"messageText": ["hi"]}),
        ("memberMilestoneChatEvent", "memberMilestoneChatDetails", {"memberMonth": None}),
        ("membershipGiftingEvent", "membershipGiftingDetails", {"giftMembershipsCount": -1}),
        ("giftEvent", "giftDetails", {"jewelsAmount": True}),
        ("userBannedEvent", "userBannedDetails", {"banType": "forever"}),
        ("userBannedEvent", "userBannedDetails", {"bannedUserDetails": {}}),
        ("userBannedEvent.temporary", "userBannedDetails", {"banDurationSeconds": "9" * 18}),
        ("messageDeletedEvent", "messageDeletedDetails", {"deletedMessageId": ""}),
        ("pollEvent", "pollDetails", {"status": "paused"}),
    ],
)
def test_what_cannot_be_read_is_kept_as_unknown(name, details, values):
    item = changed(name, details, **values)

    event = parse(item, channel_id=CHANNEL)

    assert (event.kind, event.extra, event.raw) == (Kind.UNKNOWN, {"type": item["snippet"]["type"]}, item)


def test_what_is_no_item_is_unknown_and_the_same_when_it_comes_again():
    first, again = (parse(["x"], channel_id=CHANNEL, now=NOW) for _ in range(2))

    assert (first.kind, first.occurred_at, first.actor) == (Kind.UNKNOWN, NOW, Person())
    assert first.external_id == again.external_id


def test_a_chat_says_that_it_has_ended():
    assert ends_chat(load("chatEndedEvent")["item"])
    assert not ends_chat(load("textMessageEvent")["item"])
    assert not ends_chat("x")


def test_when_an_item_was_published():
    assert published_at(load("tombstone")["item"]) == datetime(2026, 10, 5, 19, 0, 2, 104_366, UTC)
    assert published_at({"snippet": "x"}) is None


class TestPollProgress:
    def item(self, first: str, second: str) -> dict[str, Any]:
        options = [{"optionText": "Thatch", "tally": first}, {"optionText": "Slate", "tally": second}]
        return changed("pollEvent", "pollDetails", metadata={"questionText": "Which roof?", "options": options})

    def test_a_standing_is_an_event_of_its_own(self):
        event = poll_progress(self.item("3", "1"), channel_id=CHANNEL, now=NOW)

        assert (event.kind, event.external_id, event.occurred_at) == (Kind.POLL_PROGRESS, "LCC.poll [3,1]", NOW)
        assert [choice["votes"] for choice in event.extra["choices"]] == [3, 1]

    def test_nobody_has_voted_yet(self):
        assert poll_progress(self.item("0", "0"), channel_id=CHANNEL) is None

    @pytest.mark.parametrize("name", ["pollEvent.closed", "textMessageEvent", "chatEndedEvent", "unknown"])
    def test_nothing_else_is_a_standing(self, name):
        assert poll_progress(load(name)["item"], channel_id=CHANNEL) is None

    @pytest.mark.parametrize("item", [None, {}, [], "x"])
    def test_no_poll_is_under_way(self, item):
        assert poll_progress(item, channel_id=CHANNEL) is None


class TestPaidEvents:
    """Rows of `superChatEvents`, which name what was paid under other ids."""

    ROW: ClassVar = {
        "kind": "youtube#superChatEvent",
        "id": "SC.x",
        "snippet": {
            "channelId": CHANNEL,
            "supporterDetails": {
                "channelId": "UCfan",
                "displayName": "Fan",
                "profileImageUrl": "https://yt3.ggpht.com/x",
            },
            "commentText": "hi",
            "createdAt": "2026-10-05T19:00:03Z",
            "amountMicros": "5000000",
            "currency": "EUR",
            "displayString": "€5.00",
            "messageType": 2,
        },
    }

    def row(self, **changes: Any) -> dict[str, Any]:
        return self.ROW | {"snippet": self.ROW["snippet"] | changes}

    def test_a_super_chat_is_the_same_as_in_chat(self):
        event = paid_event(self.ROW, channel_id=CHANNEL)
        said = parse(load("superChatEvent")["item"], channel_id=CHANNEL)

        assert (event.kind, event.amount, event.unit, event.currency, event.message, event.actor) == (
            said.kind,
            said.amount,
            said.unit,
            said.currency,
            said.message,
            said.actor,
        )
        assert (event.external_id, event.extra["tier"], event.extra["type"]) == ("SC.x", 2, "superchat")
        assert is_same_payment(event, said)

    def test_a_super_sticker(self):
        sticker = {"stickerId": "otter", "altText": "An otter"}

        event = paid_event(self.row(isSuperStickerEvent=True, superStickerMetadata=sticker), channel_id=CHANNEL)

        assert (event.message, event.extra["type"], event.extra["sticker_id"]) == ("An otter", "supersticker", "otter")

    @pytest.mark.parametrize(
        "changes",
        [
            {"amountMicros": "6000000"},
            {"currency": "USD"},
            {"createdAt": "2026-10-05T19:00:09Z"},
            {"supporterDetails": 5},
        ],
    )
    def test_another_payment(self, changes):
        event = paid_event(self.row(**changes), channel_id=CHANNEL)

        assert not is_same_payment(event, parse(load("superChatEvent")["item"], channel_id=CHANNEL))

    @pytest.mark.parametrize("row", [None, {}, "x", {"id": "SC.x"}, {"id": "", "snippet": ROW["snippet"]}])
    def test_what_cannot_be_read(self, row):
        assert paid_event(row, channel_id=CHANNEL) is None

    def test_money_that_is_none(self):
        assert paid_event(self.row(amountMicros=None), channel_id=CHANNEL) is None


# Whatever comes

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\x00", "\ud800", "EUR", "5000000", "permanent", "temporary", "active", "2026-10-05T19:00:00Z"])
    | st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:00"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def keys_of(value: Any) -> set[str]:
    """Every name in the fixtures."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


KEYS = sorted(set().union(*(keys_of(load(name)["item"]) for name in names())))


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """An item of a fixture with some of its values replaced or missing."""
    item = load(draw(st.sampled_from(names())))["item"]
    for _ in range(draw(st.integers(1, 4))):
        places = list(walk(item))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        if draw(st.booleans()):
            holder[key] = draw(VALUES)
        else:
            del holder[key]
    return item


def walk(value: Any):
    """Every place in a payload, as (what holds it, under which name)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key
            yield from walk(inner)


made_up = st.dictionaries(st.sampled_from(KEYS), VALUES | st.dictionaries(st.sampled_from(KEYS), VALUES), max_size=6)


@given(st.one_of(VALUES, spoiled(), made_up))
def test_nothing_that_comes_in_makes_it_raise(item):
    event = parse(item, channel_id=CHANNEL)
    poll_progress(item, channel_id=CHANNEL)
    paid_event(item, channel_id=CHANNEL)
    ends_chat(item)
    published_at(item)

    assert event is None or (
        0 < len(event.external_id) <= 200
        and event.occurred_at.tzinfo is UTC
        and (event.amount is None or 0 <= event.amount < 2**63)
    )


@pytest.mark.django_db
def test_every_event_can_be_stored(account):
    events = [event for name in names() if (event := parse(load(name)["item"], channel_id=CHANNEL))]
    # Many fixtures have the id of the fact sheet's sample.
    distinct = {event.external_id: event for event in events}

    publish_local(account.pk, list(distinct.values()), Origin.TEST)

    assert Event.objects.count() + ChatLine.objects.count() == len(distinct)
