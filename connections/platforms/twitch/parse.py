"""EventSub payload in, event out. No network, no database, and nothing that comes in makes it raise.

Facts: https://dev.twitch.tv/docs/eventsub/eventsub-reference/. Fields that we do not know are ignored; values of the
wrong kind count as absent.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from events.enums import Kind, Unit
from events.types import Person, StreamEvent

PLATFORM = "twitch"

#: Characters that are kept. A chat message has at most 500; the rest is room for surprises.
MESSAGE_LENGTH = 16_384
NAME_LENGTH = 200
LOGIN_LENGTH = 100
ID_LENGTH = 100
EXTERNAL_ID_LENGTH = 200
MOST_FRAGMENTS = 512
MOST_BADGES = 32
RAW_LENGTH = 65_536
RAW_DEPTH = 16
LARGEST = 2**63 - 1

#: Databases refuse NUL (PostgreSQL) and halves of surrogate pairs (UTF-8).
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
ACTION = re.compile(r"\A\x01ACTION (.*?)\x01?\Z", re.DOTALL)

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """The parts of a notification that every parser needs: where, when, and the event as it came."""

    channel_id: str
    external_id: str
    sent_at: datetime
    event: Payload

    def make(self, kind: Kind, *, at: datetime | None = None, id: str = "", **fields: Any) -> StreamEvent:
        """An event with its own time and id where it has them, else the message's."""
        return StreamEvent(
            kind=kind,
            platform=PLATFORM,
            channel_id=self.channel_id,
            external_id=id or self.external_id,
            occurred_at=at or self.sent_at,
            **fields,
        )


def parse(message: Any, *, channel_id: str, now: datetime | None = None) -> StreamEvent:
    """The event of one `notification` message. What we do not understand has kind `unknown` and keeps its payload."""
    metadata, payload = mapping(mapping(message).get("metadata")), mapping(mapping(message).get("payload"))
    event = mapping(payload.get("event"))
    kind = metadata.get("subscription_type") or mapping(payload.get("subscription")).get("type")
    notice = Notice(
        channel_id=channel_id,
        external_id=external_id(metadata.get("message_id"), payload),
        sent_at=moment(metadata.get("message_timestamp")) or now or datetime.now(UTC),
        event=event,
    )
    parser = PARSERS.get(kind) if isinstance(kind, str) else None
    parsed = parser(notice) if parser else None
    if parsed is None:
        return notice.make(Kind.UNKNOWN, extra={"type": text(kind, ID_LENGTH)}, raw=raw(payload))
    return parsed


# The channel


def follow(notice: Notice) -> StreamEvent | None:
    return notice.make(
        Kind.FOLLOW, at=moment(notice.event.get("followed_at")), actor=person(notice.event), raw=raw(notice.event)
    )


def cheer(notice: Notice) -> StreamEvent | None:
    event = notice.event
    bits = number(event.get("bits"))
    if bits is None:
        return None
    return notice.make(
        Kind.CHEER,
        actor=person_or_anonymous(event),
        amount=bits,
        unit=Unit.BITS,
        message=text(event.get("message"), MESSAGE_LENGTH),
        raw=raw(event),
    )


def subscribe(notice: Notice) -> StreamEvent | None:
    """A first subscription, or a received gift: its alert is the giver's `channel.subscription.gift`."""
    event = notice.event
    tier = {"tier": tier_of(event)}
    if event.get("is_gift") is True:
        return notice.make(Kind.SUB_RECEIVED_GIFT, actor=person(event), extra=tier, raw=raw(event))
    return notice.make(Kind.SUB, actor=person(event), amount=1, unit=Unit.MONTHS, extra=tier, raw=raw(event))


