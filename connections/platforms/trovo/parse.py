"""One entry of Trovo's chat in, event out. No network, no database, and nothing that comes in makes it raise.

Facts: https://developer.trovo.live/docs/Chat.html, where the types of an entry are listed. Nothing there is real money:
spells are paid in mana, which viewers collect, and elixir, which they buy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connections.platforms.trovo.api import picture
from events.enums import Kind, Origin, Unit
from events.types import Person, StreamEvent
from lumio.lib.payload import (
    ID_LENGTH,
    LARGEST,
    LOGIN_LENGTH,
    NAME_LENGTH,
    TITLE_LENGTH,
    Payload,
    Unreadable,
    external_id,
    items,
    mapping,
    needed,
    number_in_any_spelling,
    one_piece,
    raw,
    text,
)

PLATFORM = "trovo"

MESSAGE_LENGTH = 4_096
AVATAR_LENGTH = 400
MOST_ENTRIES = 500
MOST_ROLES = 32
#: The last moment that a date may have, in Unix seconds.
LAST_MOMENT = 253_402_300_799

UNITS = {"mana": Unit.MANA, "elixir": Unit.ELIXIR}
#: Messages that somebody paid to have stand out, by their type.
MAGIC = {6: "super_cap", 7: "colourful", 8: "spell", 9: "bullet_screen"}
#: System lines, somebody who comes in, the platform's own activities, and unfollows.
NOTHING = frozenset({5002, 5004, 5007, 5013})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a frame as it came, and what all parsers read of it."""

    channel_id: str
    type: int | None
    data: Payload
    sent_at: datetime

    @property
    def content(self) -> str:
        return text(self.data.get("content"), MESSAGE_LENGTH)

    @property
    def details(self) -> Payload:
        """`content_data`, an object that some servers send as the JSON of one."""
        return _object(self.data.get("content_data"))

    @property
    def actor(self) -> Person:
        login = text(self.data.get("user_name"), LOGIN_LENGTH)
        return Person(
            id=_id(self.data.get("sender_id")) or _id(self.data.get("uid")),
            login=login,
            name=text(self.data.get("nick_name"), NAME_LENGTH) or login,
            avatar=picture(text(self.data.get("avatar"), AVATAR_LENGTH)),
        )

    def make(self, kind: Kind, **fields: Any) -> StreamEvent:
        return StreamEvent(
            kind=kind,
            platform=PLATFORM,
            channel_id=self.channel_id,
            external_id=external_id(self.data.get("message_id"), self.data),
            occurred_at=self.sent_at,
            raw=None if kind is Kind.CHAT_MESSAGE else raw(self.data),
            **{"actor": self.actor} | fields,
        )


Parser = Callable[[Entry], StreamEvent | None]


def parse_frame(frame: Any, *, channel_id: str, since: datetime) -> list[tuple[StreamEvent, Origin]]:
    """What a CHAT frame tells, with where it came from: what was sent before `since` is history, which is when we
    connected by Trovo's clock.

    So is all of a frame that names no channel or has 0 as the second part of its `eid`.
    """
    data = mapping(mapping(frame).get("data"))
    named = mapping(mapping(frame).get("channel_info")).get("channel_id")
    is_history = not named or text(data.get("eid"), ID_LENGTH).split("_")[1:2] == ["0"]
    found = []
    for entry in map(mapping, items(data.get("chats"), MOST_ENTRIES)):
        event = parse(entry, channel_id=channel_id)
        if event is not None:
            sent_at = unix_moment(entry.get("send_time"))
            is_old = sent_at is not None and sent_at < since.replace(microsecond=0)
            found.append((event, Origin.REPLAY if is_history or is_old else Origin.LIVE))
    return found


def parse(data: Payload, *, channel_id: str, now: datetime | None = None) -> StreamEvent | None:
    """The event of one entry, or None for one that tells nothing.

    What we do not understand has kind `unknown` and keeps its payload.
    """
    kind = number_in_any_spelling(data.get("type"))
    entry = Entry(channel_id, kind, data, unix_moment(data.get("send_time")) or now or datetime.now(UTC))
    if kind in NOTHING:
        return None
    try:
        return PARSERS.get(kind, unknown)(entry)
    except Unreadable:
        return entry.make(Kind.UNKNOWN, extra={"type": "" if kind is None else str(kind)})


def unknown(entry: Entry) -> StreamEvent:
    raise Unreadable


# Chat


def message(entry: Entry) -> StreamEvent:
    words = needed(entry.content)
    return entry.make(
        Kind.CHAT_MESSAGE,
        message=words,
        fragments=one_piece(words),
        extra={"badges": badges(entry.data), "type": MAGIC.get(entry.type or 0, "text")},
    )


