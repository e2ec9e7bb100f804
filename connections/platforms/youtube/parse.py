"""One item of a live chat in, event out. No network, no database, and nothing that comes in makes it raise.

Facts: https://developers.google.com/youtube/v3/live/docs/liveChatMessages#resource. 64-bit numbers come as strings,
booleans that are false may be missing, and so may the author. Emoji of YouTube arrive as `:shortcut:` and stay text:
the API knows no pictures of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from events.enums import Kind, Unit
from events.types import Person, StreamEvent
from lumio.lib.money import is_currency, minor_units
from lumio.lib.payload import (
    EXTERNAL_ID_LENGTH,
    ID_LENGTH,
    LOGIN_LENGTH,
    NAME_LENGTH,
    TITLE_LENGTH,
    Payload,
    Unreadable,
    external_id,
    items,
    mapping,
    moment,
    needed,
    number_in_any_spelling,
    one_piece,
    raw,
    text,
)

PLATFORM = "youtube"

#: Characters that are kept. A chat message has at most 200; the rest is room for surprises.
MESSAGE_LENGTH = 16_384
URL_LENGTH = 500
MOST_OPTIONS = 10
#: Amounts come in millionths.
MICRO_PLACES = 6
#: A timeout that ends later than a date can say is one without end.
LONGEST_TIMEOUT = timedelta(days=36_500)

#: How far apart the times of one payment may be.
SAME_PAYMENT = timedelta(seconds=5)

#: What the booleans of an author say, in the order in which badges are drawn.
BADGES = (
    ("isChatOwner", "owner"),
    ("isChatModerator", "moderator"),
    ("isChatSponsor", "member"),
    ("isVerified", "verified"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """A message as every parser needs it. `details` is what belongs to its type."""

    channel_id: str
    id: str
    sent_at: datetime
    author: Person
    badges: list[dict[str, str]]
    snippet: Payload
    item: Payload

    def details(self, *names: str) -> Payload:
        """The object of that name; of several, the first that says something."""
        return next(filter(None, (mapping(self.snippet.get(name)) for name in names)), {})

    def make(self, kind: Kind, *, id: str = "", actor: Person | None = None, **fields: Any) -> StreamEvent:
        """An event of the author's. Chat keeps no payload: there is much of it, and it says little more."""
        if not kind.value.startswith("chat."):
            fields["raw"] = raw(self.item)
        return StreamEvent(
            kind=kind,
            platform=PLATFORM,
            channel_id=self.channel_id,
            external_id=id or self.id,
            occurred_at=self.sent_at,
            actor=self.author if actor is None else actor,
            **fields,
        )


Parser = Callable[[Item], StreamEvent | None]


def parse(item: Any, *, channel_id: str, now: datetime | None = None) -> StreamEvent | None:
    """The event of one item, or None for one that tells of nothing.

    What we do not understand has kind `unknown` and keeps its payload.
    """
    payload = mapping(item)
    snippet = mapping(payload.get("snippet"))
    author = mapping(payload.get("authorDetails"))
    read = Item(
        channel_id=channel_id,
        id=external_id(payload.get("id"), payload),
        sent_at=moment(snippet.get("publishedAt")) or now or datetime.now(UTC),
        author=person(author, snippet.get("authorChannelId")),
        badges=badges(author),
        snippet=snippet,
        item=payload,
    )
    kind = snippet.get("type")
    parser = PARSERS.get(kind, unknown) if isinstance(kind, str) else unknown
    try:
        return parser(read)
    except Unreadable:
        words = text(snippet.get("displayMessage"), MESSAGE_LENGTH)
        return read.make(Kind.UNKNOWN, message=words, extra={"type": text(kind, ID_LENGTH)})


def poll_progress(item: Any, *, channel_id: str, now: datetime | None = None) -> StreamEvent | None:
    """How the poll that is under way stands, from `activePollItem` of a page; the same standing is the same event.

    None for what is no poll that is under way.
    """
    event = parse(item, channel_id=channel_id, now=now)
    if event is None or event.kind is not Kind.POLL_BEGIN:
        return None
    votes = [choice["votes"] for choice in event.extra["choices"]]
    if not any(votes):
        return None
    return StreamEvent(
        kind=Kind.POLL_PROGRESS,
        platform=PLATFORM,
        channel_id=channel_id,
        external_id=f"{event.extra['id'][:120]} {json.dumps(votes, separators=(',', ':'))}"[:EXTERNAL_ID_LENGTH],
        occurred_at=now or datetime.now(UTC),
        actor=event.actor,
        message=event.message,
        extra=event.extra,
        raw=event.raw,
    )