def subscription_message(notice: Notice) -> StreamEvent | None:
    event = notice.event
    months = number(event.get("cumulative_months"))
    if months is None:
        return None
    message = mapping(event.get("message"))
    words = text(message.get("text"), MESSAGE_LENGTH)
    return notice.make(
        Kind.RESUB,
        actor=person(event),
        amount=months,
        unit=Unit.MONTHS,
        message=words,
        fragments=cut_at_emotes(words, message.get("emotes")),
        extra={"tier": tier_of(event), "streak": number(event.get("streak_months"))},
        raw=raw(event),
    )


def subscription_gift(notice: Notice) -> StreamEvent | None:
    event = notice.event
    total = number(event.get("total"))
    if total is None:
        return None
    return notice.make(
        Kind.SUB_GIFT,
        actor=person_or_anonymous(event),
        amount=total,
        unit=Unit.SUBS,
        extra={"tier": tier_of(event), "cumulative_total": number(event.get("cumulative_total"))},
        raw=raw(event),
    )


def subscription_end(notice: Notice) -> StreamEvent | None:
    return notice.make(
        Kind.SUB_END, actor=person(notice.event), extra={"tier": tier_of(notice.event)}, raw=raw(notice.event)
    )


def raid(notice: Notice) -> StreamEvent | None:
    event = notice.event
    viewers = number(event.get("viewers"))
    if viewers is None:
        return None
    return notice.make(
        Kind.RAID,
        actor=person(event, "from_broadcaster_user"),
        amount=viewers,
        unit=Unit.VIEWERS,
        raw=raw(event),
    )


def stream_online(notice: Notice) -> StreamEvent | None:
    event = notice.event
    started_at = moment(event.get("started_at"))
    return notice.make(
        Kind.STREAM_ONLINE,
        at=started_at,
        actor=person(event, "broadcaster_user"),
        extra={"started_at": (started_at or notice.sent_at).isoformat(), "type": text(event.get("type"), ID_LENGTH)},
        raw=raw(event),
    )


def stream_offline(notice: Notice) -> StreamEvent | None:
    return notice.make(Kind.STREAM_OFFLINE, actor=person(notice.event, "broadcaster_user"), raw=raw(notice.event))


# Chat. Its payload is not kept: it is many and says little more than the event.


def chat_message(notice: Notice) -> StreamEvent | None:
    event, content = notice.event, mapping(notice.event.get("message"))
    message_id = text(event.get("message_id"), EXTERNAL_ID_LENGTH)
    if not message_id or not isinstance(content.get("text"), str):
        return None
    words = text(content["text"], MESSAGE_LENGTH)
    pieces = fragments(content.get("fragments"), words)
    action = ACTION.match(words)  # how /me arrives
    if action:
        words, pieces = action[1], without_action(pieces)
    bits = number(mapping(event.get("cheer")).get("bits"))
    return notice.make(
        Kind.CHAT_MESSAGE,
        id=message_id,
        actor=person(event, "chatter_user"),
        amount=bits,
        unit=Unit.BITS if bits is not None else Unit.NONE,
        message=words,
        fragments=pieces,
        extra={
            "colour": colour(event.get("color")),
            "badges": badges(event.get("badges")),
            "type": text(event.get("message_type"), ID_LENGTH),
            "action": bool(action),
            "reply": reply(event.get("reply")),
            "reward_id": text(event.get("channel_points_custom_reward_id"), ID_LENGTH),
            "source": source_channel(event),
        },
    )


def chat_message_delete(notice: Notice) -> StreamEvent | None:
    message_id = text(notice.event.get("message_id"), EXTERNAL_ID_LENGTH)
    if not message_id:
        return None
    return notice.make(
        Kind.CHAT_MESSAGE_DELETED, actor=person(notice.event, "target_user"), extra={"message_id": message_id}
    )


def chat_clear_user_messages(notice: Notice) -> StreamEvent | None:
    user = person(notice.event, "target_user")
    return notice.make(Kind.CHAT_USER_CLEARED, actor=user) if user.id else None


