"""EventSub payload in, event out. No network, no database, and nothing that comes in makes it raise.

Facts: https://dev.twitch.tv/docs/eventsub/eventsub-reference/. Fields that we do not know are ignored; values of the
wrong kind count as absent. A parser that cannot do without a value raises Unreadable: the event is then `unknown`.

`extra["id"]` of polls, predictions, hype trains, goals and redemptions is the same in all events of one of them.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from events.enums import Kind, Unit
from events.types import Person, StreamEvent
from lumio.lib.money import is_currency, minor_units

PLATFORM = "twitch"

#: Characters that are kept. A chat message has at most 500; the rest is room for surprises.
MESSAGE_LENGTH = 16_384
NAME_LENGTH = 200
LOGIN_LENGTH = 100
ID_LENGTH = 100
EXTERNAL_ID_LENGTH = 200
MOST_FRAGMENTS = 512
MOST_BADGES = 32
#: Choices of a poll are five, outcomes of a prediction ten, and top contributors three.
MOST_CHOICES = 10
MOST_LABELS = 20
TITLE_LENGTH = 500
RAW_LENGTH = 65_536
RAW_DEPTH = 16
LARGEST = 2**63 - 1
#: Decimal places of a donation that make sense.
MOST_DECIMALS = 6

#: Databases refuse NUL (PostgreSQL) and halves of surrogate pairs (UTF-8).
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
ACTION = re.compile(r"\A\x01ACTION (.*?)\x01?\Z", re.DOTALL)

Payload = Mapping[str, Any]
T = TypeVar("T")


class Unreadable(Exception):
    """The payload lacks what makes the event."""


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


Parser = Callable[[Notice], StreamEvent | None]


def parse(message: Any, *, channel_id: str, now: datetime | None = None) -> StreamEvent | None:
    """The event of one `notification` message, or None for one that repeats what another topic tells.

    What we do not understand has kind `unknown` and keeps its payload.
    """
    metadata, payload = mapping(mapping(message).get("metadata")), mapping(mapping(message).get("payload"))
    kind = metadata.get("subscription_type") or mapping(payload.get("subscription")).get("type")
    notice = Notice(
        channel_id=channel_id,
        external_id=external_id(metadata.get("message_id"), payload),
        sent_at=moment(metadata.get("message_timestamp")) or now or datetime.now(UTC),
        event=mapping(payload.get("event")),
    )
    parser = PARSERS.get(kind, unknown) if isinstance(kind, str) else unknown
    try:
        return parser(notice)
    except Unreadable:
        return notice.make(Kind.UNKNOWN, extra={"type": text(kind, ID_LENGTH)}, raw=raw(payload))


def unknown(notice: Notice) -> StreamEvent:
    raise Unreadable


def needed(value: T | None) -> T:
    """The value, without which there is no event."""
    if value is None or value == "":
        raise Unreadable
    return value


# Viewers


def follow(notice: Notice) -> StreamEvent:
    return notice.make(
        Kind.FOLLOW, at=moment(notice.event.get("followed_at")), actor=person(notice.event), raw=raw(notice.event)
    )


def cheer(notice: Notice) -> StreamEvent:
    event = notice.event
    return notice.make(
        Kind.CHEER,
        actor=person_or_anonymous(event),
        amount=needed(number(event.get("bits"))),
        unit=Unit.BITS,
        message=text(event.get("message"), MESSAGE_LENGTH),
        raw=raw(event),
    )


def subscribe(notice: Notice) -> StreamEvent:
    """A first subscription, or a received gift: its alert is the giver's `channel.subscription.gift`."""
    event = notice.event
    tier = {"tier": tier_of(event)}
    if event.get("is_gift") is True:
        return notice.make(Kind.SUB_RECEIVED_GIFT, actor=person(event), extra=tier, raw=raw(event))
    return notice.make(Kind.SUB, actor=person(event), amount=1, unit=Unit.MONTHS, extra=tier, raw=raw(event))