def badges(data: Payload) -> list[dict[str, str]]:
    """One for each role. `info` of a subscriber's is the level, which grows with the months."""
    roles = filter(None, (text(value, ID_LENGTH) for value in items(data.get("roles"), MOST_ROLES)))
    tier, level = text(data.get("sub_tier"), ID_LENGTH), text(data.get("sub_lv"), ID_LENGTH)
    known = {"subscriber": {"id": tier or "1", "info": level}}
    return [{"set": role, "id": "1", "info": ""} | known.get(role, {}) for role in roles]


# Spells and gifts


def spell(entry: Entry) -> StreamEvent:
    """A spell, also one of the channel's own. Without readable content it is that text and no amount."""
    gift = _object(entry.data.get("content"))
    unit = UNITS.get(text(gift.get("value_type"), ID_LENGTH).lower(), Unit.NONE)
    return _gift(entry, gift, "gift_value", unit, text(gift.get("gift"), TITLE_LENGTH))


def gift_of_another_kind(entry: Entry) -> StreamEvent:
    """Seen in 2023 and never documented: what its price is counted in is not known."""
    return _gift(entry, _object(entry.data.get("content")), "price", Unit.NONE, "")


def _gift(entry: Entry, gift: Payload, price: str, unit: Unit, name: str) -> StreamEvent:
    count, each = (number_in_any_spelling(gift.get(field)) for field in ("num", price))
    extra = {"gift": name, "count": count}
    amount = count * each if count is not None and each is not None else None
    if amount is None or amount > LARGEST:
        return entry.make(Kind.CHEER, message="" if gift else entry.content, extra=extra)
    return entry.make(Kind.CHEER, amount=amount, unit=unit, extra=extra)


# Subscriptions


def subscription(entry: Entry) -> StreamEvent:
    """A first one or another: `isReSub` says which, or else the text."""
    again = number_in_any_spelling(entry.details.get("isReSub"))
    is_again = again == 1 if again is not None else "renewed subscription" in entry.content.lower()
    tier = {"tier": number_in_any_spelling(entry.data.get("sub_tier"))}
    if not is_again:
        return entry.make(Kind.SUB, amount=1, unit=Unit.MONTHS, extra=tier)
    months = re.search(r"[0-9]{1,4}", entry.content)
    if months is None:
        return entry.make(Kind.RESUB, extra=tier)
    return entry.make(Kind.RESUB, amount=int(months[0]), unit=Unit.MONTHS, extra=tier)


def gift_subscriptions(entry: Entry) -> StreamEvent:
    """Several at once, to whoever is there. Each of them follows as `gift_subscription`."""
    return entry.make(
        Kind.SUB_GIFT, amount=needed(number_in_any_spelling(entry.content or None)), unit=Unit.SUBS, extra={}
    )


def gift_subscription(entry: Entry) -> StreamEvent:
    """One of them: who gave it, and in the text the name of who got it, behind a number of uncertain meaning."""
    receiver = needed(entry.content.partition(",")[2].strip())
    return entry.make(
        Kind.SUB_RECEIVED_GIFT, actor=Person(name=receiver[:NAME_LENGTH]), extra={"gifter": entry.actor.named}
    )


# Viewers and the stream


def follow(entry: Entry) -> StreamEvent:
    return entry.make(Kind.FOLLOW)


def raid(entry: Entry) -> StreamEvent:
    viewers = needed(number_in_any_spelling(entry.details.get("raiderNum")))
    return entry.make(Kind.RAID, amount=viewers, unit=Unit.VIEWERS)


def stream(entry: Entry) -> StreamEvent:
    channel = Person(id=entry.channel_id)
    match entry.content:
        case "stream_on":
            started = {"started_at": entry.sent_at.isoformat(), "type": "live"}
            return entry.make(Kind.STREAM_ONLINE, actor=channel, extra=started)
        case "stream_off":
            return entry.make(Kind.STREAM_OFFLINE, actor=channel)
    raise Unreadable


PARSERS: dict[int | None, Parser] = {
    0: message,
    **dict.fromkeys(MAGIC, message),
    5: spell,
    5009: spell,
    19: gift_of_another_kind,
    5001: subscription,
    5003: follow,
    5005: gift_subscriptions,
    5006: gift_subscription,
    5008: raid,
    5012: stream,
}


def _object(value: Any) -> Payload:
    """An object, or the one that a string is the JSON of; an empty one for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return mapping(value)


def _id(value: Any) -> str:
    """Ids are numbers here and strings elsewhere; 0 is nobody's."""
    known = number_in_any_spelling(value)
    return str(known) if known else ""


def unix_moment(value: Any) -> datetime | None:
    """A time in seconds since 1970; None for none, or one that no calendar has."""
    seconds = number_in_any_spelling(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds and seconds <= LAST_MOMENT else None