def chat_clear(notice: Notice) -> StreamEvent | None:
    return notice.make(Kind.CHAT_CLEARED)


PARSERS: dict[str, Callable[[Notice], StreamEvent | None]] = {
    "channel.follow": follow,
    "channel.cheer": cheer,
    "channel.subscribe": subscribe,
    "channel.subscription.message": subscription_message,
    "channel.subscription.gift": subscription_gift,
    "channel.subscription.end": subscription_end,
    "channel.raid": raid,
    "stream.online": stream_online,
    "stream.offline": stream_offline,
    "channel.chat.message": chat_message,
    "channel.chat.message_delete": chat_message_delete,
    "channel.chat.clear_user_messages": chat_clear_user_messages,
    "channel.chat.clear": chat_clear,
}


# Parts of a chat message


def fragments(value: Any, words: str) -> tuple[dict[str, Any], ...]:
    """The message in pieces. One piece of text where the pieces are missing or more than fit."""
    pieces = [fragment(mapping(piece)) for piece in items(value, MOST_FRAGMENTS + 1)]
    fits = len(pieces) <= MOST_FRAGMENTS and sum(len(piece["text"]) for piece in pieces) <= MESSAGE_LENGTH
    return tuple(pieces) if pieces and fits else plain(words)


def fragment(piece: Payload) -> dict[str, Any]:
    """Emotes, mentions and cheermotes with what drawing them needs; everything else is its text."""
    words, kind = text(piece.get("text"), MESSAGE_LENGTH), piece.get("type")
    emote, mention, mote = mapping(piece.get("emote")), mapping(piece.get("mention")), mapping(piece.get("cheermote"))
    if kind == "emote" and emote:
        is_animated = "animated" in items(emote.get("format"), 4)
        return {"type": "emote", "text": words, "id": text(emote.get("id"), ID_LENGTH), "animated": is_animated}
    if kind == "mention" and mention:
        who = person(mention)
        return {"type": "mention", "text": words, "id": who.id, "login": who.login, "name": who.name}
    if kind == "cheermote" and mote:
        return {
            "type": "cheermote",
            "text": words,
            "prefix": text(mote.get("prefix"), ID_LENGTH),
            "bits": number(mote.get("bits")),
            "tier": number(mote.get("tier")),
        }
    return {"type": "text", "text": words}