def subscription_message(notice: Notice) -> StreamEvent:
    event = notice.event
    message = mapping(event.get("message"))
    words = text(message.get("text"), MESSAGE_LENGTH)
    return notice.make(
        Kind.RESUB,
        actor=person(event),
        amount=needed(number(event.get("cumulative_months"))),
        unit=Unit.MONTHS,
        message=words,
        fragments=cut_at_emotes(words, message.get("emotes")),
        extra={"tier": tier_of(event), "streak": number(event.get("streak_months"))},
        raw=raw(event),
    )


def subscription_gift(notice: Notice) -> StreamEvent:
    event = notice.event
    return notice.make(
        Kind.SUB_GIFT,
        actor=person_or_anonymous(event),
        amount=needed(number(event.get("total"))),
        unit=Unit.SUBS,
        extra={"tier": tier_of(event), "cumulative_total": number(event.get("cumulative_total"))},
        raw=raw(event),
    )


def subscription_end(notice: Notice) -> StreamEvent:
    return notice.make(
        Kind.SUB_END, actor=person(notice.event), extra={"tier": tier_of(notice.event)}, raw=raw(notice.event)
    )


def redemption(notice: Notice) -> StreamEvent:
    return _redemption(notice, Kind.REDEMPTION, at=moment(notice.event.get("redeemed_at")))


def redemption_update(notice: Notice) -> StreamEvent:
    return _redemption(notice, Kind.REDEMPTION_UPDATE, at=None)


def _redemption(notice: Notice, kind: Kind, *, at: datetime | None) -> StreamEvent:
    event, reward = notice.event, mapping(notice.event.get("reward"))
    return notice.make(
        kind,
        at=at,
        actor=person(event),
        amount=needed(number(reward.get("cost"))),
        unit=Unit.POINTS,
        message=text(event.get("user_input"), MESSAGE_LENGTH),
        extra={
            "id": text(event.get("id"), ID_LENGTH),
            "reward_id": text(reward.get("id"), ID_LENGTH),
            "title": text(reward.get("title"), TITLE_LENGTH),
            "status": text(event.get("status"), ID_LENGTH).lower(),
        },
        raw=raw(event),
    )


# Other channels


def raid(notice: Notice) -> StreamEvent:
    """To us or from us: both are the same topic."""
    event = notice.event
    is_ours = event.get("from_broadcaster_user_id") == notice.channel_id
    return notice.make(
        Kind.RAID_OUT if is_ours else Kind.RAID,
        actor=person(event, "to_broadcaster_user" if is_ours else "from_broadcaster_user"),
        amount=needed(number(event.get("viewers"))),
        unit=Unit.VIEWERS,
        raw=raw(event),
    )


def shoutout_create(notice: Notice) -> StreamEvent:
    return _shoutout(notice, Kind.SHOUTOUT_SENT, "to_broadcaster_user")


def shoutout_receive(notice: Notice) -> StreamEvent:
    return _shoutout(notice, Kind.SHOUTOUT_RECEIVED, "from_broadcaster_user")


def _shoutout(notice: Notice, kind: Kind, whom: str) -> StreamEvent:
    event = notice.event
    viewers = number(event.get("viewer_count"))
    return notice.make(
        kind,
        at=moment(event.get("started_at")),
        actor=person(event, whom),
        amount=viewers,
        unit=Unit.NONE if viewers is None else Unit.VIEWERS,
        extra={"moderator": named(person(event, "moderator_user"))},
        raw=raw(event),
    )


# Moderation


