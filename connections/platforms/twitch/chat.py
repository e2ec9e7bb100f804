"""What happens in chat: messages, their removal, and the notices that have no topic of their own."""

from __future__ import annotations

import re
from typing import Any

from connections.platforms.notices import Notice
from connections.platforms.twitch.parts import (
    MESSAGE_LENGTH,
    Parser,
    badges,
    chatter,
    fragments,
    gifter,
    person,
    reply,
    source_channel,
    tier_of,
    unknown,
)
from events.enums import Kind, Unit
from events.types import StreamEvent
from lumio.lib.money import is_currency, minor_units
from lumio.lib.payload import (
    EXTERNAL_ID_LENGTH,
    ID_LENGTH,
    TITLE_LENGTH,
    Unreadable,
    colour,
    mapping,
    needed,
    number,
    text,
)

ACTION = re.compile(r"\A\x01ACTION (.*?)\x01?\Z", re.DOTALL)
#: Decimal places of a donation that make sense.
MOST_DECIMALS = 6

# Messages


def message(notice: Notice) -> StreamEvent:
    event, content = notice.event, mapping(notice.event.get("message"))
    message_id = needed(text(event.get("message_id"), EXTERNAL_ID_LENGTH))
    if not isinstance(content.get("text"), str):
        raise Unreadable
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


def without_action(pieces: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """The pieces of a /me message without the wrapping, which is in the first and the last."""
    kept = [{**piece, "text": piece["text"].strip("\x01")} for piece in pieces]
    kept[0]["text"] = kept[0]["text"].removeprefix("ACTION ")
    return tuple(piece for piece in kept if piece["text"])


def message_delete(notice: Notice) -> StreamEvent:
    message_id = needed(text(notice.event.get("message_id"), EXTERNAL_ID_LENGTH))
    return notice.make(
        Kind.CHAT_MESSAGE_DELETED, actor=person(notice.event, "target_user"), extra={"message_id": message_id}
    )


def clear_user_messages(notice: Notice) -> StreamEvent:
    user = person(notice.event, "target_user")
    needed(user.id)
    return notice.make(Kind.CHAT_USER_CLEARED, actor=user)


def clear(notice: Notice) -> StreamEvent:
    return notice.make(Kind.CHAT_CLEARED)


# Notices


def notification(notice: Notice) -> StreamEvent | None:
    """What has no topic of its own. The others would make every alert come twice."""
    kind = notice.event.get("notice_type")
    if not isinstance(kind, str):
        raise Unreadable
    if kind in TOLD_ELSEWHERE or kind.startswith("shared_chat_"):
        return None
    parser = NOTICES.get(kind, unknown)
    if parser is not announcement and source_channel(notice.event):
        return None  # happened in the other channel of a shared chat
    return parser(notice)


def announcement(notice: Notice) -> StreamEvent:
    """The only notice that is chat."""
    event, content = notice.event, mapping(notice.event.get("message"))
    words = needed(text(content.get("text"), MESSAGE_LENGTH))
    return notice.make(
        Kind.CHAT_ANNOUNCEMENT,
        id=text(event.get("message_id"), EXTERNAL_ID_LENGTH),
        actor=chatter(event),
        message=words,
        fragments=fragments(content.get("fragments"), words),
        extra={
            "colour": text(mapping(event.get("announcement")).get("color"), ID_LENGTH).lower(),
            "name_colour": colour(event.get("color")),
            "badges": badges(event.get("badges")),
            "source": source_channel(event),
        },
    )


def watch_streak(notice: Notice) -> StreamEvent:
    details = mapping(notice.event.get("watch_streak"))
    return said_in_chat(
        notice,
        Kind.WATCH_STREAK,
        amount=needed(number(details.get("streak_count"))),
        unit=Unit.STREAMS,
        extra={"points": number(details.get("channel_points_awarded"))},
    )


def bits_badge(notice: Notice) -> StreamEvent:
    details = mapping(notice.event.get("bits_badge_tier"))
    return said_in_chat(notice, Kind.BITS_BADGE, amount=needed(number(details.get("tier"))), unit=Unit.BITS)


def gift_upgrade(notice: Notice) -> StreamEvent:
    details = mapping(notice.event.get("gift_paid_upgrade"))
    return said_in_chat(notice, Kind.SUB_GIFT_UPGRADE, extra={"gifter": gifter(details)})


def prime_upgrade(notice: Notice) -> StreamEvent:
    tier = tier_of(mapping(notice.event.get("prime_paid_upgrade")), "sub_tier")
    return said_in_chat(notice, Kind.SUB_PRIME_UPGRADE, extra={"tier": tier})


def pay_it_forward(notice: Notice) -> StreamEvent:
    details = mapping(notice.event.get("pay_it_forward"))
    recipient = person(details, "recipient_user")
    return said_in_chat(
        notice,
        Kind.SUB_PAY_IT_FORWARD,
        extra={"gifter": gifter(details), "recipients": [recipient.named] if recipient.id else []},
    )


def charity_donation(notice: Notice) -> StreamEvent:
    details = mapping(notice.event.get("charity_donation"))
    amount = mapping(details.get("amount"))
    value, currency = needed(number(amount.get("value"))), amount.get("currency")
    places = number(amount.get("decimal_place"))
    if not is_currency(currency) or places is None or places > MOST_DECIMALS:
        raise Unreadable
    return said_in_chat(
        notice,
        Kind.CHARITY_DONATION,
        amount=needed(number(minor_units(value, places, str(currency)))),
        unit=Unit.MONEY,
        currency=currency,
        extra={"title": text(details.get("charity_name"), TITLE_LENGTH)},
    )


def said_in_chat(notice: Notice, kind: Kind, **fields: Any) -> StreamEvent:
    """An event that chat tells of, with what its chatter wrote."""
    event, content = notice.event, mapping(notice.event.get("message"))
    words = text(content.get("text"), MESSAGE_LENGTH)
    return notice.make(
        kind,
        actor=chatter(event),
        message=words,
        fragments=fragments(content.get("fragments"), words),
        **fields,
    )


NOTICES: dict[str, Parser] = {
    "announcement": announcement,
    "watch_streak": watch_streak,
    "bits_badge_tier": bits_badge,
    "gift_paid_upgrade": gift_upgrade,
    "prime_paid_upgrade": prime_upgrade,
    "pay_it_forward": pay_it_forward,
    "charity_donation": charity_donation,
}
#: Notices of what a topic of its own tells, or what needs no telling.
TOLD_ELSEWHERE = frozenset({"sub", "resub", "sub_gift", "community_sub_gift", "raid", "unraid", "modiversary"})
