from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.platforms.kick.parse import MOST_FRAGMENTS, PARSERS, TYPE, has_shape, parse
from connections.platforms.kick.topics import TOPICS
from events.domain.publish import publish_local
from events.enums import Kind, Origin, Unit
from events.models import ChatLine, Event
from events.types import Person, StreamEvent

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))
CHANNEL = "700001"
PICTURE = "https://files.kick.com/images/user/{}/profile_image/medium.webp"
JUNO = Person("721", "juno-j", "Juno_J", PICTURE.format(721))
MIRA = Person("700001", "miraplays", "MiraPlays", PICTURE.format(700001))
NOBODY = Person(anonymous=True)
OTTO_NAMED = {"id": "1234", "login": "otto", "name": "Otto"}
PAULA_NAMED = {"id": "1235", "login": "paula", "name": "Paula"}
AT, SENT_AT = datetime(2026, 10, 3, 18, tzinfo=UTC), datetime(2026, 10, 3, 18, 0, 5, tzinfo=UTC)

REDEMPTION = "channel.reward.redemption.updated"
REDEEMED = {
    "id": "01KBHE7RZNHB0SKDV1H86CD4F3",
    "reward_id": "01KBHE78QE4HZY1617DK5FC7YD",
    "title": "Build something",
    "redeemed_at": "2026-10-03T18:00:00+00:00",
}