def ban(notice: Notice) -> StreamEvent:
    """A ban, or with an end a timeout."""
    event = notice.event
    since = moment(event.get("banned_at"))
    fields: dict[str, Any] = {
        "at": since,
        "actor": person(event),
        "message": text(event.get("reason"), MESSAGE_LENGTH),
        "raw": raw(event),
    }
    moderator = {"moderator": named(person(event, "moderator_user"))}
    if event.get("ends_at") is None:
        return notice.make(Kind.MOD_BAN, extra=moderator, **fields)
    until = needed(moment(event.get("ends_at")))
    seconds = round((until - (since or notice.sent_at)).total_seconds())
    return notice.make(
        Kind.MOD_TIMEOUT,
        amount=max(seconds, 0),
        unit=Unit.SECONDS,
        extra=moderator | {"ends_at": until.isoformat()},
        **fields,
    )


def unban(notice: Notice) -> StreamEvent:
    event = notice.event
    return notice.make(
        Kind.MOD_UNBAN,
        actor=person(event),
        extra={"moderator": named(person(event, "moderator_user"))},
        raw=raw(event),
    )


# The stream


def stream_online(notice: Notice) -> StreamEvent:
    event = notice.event
    started_at = moment(event.get("started_at"))
    return notice.make(
        Kind.STREAM_ONLINE,
        at=started_at,
        actor=broadcaster(event),
        extra={"started_at": (started_at or notice.sent_at).isoformat(), "type": text(event.get("type"), ID_LENGTH)},
        raw=raw(event),
    )


def stream_offline(notice: Notice) -> StreamEvent:
    return notice.make(Kind.STREAM_OFFLINE, actor=broadcaster(notice.event), raw=raw(notice.event))


def channel_update(notice: Notice) -> StreamEvent:
    event = notice.event
    return notice.make(
        Kind.STREAM_UPDATE,
        actor=broadcaster(event),
        message=text(event.get("title"), MESSAGE_LENGTH),
        extra={
            "category_id": text(event.get("category_id"), ID_LENGTH),
            "category": text(event.get("category_name"), TITLE_LENGTH),
            "language": text(event.get("language"), ID_LENGTH),
            "labels": [text(one, ID_LENGTH) for one in items(event.get("content_classification_labels"), MOST_LABELS)],
        },
        raw=raw(event),
    )


def ad_break(notice: Notice) -> StreamEvent:
    event = notice.event
    return notice.make(
        Kind.AD_BEGIN,
        at=moment(event.get("started_at")),
        actor=person(event, "requester_user"),
        amount=needed(number_in_any_spelling(event.get("duration_seconds"))),
        unit=Unit.SECONDS,
        extra={"is_automatic": truth_in_any_spelling(event.get("is_automatic"))},
        raw=raw(event),
    )


# What has a beginning, a progress and an end


def hype_train(kind: Kind, time: str = "") -> Parser:
    """`time` names the field that says when; without it that is when the message was sent."""

    def parser(notice: Notice) -> StreamEvent:
        event = notice.event
        contributions = [
            named(person(one)) | {"type": text(one.get("type"), ID_LENGTH), "total": number(one.get("total"))}
            for one in map(mapping, items(event.get("top_contributions"), MOST_CHOICES))
        ]
        top = max(contributions, key=lambda one: one["total"] or 0, default=None)
        return notice.make(
            kind,
            at=moment(event.get(time)),
            actor=Person(id=top["id"], login=top["login"], name=top["name"]) if top else Person(),
            amount=needed(number(event.get("level"))),
            unit=Unit.LEVEL,
            extra={
                "id": text(event.get("id"), ID_LENGTH),
                "type": text(event.get("type"), ID_LENGTH),
                "total": number(event.get("total")),
                "progress": number(event.get("progress")),
                "goal": number(event.get("goal")),
                "contributions": contributions,
                "is_shared": event.get("is_shared_train") is True,
                **times(event, "started_at", "expires_at", "ended_at", "cooldown_ends_at"),
            },
            raw=raw(event),
        )

    return parser