def paid_event(row: Any, *, channel_id: str) -> StreamEvent | None:
    """The event of a row of `superChatEvents`, which knows what was paid under other ids than the chat.

    None for one that cannot be read.
    """
    payload = mapping(row)
    snippet = mapping(payload.get("snippet"))
    sticker = mapping(snippet.get("superStickerMetadata"))
    is_sticker = snippet.get("isSuperStickerEvent") is True
    words = text(sticker.get("altText") if is_sticker else snippet.get("commentText"), MESSAGE_LENGTH)
    at, paid_id = moment(snippet.get("createdAt")), text(payload.get("id"), EXTERNAL_ID_LENGTH)
    if at is None or not paid_id:
        return None
    read = Item(channel_id, paid_id, at, person(mapping(snippet.get("supporterDetails"))), [], snippet, payload)
    kind = {"type": "supersticker", "sticker_id": text(sticker.get("stickerId"), ID_LENGTH)}
    details = {**snippet, "tier": snippet.get("messageType")}
    try:
        return paid(read, details, words, kind if is_sticker else {"type": "superchat"})
    except Unreadable:
        return None


def is_same_payment(one: StreamEvent, other: StreamEvent) -> bool:
    """Whether both may be the same: of one person and amount, in the same few seconds."""
    is_close = abs(one.occurred_at - other.occurred_at) <= SAME_PAYMENT
    return is_close and (one.actor.id, one.amount, one.currency) == (other.actor.id, other.amount, other.currency)


def ends_chat(item: Any) -> bool:
    """Whether this item says that the stream and its chat are over."""
    return mapping(mapping(item).get("snippet")).get("type") == "chatEndedEvent"


def published_at(item: Any) -> datetime | None:
    return moment(mapping(mapping(item).get("snippet")).get("publishedAt"))


# People


def person(details: Payload, channel_id: Any = None) -> Person:
    """Somebody with a channel. Handles have come as names since 2025; who has none is known by the channel alone."""
    name = text(details.get("displayName"), NAME_LENGTH)
    return Person(
        id=text(details.get("channelId"), ID_LENGTH) or text(channel_id, ID_LENGTH),
        login=name[1 : LOGIN_LENGTH + 1] if name.startswith("@") else "",
        name=name,
        avatar=text(details.get("profileImageUrl"), URL_LENGTH),
    )


def badges(author: Payload) -> list[dict[str, str]]:
    return [{"set": name, "id": "1", "info": ""} for flag, name in BADGES if author.get(flag) is True]


# Chat


def message(item: Item) -> StreamEvent:
    words = needed(text(item.details("textMessageDetails").get("messageText"), MESSAGE_LENGTH))
    return item.make(
        Kind.CHAT_MESSAGE,
        message=words,
        fragments=one_piece(words),
        extra={"badges": item.badges, "type": "text"},
    )


def message_deleted(item: Item) -> StreamEvent:
    """By a moderator. Whose message it was is not said."""
    deleted = text(item.details("messageDeletedDetails").get("deletedMessageId"), EXTERNAL_ID_LENGTH)
    extra = {"message_id": needed(deleted), "moderator": item.author.named}
    return item.make(Kind.CHAT_MESSAGE_DELETED, actor=Person(), extra=extra)


def message_retracted(item: Item) -> StreamEvent:
    """By whoever wrote it."""
    retracted = text(item.details("messageRetractedDetails").get("retractedMessageId"), EXTERNAL_ID_LENGTH)
    return item.make(Kind.CHAT_MESSAGE_DELETED, extra={"message_id": needed(retracted)})


def tombstone(item: Item) -> StreamEvent:
    """What is left in the place of a message that was removed, under the message's own id."""
    message_id = needed(text(item.item.get("id"), EXTERNAL_ID_LENGTH))
    shortened = f"{message_id} tombstone" if len(message_id) < EXTERNAL_ID_LENGTH - len(" tombstone") else ""
    return item.make(
        Kind.CHAT_MESSAGE_DELETED, id=needed(shortened), actor=item.author, extra={"message_id": message_id}
    )


# Money and gifts


def super_chat(item: Item) -> StreamEvent:
    details = item.details("superChatDetails")
    words = text(details.get("userComment"), MESSAGE_LENGTH)
    return paid(item, details, words, {"type": "superchat"})


def super_sticker(item: Item) -> StreamEvent:
    details = item.details("superStickerDetails")
    sticker = mapping(details.get("superStickerMetadata"))
    words = text(sticker.get("altText"), MESSAGE_LENGTH)
    return paid(item, details, words, {"type": "supersticker", "sticker_id": text(sticker.get("stickerId"), ID_LENGTH)})


def paid(item: Item, details: Payload, words: str, extra: dict[str, Any]) -> StreamEvent:
    micros, currency = number_in_any_spelling(details.get("amountMicros")), text(details.get("currency"), ID_LENGTH)
    if not is_currency(currency):
        raise Unreadable
    return item.make(
        Kind.SUPERCHAT,
        amount=minor_units(needed(micros), MICRO_PLACES, currency),
        unit=Unit.MONEY,
        currency=currency,
        message=words,
        fragments=one_piece(words),
        extra={"badges": item.badges, "tier": number_in_any_spelling(details.get("tier")), **extra},
    )


def gift(item: Item) -> StreamEvent:
    """Jewels. The field had another name in the first months of 2026."""
    details = item.details("giftDetails", "giftEventDetails")
    return item.make(
        Kind.CHEER,
        amount=needed(number_in_any_spelling(details.get("jewelsAmount"))),
        unit=Unit.JEWELS,
        extra={
            "badges": item.badges,
            "gift": text(details.get("giftName"), TITLE_LENGTH),
            "combo": number_in_any_spelling(details.get("comboCount")),
        },
    )