def load(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def parsed(name: str, **changes: Any) -> StreamEvent:
    delivery = load(name)
    return parse(delivery["headers"], delivery["body"] | changes, channel_id=CHANNEL)


def test_every_topic_has_a_parser_and_a_fixture():
    assert set(TOPICS) == set(PARSERS)
    assert set(PARSERS) <= set(NAMES)


@pytest.mark.parametrize(
    ("name", "kind", "actor", "amount", "unit", "at"),
    [
        ("chat.message.sent", Kind.CHAT_MESSAGE, JUNO, None, Unit.NONE, AT),
        ("channel.followed", Kind.FOLLOW, JUNO, None, Unit.NONE, SENT_AT),
        ("channel.subscription.new", Kind.SUB, JUNO, 1, Unit.MONTHS, AT),
        ("channel.subscription.renewal", Kind.RESUB, JUNO, 7, Unit.MONTHS, AT),
        ("channel.subscription.gifts", Kind.SUB_GIFT, JUNO, 2, Unit.SUBS, AT),
        ("channel.subscription.gifts.anonymous", Kind.SUB_GIFT, NOBODY, 1, Unit.SUBS, AT),
        ("kicks.gifted", Kind.CHEER, JUNO, 500, Unit.KICKS, AT),
        (REDEMPTION, Kind.REDEMPTION, JUNO, 500, Unit.POINTS, AT),
        (f"{REDEMPTION}.accepted", Kind.REDEMPTION, JUNO, 500, Unit.POINTS, SENT_AT),
        (f"{REDEMPTION}.rejected", Kind.REDEMPTION, JUNO, 500, Unit.POINTS, SENT_AT),
        ("livestream.status.updated", Kind.STREAM_ONLINE, MIRA, None, Unit.NONE, AT),
        ("livestream.status.updated.offline", Kind.STREAM_OFFLINE, MIRA, None, Unit.NONE, AT),
        ("livestream.metadata.updated", Kind.STREAM_UPDATE, MIRA, None, Unit.NONE, SENT_AT),
        ("moderation.banned", Kind.MOD_BAN, JUNO, None, Unit.NONE, AT),
        ("moderation.banned.timeout", Kind.MOD_TIMEOUT, JUNO, 600, Unit.SECONDS, AT),
        ("unknown", Kind.UNKNOWN, Person(), None, Unit.NONE, SENT_AT),
    ],
)
def test_the_normalised_table(name, kind, actor, amount, unit, at):
    event = parsed(name)

    assert (event.kind, event.actor, event.amount, event.unit, event.occurred_at) == (kind, actor, amount, unit, at)
    assert (event.platform, event.channel_id) == ("kick", CHANNEL)


@pytest.mark.parametrize(
    ("name", "message", "extra"),
    [
        ("channel.followed", "", {}),
        ("channel.subscription.new", "", {"tier": 1}),
        ("channel.subscription.renewal", "", {}),
        ("channel.subscription.gifts", "", {"recipients": [OTTO_NAMED, PAULA_NAMED]}),
        ("channel.subscription.gifts.anonymous", "", {"recipients": [OTTO_NAMED]}),
        ("kicks.gifted", "w gg", {"gift": "Rage Quit", "type": "LEVEL_UP", "tier": "MID", "pinned_seconds": 600}),
        (REDEMPTION, "a tower, please", REDEEMED | {"status": "pending"}),
        (f"{REDEMPTION}.rejected", "a tower, please", REDEEMED | {"status": "rejected"}),
        ("livestream.status.updated", "Chill", {"started_at": "2026-10-03T18:00:00+00:00"}),
        (
            "livestream.status.updated.offline",
            "Chill",
            {"started_at": "2026-10-03T16:00:00+00:00", "ended_at": "2026-10-03T18:00:00+00:00"},
        ),
        (
            "livestream.metadata.updated",
            "Finishing the lighthouse",
            {"category_id": "15", "category": "Just Chatting", "language": "en"},
        ),
        ("moderation.banned", "spam", {"moderator": OTTO_NAMED}),
        ("moderation.banned.timeout", "caps", {"moderator": OTTO_NAMED, "ends_at": "2026-10-03T18:10:00+00:00"}),
        ("unknown", "", {"type": "channel.hosted"}),
    ],
)
def test_what_goes_into_message_and_extra(name, message, extra):
    event = parsed(name)

    assert (event.message, event.extra) == (message, extra)
    assert event.raw == load(name)["body"]


def test_an_event_has_the_id_of_its_delivery_and_a_message_its_own():
    assert parsed("channel.followed").external_id == load("channel.followed")["headers"]["kick-event-message-id"]
    assert parsed("chat.message.sent").external_id == "bb9832e4-e865-48f4-a0c3-392f78bf3b1a"


def test_a_chat_message_keeps_what_drawing_it_needs_and_no_payload():
    event = parsed("chat.message.sent")

    assert event.message == "Hello KEKW you"
    assert event.fragments == (
        {"type": "text", "text": "Hello "},
        {"type": "emote", "text": "KEKW", "id": "37226"},
        {"type": "text", "text": " you"},
    )
    assert event.extra == {
        "colour": "#FF5733",
        "badges": [{"set": "moderator", "id": "", "info": ""}, {"set": "subscriber", "id": "", "info": "3"}],
        "reply": {
            "message_id": "aa1f2c0e-4f8e-4d7d-9f1c-0b7a0e6f1d11",
            "text": "parent KEKW text",
            "user_id": "1234",
            "login": "otto",
            "name": "Otto",
        },
    }
    assert event.raw is None


def test_a_message_of_somebody_without_an_identity():
    event = parsed("chat.message.sent.plain")

    assert event.extra == {"colour": "", "badges": [], "reply": None}
    assert event.fragments == ({"type": "text", "text": "just words"},)
    assert event.occurred_at == datetime(2026, 10, 3, 7, 0, 0, 250_000, UTC)


@pytest.mark.parametrize(
    ("content", "pieces"),
    [
        ("", []),
        ("[emote:1:a][emote:2:b]", [("emote", "a"), ("emote", "b")]),
        ("[emote:1:]", [("emote", "[emote:1:]")]),
        ("[emote:x:a] [emote:1 a]", [("text", "[emote:x:a] [emote:1 a]")]),
        ("🦦[emote:1:🦦]🦦", [("text", "🦦"), ("emote", "🦦"), ("text", "🦦")]),
        ("[emote:1:a]" * (MOST_FRAGMENTS + 1), [("text", "[emote:1:a]" * (MOST_FRAGMENTS + 1))]),
    ],
)
def test_emotes_are_found_in_the_words(content, pieces):
    event = parsed("chat.message.sent", content=content, emotes=None)

    assert [(piece["type"], piece["text"]) for piece in event.fragments] == pieces
    assert event.message == "".join(words for _, words in pieces)


@pytest.mark.parametrize("status", ["fulfilled", None, 7])
def test_a_status_that_nobody_documents_is_kept(status):
    event = parsed(REDEMPTION, status=status)

    assert (event.kind, event.extra["status"]) == (Kind.REDEMPTION, status if isinstance(status, str) else "")


@pytest.mark.parametrize("ends_at", ["2025-01-01T00:00:00Z", "2026-10-03T17:59:59Z"])
def test_a_timeout_never_has_less_than_no_seconds(ends_at):
    about = load("moderation.banned")["body"]["metadata"] | {"expires_at": ends_at}

    assert parsed("moderation.banned", metadata=about).amount == 0


@pytest.mark.parametrize("never", [None, "0001-01-01T00:00:00Z"])
def test_a_ban_without_an_end_is_no_timeout(never):
    about = load("moderation.banned.timeout")["body"]["metadata"] | {"expires_at": never}

    assert parsed("moderation.banned.timeout", metadata=about).kind == Kind.MOD_BAN


@pytest.mark.parametrize("zero", ["0001-01-01T00:00:00Z", "", None, 7, "soon"])
def test_gos_zero_time_is_none(zero):
    event = parsed("livestream.status.updated", started_at=zero)

    assert (event.occurred_at, event.extra) == (SENT_AT, {})


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("chat.message.sent", {"content": None}),
        ("chat.message.sent", {"message_id": None}),
        ("channel.subscription.new", {"duration": "1"}),
        ("channel.subscription.gifts", {"giftees": []}),
        ("channel.subscription.gifts", {"giftees": 3}),
        ("kicks.gifted", {"gift": {"amount": -1}}),
        (REDEMPTION, {"reward": None}),
        (REDEMPTION, {"id": None}),
        ("livestream.status.updated", {"is_live": "yes"}),
        ("moderation.banned", {"metadata": {"expires_at": "for ever"}}),
    ],
)
def test_what_lacks_what_makes_it_is_unknown_and_kept(name, changes):
    event = parsed(name, **changes)

    assert (event.kind, event.extra) == (Kind.UNKNOWN, {"type": load(name)["headers"][TYPE]})
    assert event.raw == load(name)["body"] | changes