def poll(kind: Kind, time: str = "") -> Parser:
    """`time` names the field that says when; without it that is when the message was sent."""

    def parser(notice: Notice) -> StreamEvent | None:
        event = notice.event
        status = text(event.get("status"), ID_LENGTH).lower()
        if kind is Kind.POLL_END and status == "archived":
            return None  # it ended before, and this says so again
        choices = [
            {
                "id": text(one.get("id"), ID_LENGTH),
                "title": text(one.get("title"), TITLE_LENGTH),
                "votes": number(one.get("votes")),
            }
            for one in map(mapping, items(event.get("choices"), MOST_CHOICES))
        ]
        return notice.make(
            kind,
            at=moment(event.get(time)),
            actor=broadcaster(event),
            message=text(event.get("title"), TITLE_LENGTH),
            extra={
                "id": text(event.get("id"), ID_LENGTH),
                "status": status,
                "choices": choices,
                **times(event, "started_at", "ends_at", "ended_at"),
            },
            raw=raw(event),
        )

    return parser


def prediction(kind: Kind, time: str = "") -> Parser:
    """`time` names the field that says when; without it that is when the message was sent."""

    def parser(notice: Notice) -> StreamEvent:
        event = notice.event
        outcomes = [
            {
                "id": text(one.get("id"), ID_LENGTH),
                "title": text(one.get("title"), TITLE_LENGTH),
                "colour": text(one.get("color"), ID_LENGTH).lower(),
                "users": number(one.get("users")),
                "points": number(one.get("channel_points")),
            }
            for one in map(mapping, items(event.get("outcomes"), MOST_CHOICES))
        ]
        winner = text(event.get("winning_outcome_id"), ID_LENGTH)
        return notice.make(
            kind,
            at=moment(event.get(time)),
            actor=broadcaster(event),
            message=text(event.get("title"), TITLE_LENGTH),
            extra={
                "id": text(event.get("id"), ID_LENGTH),
                "status": text(event.get("status"), ID_LENGTH).lower(),
                "outcomes": outcomes,
                "winner": next((one["title"] for one in outcomes if winner and one["id"] == winner), ""),
                **times(event, "started_at", "locks_at", "locked_at", "ended_at"),
            },
            raw=raw(event),
        )

    return parser


def goal(kind: Kind, time: str = "") -> Parser:
    """`time` names the field that says when; without it that is when the message was sent."""

    def parser(notice: Notice) -> StreamEvent:
        event = notice.event
        return notice.make(
            kind,
            at=moment(event.get(time)),
            actor=broadcaster(event),
            amount=needed(number(event.get("current_amount"))),
            message=text(event.get("description"), TITLE_LENGTH),
            extra={
                "id": text(event.get("id"), ID_LENGTH),
                "type": text(event.get("type"), ID_LENGTH),
                "target": number(event.get("target_amount")),
                "is_achieved": event.get("is_achieved") is True,
                **times(event, "started_at", "ended_at"),
            },
            raw=raw(event),
        )

    return parser


# Notices in chat


def chat_notification(notice: Notice) -> StreamEvent | None:
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
        extra={"gifter": gifter(details), "recipients": [named(recipient)] if recipient.id else []},
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
        raw=raw(event),
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


# Chat. Its payload is not kept: it is many and says little more than the event.


def chat_message(notice: Notice) -> StreamEvent:
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


def chat_message_delete(notice: Notice) -> StreamEvent:
    message_id = needed(text(notice.event.get("message_id"), EXTERNAL_ID_LENGTH))
    return notice.make(
        Kind.CHAT_MESSAGE_DELETED, actor=person(notice.event, "target_user"), extra={"message_id": message_id}
    )


def chat_clear_user_messages(notice: Notice) -> StreamEvent:
    user = person(notice.event, "target_user")
    needed(user.id)
    return notice.make(Kind.CHAT_USER_CLEARED, actor=user)


def chat_clear(notice: Notice) -> StreamEvent:
    return notice.make(Kind.CHAT_CLEARED)


REDEMPTION = "channel.channel_points_custom_reward_redemption"

