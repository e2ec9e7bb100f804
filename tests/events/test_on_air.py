"""What viewers may see of what happened."""

from __future__ import annotations

import json

import pytest

from events import on_air
from events.enums import Kind, Log, Origin, Unit
from events.models import ChatLine
from events.payloads import encoded_row, payload
from events.types import Person
from tests.factories import make_event

pytestmark = pytest.mark.django_db

JUNO = Person(id="2002", login="juno", name="Juno", avatar="https://cdn.example/juno.png")


def told(account, kind: Kind = Kind.FOLLOW, **fields):
    return on_air.on_air(payload(make_event(account=account, kind=kind, origin=Origin.LIVE, **fields)))


def test_an_event_has_what_is_shown_and_nobodys_id(account):
    event = told(
        account,
        Kind.SUB_GIFT,
        external_id="gift-1",
        actor=JUNO,
        amount=2,
        unit=Unit.SUBS,
        extra={
            "tier": 2,
            "recipients": [{"id": "7", "login": "kai", "name": "Kai"}, {"id": "8", "login": "mo", "name": ""}],
            "moderator": {"id": "9", "login": "ben", "name": "Ben"},
            "reward_id": "r-1",
        },
    )

    assert event["type"] == "sub.gift"
    assert event["data"] | {"occurred_at": None} == {
        "id": "gift-1",
        "platform": "twitch",
        "origin": "live",
        "occurred_at": None,
        "amount": 2,
        "unit": "subs",
        "currency": "",
        "actor": {"name": "Juno", "avatar": "https://cdn.example/juno.png", "anonymous": False},
        "message": "",
        "fragments": [],
        "extra": {"tier": 2, "recipients": [{"name": "Kai"}, {"name": "mo"}]},
    }


def test_a_line_of_chat_names_its_author_by_id_so_that_it_can_be_removed(account):
    line = told(
        account,
        Kind.CHAT_MESSAGE,
        actor=JUNO,
        message="@Kai hi",
        fragments=(
            {"type": "mention", "text": "@Kai", "name": "Kai", "id": "7", "login": "kai"},
            {"type": "emote", "text": " hi", "id": "e1", "url": "https://cdn.example/e1"},
        ),
        extra={
            "colour": "#ff0000",
            "reply": {"id": "7", "login": "kai", "name": "Kai", "text": "hello"},
            "source": None,
        },
    )

    data = line["data"]
    assert data["actor"]["id"] == "2002"
    assert data["fragments"] == [
        {"type": "mention", "text": "@Kai", "name": "Kai"},
        {"type": "emote", "text": " hi", "id": "e1", "url": "https://cdn.example/e1"},
    ]
    assert data["extra"] == {"colour": "#ff0000", "reply": {"name": "Kai", "text": "hello"}, "first": True}


def test_a_removed_line_is_nobodys_to_see(account):
    make_event(account=account, kind=Kind.CHAT_MESSAGE, origin=Origin.LIVE, external_id="m1", message="rude")

    removal = make_event(
        account=account, kind=Kind.CHAT_MESSAGE_DELETED, origin=Origin.LIVE, actor=JUNO, extra={"message_id": "m1"}
    )

    line = ChatLine.objects.get(external_id="m1")
    assert on_air.on_air(payload(line)) is None
    assert on_air.on_air(payload(removal)) == {
        "seq": removal.seq,
        "type": "chat.message_deleted",
        "data": {"platform": "twitch", "actor": {"id": "2002"}, "extra": {"message_id": "m1"}},
    }


@pytest.mark.parametrize(
    "kind",
    sorted({kind for kind in Kind if kind.log is Log.EVENTS} - on_air.EVENTS),
)
def test_other_kinds_are_not_told(account, kind):
    assert told(account, kind) is None


def test_what_moderators_and_tools_do_is_among_those():
    hidden = {Kind.MOD_BAN, Kind.MOD_TIMEOUT, Kind.TOOL_EVENT, Kind.SOURCE_GAP, Kind.UNKNOWN, Kind.SUB_END}

    assert hidden & on_air.EVENTS == set()


def test_a_row_that_is_not_told_leaves_no_trace(account):
    ban = make_event(account=account, kind=Kind.MOD_BAN, origin=Origin.LIVE, actor=JUNO)

    assert on_air.row(encoded_row(payload(ban))) == ""
    assert on_air.row("") == ""


def test_a_row_that_was_cut_is_told_all_the_same(account):
    line = make_event(account=account, kind=Kind.CHAT_MESSAGE, origin=Origin.LIVE, message="x" * 70_000)

    assert json.loads(on_air.row(encoded_row(payload(line))))["data"]["message"] == "x" * 3_000


def test_of_a_channel_its_state_is_told_and_of_a_source_nothing():
    status = {"platform": "twitch", "live": True, "live_since": None, "viewers": 3, "title": "T", "category": "C"}
    hidden = {"channel_id": "31337", "channel_name": "ada", "updated_at": "2026-05-01T12:00:00+00:00"}

    told = on_air.state({"id": "twitch", "type": "channel.status", "data": status | hidden})

    assert told == {"id": "twitch", "type": "channel.status", "data": status}
    assert on_air.state({"id": "x", "type": "source.health", "data": {"failure": "secret"}}) is None
    assert on_air.state({"id": "x", "type": "connection.changed", "data": {"platform": "twitch"}}) is None