# Members


def new_member(item: Item) -> StreamEvent:
    details = item.details("newSponsorDetails")
    kind = Kind.MEMBERSHIP_UPGRADE if details.get("isUpgrade") is True else Kind.MEMBERSHIP
    return item.make(kind, extra={"level": level(details)})


def milestone(item: Item) -> StreamEvent:
    details = item.details("memberMilestoneChatDetails")
    words = text(details.get("userComment"), MESSAGE_LENGTH)
    return item.make(
        Kind.MEMBERSHIP_MILESTONE,
        amount=needed(number_in_any_spelling(details.get("memberMonth"))),
        unit=Unit.MONTHS,
        message=words,
        fragments=one_piece(words),
        extra={"badges": item.badges, "level": level(details)},
    )


def gifted_memberships(item: Item) -> StreamEvent:
    details = item.details("membershipGiftingDetails")
    return item.make(
        Kind.MEMBERSHIP_GIFT,
        amount=needed(number_in_any_spelling(details.get("giftMembershipsCount"))),
        unit=Unit.MEMBERSHIPS,
        extra={"level": text(details.get("giftMembershipsLevelName"), TITLE_LENGTH)},
    )


def received_membership(item: Item) -> StreamEvent:
    """The author is the one who got it. Its alert is that of the gift."""
    details = item.details("giftMembershipReceivedDetails")
    giver = Person(id=text(details.get("gifterChannelId"), ID_LENGTH))
    gift_id = text(details.get("associatedMembershipGiftingMessageId"), EXTERNAL_ID_LENGTH)
    return item.make(
        Kind.MEMBERSHIP_RECEIVED_GIFT,
        extra={"gift_id": gift_id, "gifter": giver.named, "level": level(details)},
    )


def level(details: Payload) -> str:
    return text(details.get("memberLevelName"), TITLE_LENGTH)


# Moderation and polls


def ban(item: Item) -> StreamEvent:
    """Of the one it concerns; the author is the moderator."""
    details = item.details("userBannedDetails")
    banned = person(mapping(details.get("bannedUserDetails")))
    needed(banned.id or banned.name)
    moderator = {"moderator": item.author.named}
    match details.get("banType"):
        case "permanent":
            return item.make(Kind.MOD_BAN, actor=banned, extra=moderator)
        case "temporary":
            seconds = needed(number_in_any_spelling(details.get("banDurationSeconds")))
            if seconds > LONGEST_TIMEOUT.total_seconds():
                raise Unreadable
            try:
                ends_at = item.sent_at + timedelta(seconds=seconds)
            except OverflowError as error:  # published at the end of time
                raise Unreadable from error
            extra = moderator | {"ends_at": ends_at.isoformat()}
            return item.make(Kind.MOD_TIMEOUT, actor=banned, amount=seconds, unit=Unit.SECONDS, extra=extra)
    raise Unreadable


def poll(item: Item) -> StreamEvent:
    """The message of a poll keeps its id when it is closed."""
    details = item.details("pollDetails")
    question = mapping(details.get("metadata"))
    status = text(details.get("status"), ID_LENGTH).lower()
    if status not in ("active", "closed"):
        raise Unreadable
    choices = [
        {
            "id": str(place),
            "title": text(option.get("optionText"), TITLE_LENGTH),
            "votes": number_in_any_spelling(option.get("tally")),
        }
        for place, option in enumerate(map(mapping, items(question.get("options"), MOST_OPTIONS)), start=1)
    ]
    is_over = status == "closed"
    return item.make(
        Kind.POLL_END if is_over else Kind.POLL_BEGIN,
        id=f"{item.id} closed"[-EXTERNAL_ID_LENGTH:] if is_over else "",
        message=text(question.get("questionText"), TITLE_LENGTH),
        extra={"id": item.id, "status": status, "choices": choices},
    )


def nothing(item: Item) -> None:
    """Documented, and no event of its own: the end of a stream is told by whoever looks after its broadcast."""


def unknown(item: Item) -> StreamEvent:
    raise Unreadable


PARSERS: dict[str, Parser] = {
    "textMessageEvent": message,
    "superChatEvent": super_chat,
    "superStickerEvent": super_sticker,
    "newSponsorEvent": new_member,
    "memberMilestoneChatEvent": milestone,
    "membershipGiftingEvent": gifted_memberships,
    "giftMembershipReceivedEvent": received_membership,
    "giftEvent": gift,
    "userBannedEvent": ban,
    "messageDeletedEvent": message_deleted,
    "messageRetractedEvent": message_retracted,
    "tombstone": tombstone,
    "pollEvent": poll,
    "chatEndedEvent": nothing,
    "sponsorOnlyModeStartedEvent": nothing,
    "sponsorOnlyModeEndedEvent": nothing,
    "fanFundingEvent": nothing,
    "invalidType": nothing,
}