class TestShape:
    @pytest.mark.parametrize("name", NAMES)
    def test_every_sample_has_the_shape_of_its_type(self, name):
        delivery = load(name)

        assert has_shape(delivery["headers"][TYPE], delivery["body"])

    @pytest.mark.parametrize("name", [name for name in NAMES if name != "unknown"])
    def test_no_sample_passes_for_another(self, name):
        delivery = load(name)

        passes_for = {kind for kind in PARSERS if has_shape(kind, delivery["body"])}

        subscriptions = {"channel.subscription.new", "channel.subscription.renewal"}
        own = delivery["headers"][TYPE]
        assert passes_for == (subscriptions if own in subscriptions else {own})

    def test_what_we_do_not_know_may_look_like_anything(self):
        assert has_shape("channel.hosted", {})
        assert has_shape(None, {})


# Whatever comes

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\x00", "\ud800", "2026-10-03T18:00:00Z", "0001-01-01T00:00:00Z", "[emote:1:a]", "#FF5733"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def bent(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """A sample with some of its values replaced by anything."""
    delivery = copy.deepcopy(load(draw(st.sampled_from(NAMES))))
    for _ in range(draw(st.integers(1, 4))):
        place: Any = delivery
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
                break
            place = place[key]
        if place is not delivery:
            place[key] = draw(JSON)
    return delivery["headers"], delivery["body"]


@given(bent())
def test_bent_samples_raise_nothing(delivery):
    headers, body = delivery

    event = parse(headers, body, channel_id=CHANNEL)

    assert event.external_id
    json.dumps([event.extra, event.raw, event.fragments], allow_nan=False).encode()


@given(st.dictionaries(st.text(), JSON, max_size=3) | st.just({TYPE: "chat.message.sent"}), JSON)
def test_garbage_raises_nothing(headers, body):
    event = parse(headers, body, channel_id=CHANNEL)

    assert (event.kind, event.platform) == (Kind.UNKNOWN, "kick")


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_can_be_stored_once(account, name):
    event = parsed(name)

    [row] = publish_local(account.pk, [event, event], Origin.LIVE)

    assert (row.kind, row.amount, event.extra | row.extra) == (event.kind, event.amount, row.extra)
    assert ChatLine.objects.count() + Event.objects.count() == 1
