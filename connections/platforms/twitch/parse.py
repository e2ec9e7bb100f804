"""EventSub payload in, event out. No network, no database, and nothing that comes in makes it raise.

Facts: https://dev.twitch.tv/docs/eventsub/eventsub-reference/. Fields that we do not know are ignored; values of the
wrong kind count as absent. A parser that cannot do without a value raises Unreadable: the event is then `unknown`.

`extra["id"]` of polls, predictions, hype trains, goals and redemptions is the same in all events of one of them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connections.platforms.notices import Notice
from connections.platforms.twitch import chat
from connections.platforms.twitch.parts import (
    MESSAGE_LENGTH,
    PLATFORM,
    Parser,
    broadcaster,
    cut_at_emotes,
    person,
    person_or_anonymous,
    tier_of,
    times,
    unknown,
)
from events.enums import Kind, Unit
from events.types import Person, StreamEvent
from lumio.lib.payload import (
    ID_LENGTH,
    TITLE_LENGTH,
    Unreadable,
    external_id,
    items,
    mapping,
    moment,
    needed,
    number,
    number_in_any_spelling,
    one_piece,
    raw,
    text,
    truth_in_any_spelling,
)

#: Choices of a poll are five, outcomes of a prediction ten, and top contributors three.
MOST_CHOICES = 10
MOST_LABELS = 20


def parse(message: Any, *, channel_id: str, now: datetime | None = None) -> StreamEvent | None:
    """The event of one `notification` message, or None for one that repeats what another topic tells.

    What we do not understand has kind `unknown` and keeps its payload.
    """
    metadata, payload = mapping(mapping(message).get("metadata")), mapping(mapping(message).get("payload"))
    kind = metadata.get("subscription_type") or mapping(payload.get("subscription")).get("type")
    notice = Notice(
        platform=PLATFORM,
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


# Viewers


def follow(notice: Notice) -> StreamEvent:
    return notice.make(Kind.FOLLOW, at=moment(notice.event.get("followed_at")), actor=person(notice.event))


def cheer(notice: Notice) -> StreamEvent:
    event, words = notice.event, text(notice.event.get("message"), MESSAGE_LENGTH)
    return notice.make(
        Kind.CHEER,
        actor=person_or_anonymous(event),
        amount=needed(number(event.get("bits"))),
        unit=Unit.BITS,
        message=words,
        fragments=one_piece(words),
    )


def subscribe(notice: Notice) -> StreamEvent:
    """A first subscription, or a received gift: its alert is the giver's `channel.subscription.gift`."""
    event = notice.event
    tier = {"tier": tier_of(event)}
    if event.get("is_gift") is True:
        return notice.make(Kind.SUB_RECEIVED_GIFT, actor=person(event), extra=tier)
    return notice.make(Kind.SUB, actor=person(event), amount=1, unit=Unit.MONTHS, extra=tier)


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
    )


def subscription_gift(notice: Notice) -> StreamEvent:
    event = notice.event
    return notice.make(
        Kind.SUB_GIFT,
        actor=person_or_anonymous(event),
        amount=needed(number(event.get("total"))),
        unit=Unit.SUBS,
        extra={"tier": tier_of(event), "cumulative_total": number(event.get("cumulative_total"))},
    )


def subscription_end(notice: Notice) -> StreamEvent:
    return notice.make(Kind.SUB_END, actor=person(notice.event), extra={"tier": tier_of(notice.event)})


def redemption(notice: Notice) -> StreamEvent:
    return _redemption(notice, Kind.REDEMPTION, at=moment(notice.event.get("redeemed_at")))


def redemption_update(notice: Notice) -> StreamEvent:
    return _redemption(notice, Kind.REDEMPTION_UPDATE, at=None)


def _redemption(notice: Notice, kind: Kind, *, at: datetime | None) -> StreamEvent:
    event, reward = notice.event, mapping(notice.event.get("reward"))
    words = text(event.get("user_input"), MESSAGE_LENGTH)
    return notice.make(
        kind,
        at=at,
        actor=person(event),
        amount=needed(number(reward.get("cost"))),
        unit=Unit.POINTS,
        message=words,
        fragments=one_piece(words),
        extra={
            "id": text(event.get("id"), ID_LENGTH),
            "reward_id": text(reward.get("id"), ID_LENGTH),
            "title": text(reward.get("title"), TITLE_LENGTH),
            "status": text(event.get("status"), ID_LENGTH).lower(),
        },
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
        extra={"moderator": person(event, "moderator_user").named},
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
    }
    moderator = {"moderator": person(event, "moderator_user").named}
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
        extra={"moderator": person(event, "moderator_user").named},
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
    )


def stream_offline(notice: Notice) -> StreamEvent:
    return notice.make(Kind.STREAM_OFFLINE, actor=broadcaster(notice.event))


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
    )


# What has a beginning, a progress and an end


def hype_train(kind: Kind, time: str = "") -> Parser:
    """`time` names the field that says when; without it that is when the message was sent."""

    def parser(notice: Notice) -> StreamEvent:
        event = notice.event
        contributions = [
            person(one).named | {"type": text(one.get("type"), ID_LENGTH), "total": number(one.get("total"))}
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
        )

    return parser


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
    "channel.chat.message": chat.message,
    "channel.chat.message_delete": chat.message_delete,
    "channel.chat.clear_user_messages": chat.clear_user_messages,
    "channel.chat.clear": chat.clear,
    "channel.chat.notification": chat.notification,
}
