"""What Kick delivers in, event out. No network, no database, and nothing that comes in makes it raise.

Facts: https://docs.kick.com/events/event-types. Fields that we do not know are ignored; values of the wrong kind count
as absent. A parser that cannot do without a value raises Unreadable: the event is then `unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connections.platforms.gifts import MOST_NAMES
from connections.platforms.notices import Notice
from events.enums import Kind, Unit
from events.types import Person, StreamEvent
from lumio.lib.payload import (
    EXTERNAL_ID_LENGTH,
    ID_LENGTH,
    LOGIN_LENGTH,
    NAME_LENGTH,
    TITLE_LENGTH,
    Payload,
    Unreadable,
    colour,
    external_id,
    items,
    mapping,
    moment,
    needed,
    number,
    one_piece,
    text,
)

PLATFORM = "kick"

# Headers, by their names in lower case.
MESSAGE_ID = "kick-event-message-id"
SUBSCRIPTION_ID = "kick-event-subscription-id"
SIGNATURE = "kick-event-signature"
TIMESTAMP = "kick-event-message-timestamp"
TYPE = "kick-event-type"

#: Characters that are kept. A chat message has at most 500, its emotes not counted.
MESSAGE_LENGTH = 16_384
MOST_FRAGMENTS = 512
MOST_BADGES = 32
AVATAR_LENGTH = 500

#: How emotes stand in a message. The list of them beside it is often missing.
EMOTE = re.compile(r"\[emote:(\d{1,20}):([^\]]*)\]", re.ASCII)
#: Kick began in 2022: what is older is no time, but how Go writes that there is none.
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)

Parser = Callable[[Notice], StreamEvent]


def parse(headers: Mapping[str, Any], body: Any, *, channel_id: str, now: datetime | None = None) -> StreamEvent:
    """The event of one delivery; what we do not understand has kind `unknown` and keeps its payload.

    A redemption is always one that is new: whether its id came before is for whoever remembers.
    """
    event, kind = mapping(body), headers.get(TYPE)
    notice = Notice(
        platform=PLATFORM,
        channel_id=channel_id,
        external_id=external_id(headers.get(MESSAGE_ID), event),
        sent_at=when(headers.get(TIMESTAMP)) or now or datetime.now(UTC),
        event=event,
    )
    try:
        return _topic(kind).parser(notice)
    except Unreadable:
        return notice.make(Kind.UNKNOWN, extra={"type": text(kind, ID_LENGTH)})


def has_shape(kind: Any, body: Payload) -> bool:
    """Whether a body may be of that type: the type is not signed, and somebody may have written another one over it.

    Of types that we do not know every body is.
    """
    try:
        *way, part = _topic(kind).part
    except Unreadable:
        return True
    for name in way:
        body = mapping(body.get(name))
    return body.get(part) is not None


# Chat


def message(notice: Notice) -> StreamEvent:
    event, sender = notice.event, mapping(notice.event.get("sender"))
    if not isinstance(event.get("content"), str):
        raise Unreadable
    pieces = fragments(event["content"])
    identity = mapping(sender.get("identity"))
    return notice.make(
        Kind.CHAT_MESSAGE,
        at=when(event.get("created_at")),
        id=needed(text(event.get("message_id"), EXTERNAL_ID_LENGTH)),
        actor=person(sender),
        message=words(pieces),
        fragments=pieces,
        extra={
            "colour": colour(identity.get("username_color")),
            "badges": badges(identity.get("badges")),
            "reply": reply(event.get("replies_to")),
        },
    )


def fragments(content: Any) -> tuple[dict[str, Any], ...]:
    """A message in pieces. One piece of text where there are more than fit."""
    content = text(content, MESSAGE_LENGTH)
    pieces: list[dict[str, Any]] = []
    at = 0
    for found in EMOTE.finditer(content):
        pieces.extend(one_piece(content[at : found.start()]))
        pieces.append({"type": "emote", "text": found[2] or found[0], "id": found[1]})
        at = found.end()
    pieces.extend(one_piece(content[at:]))
    return tuple(pieces) if len(pieces) <= MOST_FRAGMENTS else one_piece(content)


def words(pieces: tuple[dict[str, Any], ...]) -> str:
    """What a message says to a reader: emotes by their names."""
    return "".join(piece["text"] for piece in pieces)


def badges(value: Any) -> list[dict[str, str]]:
    """Kick has no versions of a badge and no pictures: `info` is how many, of months or of gifts."""
    return [
        {"set": text(badge.get("type"), ID_LENGTH), "id": "", "info": "" if count is None else str(count)}
        for badge, count in ((badge, number(badge.get("count"))) for badge in map(mapping, items(value, MOST_BADGES)))
    ]


def reply(value: Any) -> dict[str, str] | None:
    """What a reply answers; None for a message that is no reply."""
    parent = mapping(value)
    message_id = text(parent.get("message_id"), EXTERNAL_ID_LENGTH)
    if not message_id:
        return None
    who = person(parent.get("sender"))
    return {
        "message_id": message_id,
        "text": words(fragments(parent.get("content"))),
        "user_id": who.id,
        "login": who.login,
        "name": who.name,
    }


# Viewers


def follow(notice: Notice) -> StreamEvent:
    return notice.make(Kind.FOLLOW, actor=person(notice.event.get("follower")))


def subscription(kind: Kind, **extra: Any) -> Parser:
    def parser(notice: Notice) -> StreamEvent:
        event = notice.event
        return notice.make(
            kind,
            at=when(event.get("created_at")),
            actor=person(event.get("subscriber")),
            amount=needed(number(event.get("duration"))),
            unit=Unit.MONTHS,
            extra=dict(extra),
        )

    return parser


def gift(notice: Notice) -> StreamEvent:
    """A gift names its recipients itself, however many there are."""
    event = notice.event
    giftees = event.get("giftees")
    if not isinstance(giftees, list):
        raise Unreadable
    return notice.make(
        Kind.SUB_GIFT,
        at=when(event.get("created_at")),
        actor=person(event.get("gifter")),
        amount=needed(len(giftees) or None),
        unit=Unit.SUBS,
        extra={"recipients": [person(giftee).named for giftee in giftees[:MOST_NAMES]]},
    )


def kicks(notice: Notice) -> StreamEvent:
    event, given = notice.event, mapping(notice.event.get("gift"))
    pieces = fragments(given.get("message"))
    return notice.make(
        Kind.CHEER,
        at=when(event.get("created_at")),
        actor=person(event.get("sender")),
        amount=needed(number(given.get("amount"))),
        unit=Unit.KICKS,
        message=words(pieces),
        fragments=pieces,
        extra={
            "gift": text(given.get("name"), TITLE_LENGTH),
            "type": text(given.get("type"), ID_LENGTH),
            "tier": text(given.get("tier"), ID_LENGTH),
            "pinned_seconds": number(given.get("pinned_time_seconds")),
        },
    )


def redemption(notice: Notice) -> StreamEvent:
    """A reward that skips the queue is `accepted` at once; what was decided later happened when it was sent."""
    event, reward = notice.event, mapping(notice.event.get("reward"))
    status, redeemed_at = text(event.get("status"), ID_LENGTH).lower(), when(event.get("redeemed_at"))
    return notice.make(
        Kind.REDEMPTION,
        at=redeemed_at if status == "pending" else None,
        actor=person(event.get("redeemer")),
        amount=needed(number(reward.get("cost"))),
        unit=Unit.POINTS,
        message=text(event.get("user_input"), MESSAGE_LENGTH),
        extra={
            "id": needed(text(event.get("id"), ID_LENGTH)),
            "reward_id": text(reward.get("id"), ID_LENGTH),
            "title": text(reward.get("title"), TITLE_LENGTH),
            "status": status,
            "redeemed_at": redeemed_at.isoformat() if redeemed_at else None,
        },
    )


# Moderation


def ban(notice: Notice) -> StreamEvent:
    """A ban, or with an end a timeout."""
    event, about = notice.event, mapping(notice.event.get("metadata"))
    since = when(about.get("created_at"))
    moderator = {"moderator": person(event.get("moderator")).named}
    fields: dict[str, Any] = {
        "at": since,
        "actor": person(event.get("banned_user")),
        "message": text(about.get("reason"), MESSAGE_LENGTH),
    }
    ends_at = about.get("expires_at")
    until = when(ends_at)
    if until is None and (ends_at is None or moment(ends_at)):
        return notice.make(Kind.MOD_BAN, extra=moderator, **fields)
    until = needed(until)
    return notice.make(
        Kind.MOD_TIMEOUT,
        amount=max(round((until - (since or notice.sent_at)).total_seconds()), 0),
        unit=Unit.SECONDS,
        extra=moderator | {"ends_at": until.isoformat()},
        **fields,
    )


# The stream


def stream_status(notice: Notice) -> StreamEvent:
    event, is_live = notice.event, notice.event.get("is_live")
    if not isinstance(is_live, bool):
        raise Unreadable
    times = {name: when(event.get(name)) for name in ("started_at", "ended_at")}
    return notice.make(
        Kind.STREAM_ONLINE if is_live else Kind.STREAM_OFFLINE,
        at=times["started_at" if is_live else "ended_at"],
        actor=person(event.get("broadcaster")),
        message=text(event.get("title"), MESSAGE_LENGTH),
        extra={name: at.isoformat() for name, at in times.items() if at},
    )


def stream_update(notice: Notice) -> StreamEvent:
    about = mapping(notice.event.get("metadata"))
    category = mapping(about.get("category"))
    category_id = number(category.get("id"))
    return notice.make(
        Kind.STREAM_UPDATE,
        actor=person(notice.event.get("broadcaster")),
        message=text(about.get("title"), MESSAGE_LENGTH),
        extra={
            "category_id": "" if category_id is None else str(category_id),
            "category": text(category.get("name"), TITLE_LENGTH),
            "language": text(about.get("language"), ID_LENGTH),
        },
    )


# People and times


def person(value: Any) -> Person:
    """Anonymous ones come with all their fields null."""
    user = mapping(value)
    user_id, name = number(user.get("user_id")), text(user.get("username"), NAME_LENGTH)
    if user.get("is_anonymous") is True:
        return Person(anonymous=True)
    login = text(user.get("channel_slug"), LOGIN_LENGTH)
    return Person(
        id="" if user_id is None else str(user_id),
        login=login,
        name=name or login,
        avatar=text(user.get("profile_picture"), AVATAR_LENGTH),
    )


def when(value: Any) -> datetime | None:
    at = moment(value)
    return at if at and at > EARLIEST else None


@dataclass(frozen=True, slots=True)
class Topic:
    """How an event is parsed, and the way to what tells its body from those of other events."""

    parser: Parser
    part: tuple[str, ...]


PARSERS: dict[str, Topic] = {
    "chat.message.sent": Topic(message, ("message_id",)),
    "channel.followed": Topic(follow, ("follower",)),
    "channel.subscription.new": Topic(subscription(Kind.SUB, tier=1), ("subscriber",)),
    "channel.subscription.renewal": Topic(subscription(Kind.RESUB), ("subscriber",)),
    "channel.subscription.gifts": Topic(gift, ("giftees",)),
    "kicks.gifted": Topic(kicks, ("gift",)),
    "channel.reward.redemption.updated": Topic(redemption, ("redeemer",)),
    "moderation.banned": Topic(ban, ("banned_user",)),
    "livestream.status.updated": Topic(stream_status, ("is_live",)),
    "livestream.metadata.updated": Topic(stream_update, ("metadata", "title")),
}


def _topic(kind: Any) -> Topic:
    """Raises Unreadable for a type that we do not know."""
    topic = PARSERS.get(kind) if isinstance(kind, str) else None
    if topic is None:
        raise Unreadable
    return topic