PARSERS: dict[str, Parser] = {
    "channel.follow": follow,
    "channel.cheer": cheer,
    "channel.subscribe": subscribe,
    "channel.subscription.message": subscription_message,
    "channel.subscription.gift": subscription_gift,
    "channel.subscription.end": subscription_end,
    f"{REDEMPTION}.add": redemption,
    f"{REDEMPTION}.update": redemption_update,
    "channel.raid": raid,
    "channel.shoutout.create": shoutout_create,
    "channel.shoutout.receive": shoutout_receive,
    "channel.ban": ban,
    "channel.unban": unban,
    "stream.online": stream_online,
    "stream.offline": stream_offline,
    "channel.update": channel_update,
    "channel.ad_break.begin": ad_break,
    "channel.hype_train.begin": hype_train(Kind.HYPETRAIN_BEGIN, "started_at"),
    "channel.hype_train.progress": hype_train(Kind.HYPETRAIN_PROGRESS),
    "channel.hype_train.end": hype_train(Kind.HYPETRAIN_END, "ended_at"),
    "channel.poll.begin": poll(Kind.POLL_BEGIN, "started_at"),
    "channel.poll.progress": poll(Kind.POLL_PROGRESS),
    "channel.poll.end": poll(Kind.POLL_END, "ended_at"),
    "channel.prediction.begin": prediction(Kind.PREDICTION_BEGIN, "started_at"),
    "channel.prediction.progress": prediction(Kind.PREDICTION_PROGRESS),
    "channel.prediction.lock": prediction(Kind.PREDICTION_LOCK, "locked_at"),
    "channel.prediction.end": prediction(Kind.PREDICTION_END, "ended_at"),
    "channel.goal.begin": goal(Kind.GOAL_BEGIN, "started_at"),
    "channel.goal.progress": goal(Kind.GOAL_PROGRESS),
    "channel.goal.end": goal(Kind.GOAL_END, "ended_at"),
    "channel.chat.message": chat_message,
    "channel.chat.message_delete": chat_message_delete,
    "channel.chat.clear_user_messages": chat_clear_user_messages,
    "channel.chat.clear": chat_clear,
    "channel.chat.notification": chat_notification,
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


def person_or_anonymous(event: Payload, prefix: str = "user", flag: str = "is_anonymous") -> Person:
    """The flag decides: beside it come nulls, empty strings or an account called "ananonymousgifter"."""
    who = person(event, prefix)
    return Person(anonymous=True) if event.get(flag) is True or not who.id else who


def chatter(event: Payload) -> Person:
    return person_or_anonymous(event, "chatter_user", "chatter_is_anonymous")


def broadcaster(event: Payload) -> Person:
    return person(event, "broadcaster_user")


def named(who: Person) -> dict[str, Any]:
    """Somebody else than the actor, for `extra`."""
    return {"id": who.id, "login": who.login, "name": who.name}


def gifter(details: Payload) -> dict[str, Any]:
    """Who gave, for `extra`: nobody's names if that is not to be known."""
    return named(person_or_anonymous(details, "gifter_user", "gifter_is_anonymous"))


def tier_of(event: Payload, key: str = "tier") -> int | None:
    """1, 2 or 3 for "1000", "2000" or "3000"."""
    value = event.get(key)
    return int(value) // 1000 if isinstance(value, str) and re.fullmatch(r"[0-9]{4}", value) else None


def number(value: Any) -> int | None:
    """A count. Not a bool, not negative, and no more than a database column holds."""
    return value if type(value) is int and 0 <= value <= LARGEST else None


def number_in_any_spelling(value: Any) -> int | None:
    """A count that may come as a string: Twitch's examples of ad breaks have both."""
    digits = isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value)
    return int(value) if digits else number(value)


def truth_in_any_spelling(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def times(event: Payload, *names: str) -> dict[str, str]:
    """Those times that the event has, as ISO 8601 in UTC."""
    found = {name: moment(event.get(name)) for name in names}
    return {name: at.isoformat() for name, at in found.items() if at}


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