def without_action(pieces: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """The pieces of a /me message without the wrapping, which is in the first and the last."""
    kept = [{**piece, "text": piece["text"].strip("\x01")} for piece in pieces]
    kept[0]["text"] = kept[0]["text"].removeprefix("ACTION ")
    return tuple(piece for piece in kept if piece["text"])


def cut_at_emotes(words: str, value: Any) -> tuple[dict[str, Any], ...]:
    """Pieces of a message whose emotes are given by position, the last character included."""
    places: list[tuple[int, int, str]] = []
    for emote in map(mapping, items(value, MOST_FRAGMENTS)):
        begin, end = number(emote.get("begin")), number(emote.get("end"))
        if begin is not None and end is not None and begin <= end < len(words):
            places.append((begin, end + 1, text(emote.get("id"), ID_LENGTH)))
    pieces: list[dict[str, Any]] = []
    at = 0
    for begin, end, emote_id in sorted(places):
        if begin >= at:  # places that overlap make no sense: the first one counts
            pieces.extend(plain(words[at:begin]))
            pieces.append({"type": "emote", "text": words[begin:end], "id": emote_id, "animated": False})
            at = end
    return (*pieces, *plain(words[at:]))


def plain(words: str) -> tuple[dict[str, Any], ...]:
    return ({"type": "text", "text": words},) if words else ()


def badges(value: Any) -> list[dict[str, str]]:
    return [
        {
            "set": text(badge.get("set_id"), ID_LENGTH),
            "id": text(badge.get("id"), ID_LENGTH),
            "info": text(badge.get("info"), ID_LENGTH),
        }
        for badge in map(mapping, items(value, MOST_BADGES))
    ]


def reply(value: Any) -> dict[str, str] | None:
    """What a reply answers; None for a message that is no reply."""
    parent = mapping(value)
    message_id = text(parent.get("parent_message_id"), EXTERNAL_ID_LENGTH)
    if not message_id:
        return None
    who = person(parent, "parent_user")
    return {
        "message_id": message_id,
        "text": text(parent.get("parent_message_body"), MESSAGE_LENGTH),
        "user_id": who.id,
        "login": who.login,
        "name": who.name,
    }


def source_channel(event: Payload) -> dict[str, str] | None:
    """In shared chat: the channel where the message was typed, if it is another one."""
    source = person(event, "source_broadcaster_user")
    if not source.id or source.id == event.get("broadcaster_user_id"):
        return None
    return {"id": source.id, "login": source.login, "name": source.name}


def colour(value: Any) -> str:
    """`#RRGGBB`, or "" for someone who never chose one."""
    return value if isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", value) else ""


# People, numbers, times


def person(event: Payload, prefix: str = "user") -> Person:
    login = text(event.get(f"{prefix}_login"), LOGIN_LENGTH)
    return Person(
        id=text(event.get(f"{prefix}_id"), ID_LENGTH),
        login=login,
        name=text(event.get(f"{prefix}_name"), NAME_LENGTH) or login,
    )


def person_or_anonymous(event: Payload) -> Person:
    """`is_anonymous` decides: beside it come nulls, empty strings or an account called "ananonymousgifter"."""
    who = person(event)
    return Person(anonymous=True) if event.get("is_anonymous") is True or not who.id else who


def tier_of(event: Payload) -> int | None:
    """1, 2 or 3 for "1000", "2000" or "3000"."""
    value = event.get("tier")
    return int(value) // 1000 if isinstance(value, str) and re.fullmatch(r"[0-9]{4}", value) else None


def number(value: Any) -> int | None:
    """A count. Not a bool, not negative, and no more than a database column holds."""
    return value if type(value) is int and 0 <= value <= LARGEST else None


def moment(value: Any) -> datetime | None:
    """An RFC 3339 time in UTC. Of its nanoseconds Python keeps the microseconds."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# Whatever came, made safe


def mapping(value: Any) -> Payload:
    return value if isinstance(value, dict) else {}


def items(value: Any, most: int) -> list[Any]:
    return value[:most] if isinstance(value, list) else []


def text(value: Any, length: int) -> str:
    """A string that every database takes, of at most `length` characters; "" for anything that is no string."""
    if not isinstance(value, str):
        return ""
    if value.isprintable():  # nothing to remove, and by far the quickest to find out
        return value[:length]
    return UNSTORABLE.sub("", value[: 2 * length])[:length]


def external_id(message_id: Any, payload: Payload) -> str:
    """The platform's message id. Without a usable one, what the payload amounts to: a repeat is the same again."""
    if isinstance(message_id, str) and message_id and text(message_id, EXTERNAL_ID_LENGTH) == message_id:
        return message_id
    content = json.dumps([repr(message_id), storable(payload)], sort_keys=True)
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()


def raw(payload: Payload) -> dict[str, Any]:
    """The payload as it came, as far as a database can hold it."""
    kept = storable(payload)
    if len(json.dumps(kept)) > RAW_LENGTH:
        return {"too_large": True}
    return kept


def storable(value: Any, depth: int = RAW_DEPTH) -> Any:
    """The value as JSON that PostgreSQL takes too: no NUL, no lone surrogate, no NaN, not endlessly deep."""
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if not isinstance(value, dict | list):
        return value
    if not depth:
        return None
    if isinstance(value, list):
        return [storable(one, depth - 1) for one in value]
    return {UNSTORABLE.sub("", str(key)): storable(one, depth - 1) for key, one in value.items()}
