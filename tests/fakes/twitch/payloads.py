"""Event payloads as Twitch writes them: nulls kept, times with nine digits, a field nobody expects."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from tests.fakes.twitch.state import User

Event = dict[str, Any]
FindUser = Callable[[str], User | None]

UNANNOUNCED = {"unannounced_field": {"why": "Twitch adds fields without a version bump"}}
EMOTES = {"Kappa": "25", "LUL": "425618", "PogChamp": "305954156", "HeyGuys": "30259"}
CHEERMOTE = re.compile(r"(?P<prefix>[A-Za-z]+)(?P<bits>[1-9]\d*)")
CHEER_TIERS = {5: 10_000, 4: 5_000, 3: 1_000, 2: 100, 1: 1}
ANONYMOUS_CHEERER = User(id="407665396", login="ananonymouscheerer", name="AnAnonymousCheerer")

SHARED_NOTICES = (
    "sub",
    "resub",
    "sub_gift",
    "community_sub_gift",
    "gift_paid_upgrade",
    "prime_paid_upgrade",
    "pay_it_forward",
    "raid",
    "announcement",
)
NOTICES = (*SHARED_NOTICES, "unraid", "bits_badge_tier", "charity_donation", "watch_streak", "modiversary")


def timestamp(seconds_ago: float = 0.0) -> str:
    """RFC 3339 UTC with nanoseconds, which Python's own parser only takes since 3.11."""
    nanoseconds = time.time_ns() - round(seconds_ago * 1e9)
    whole, fraction = divmod(nanoseconds, 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{fraction:09}Z"


def person(prefix: str, user: User | None) -> Event:
    """The id, login and name triple; nulls for nobody."""
    return {
        f"{prefix}_id": user and user.id,
        f"{prefix}_login": user and user.login,
        f"{prefix}_name": user and user.name,
    }


def about(channel: User) -> Event:
    return person("broadcaster_user", channel)


# Chat


def fragments(text: str, find_user: FindUser, *, cheers: bool = False) -> list[Event]:
    """Cut a message into fragments; their texts joined are the message again."""
    cut: list[Event] = []
    for piece in re.findall(r"\s+|\S+", text):
        fragment = _fragment(piece, find_user, cheers=cheers)
        if cut and fragment["type"] == cut[-1]["type"] == "text":
            cut[-1]["text"] += piece
        else:
            cut.append(fragment)
    return cut


def _fragment(piece: str, find_user: FindUser, *, cheers: bool) -> Event:
    fragment: Event = {
        "type": "text",
        "text": piece,
        "cheermote": None,
        "emote": None,
        "mention": None,
    }
    mentioned = find_user(piece[1:]) if piece.startswith("@") else None
    cheermote = CHEERMOTE.fullmatch(piece) if cheers else None
    if piece in EMOTES:
        emote = {"id": EMOTES[piece], "emote_set_id": "0", "owner_id": "0", "format": ["static"]}
        return fragment | {"type": "emote", "emote": emote}
    if mentioned:
        return fragment | {"type": "mention", "mention": person("user", mentioned)}
    if cheermote:
        bits = int(cheermote["bits"])
        tier = next(number for number, least in CHEER_TIERS.items() if bits >= least)
        mote = {"prefix": cheermote["prefix"].lower(), "bits": bits, "tier": tier}
        return fragment | {"type": "cheermote", "cheermote": mote}
    return fragment


def chat_message(
    channel: User,
    chatter: User,
    message_id: str,
    text: str,
    pieces: list[Event],
    *,
    badges: list[Event],
    bits: int,
    reply: Event | None,
    source: User | None,
) -> Event:
    return {
        **about(channel),
        **person("source_broadcaster_user", source),
        **person("chatter_user", chatter),
        "message_id": message_id,
        "source_message_id": message_id if source else None,
        "is_source_only": False if source else None,
        "message": {"text": text, "fragments": pieces},
        "color": chatter.color,
        "badges": badges,
        "source_badges": [] if source else None,
        "message_type": "text",
        "cheer": {"bits": bits} if bits else None,
        "reply": reply,
        "channel_points_custom_reward_id": None,
        "channel_points_animation_id": None,
    }


def reply_to(original: Event) -> Event:
    """What a reply says about the message it answers (itself a chat message payload)."""
    thread = original["reply"] or {}
    parent = _renamed(original, "parent_user")
    return {
        "parent_message_id": original["message_id"],
        "parent_message_body": original["message"]["text"],
        **parent,
        "thread_message_id": thread.get("thread_message_id", original["message_id"]),
        "thread_user_id": thread.get("thread_user_id", parent["parent_user_id"]),
        "thread_user_login": thread.get("thread_user_login", parent["parent_user_login"]),
        "thread_user_name": thread.get("thread_user_name", parent["parent_user_name"]),
    }


def chat_notification(
    channel: User,
    chatter: User | None,
    notice_type: str,
    details: Event,
    *,
    message_id: str,
    system_message: str,
    text: str = "",
    color: str = "",
    source: User | None = None,
) -> Event:
    """Chat's version of a notice: one object named like its type, all the others null.

    What happened in the other channel of a shared chat has a type of its own.
    """
    if source:
        notice_type = f"shared_chat_{notice_type}"
    return {
        **about(channel),
        **person("source_broadcaster_user", source),
        "source_message_id": message_id if source else None,
        "source_badges": [] if source else None,
        "is_source_only": False if source else None,
        **person("chatter_user", chatter),
        "chatter_is_anonymous": chatter is None,
        "color": color,
        "badges": [],
        "system_message": system_message,
        "message_id": message_id,
        "message": {"text": text, "fragments": fragments(text, lambda login: None)},
        "notice_type": notice_type,
        **dict.fromkeys(NOTICES),
        **dict.fromkeys(f"shared_chat_{name}" for name in SHARED_NOTICES),
        notice_type: details,
    }


def deletion(message: Event) -> Event:
    """What is said about a message (itself a chat message payload) that a moderator took away."""
    kept = {key: value for key, value in message.items() if key.startswith("broadcaster_user") or key == "message_id"}
    return kept | _renamed(message, "target_user")


def _renamed(message: Event, role: str) -> Event:
    """The chatter of a message in another role."""
    prefix = "chatter_user"
    return {key.replace(prefix, role): value for key, value in message.items() if key.startswith(prefix)}


def target(channel: User, user: User) -> Event:
    return {**about(channel), **person("target_user", user)}


def moderated(channel: User, user: User, moderator: User) -> Event:
    return {**person("user", user), **about(channel), **person("moderator_user", moderator)}


def ban(channel: User, user: User, moderator: User, *, reason: str, seconds: int | None) -> Event:
    """A ban, or with a length a timeout."""
    return {
        **moderated(channel, user, moderator),
        "reason": reason,
        "banned_at": timestamp(),
        "ends_at": None if seconds is None else timestamp(-seconds),
        "is_permanent": seconds is None,
    }


# Alerts


def follow(channel: User, user: User) -> Event:
    return {**person("user", user), **about(channel), "followed_at": timestamp()}


def subscribe(channel: User, user: User, tier: str, *, is_gift: bool) -> Event:
    return {**person("user", user), **about(channel), "tier": tier, "is_gift": is_gift}


def subscription_gift(channel: User, gifter: User | None, total: int, tier: str, cumulative: int | None) -> Event:
    return {
        **person("user", gifter),
        **about(channel),
        "total": total,
        "tier": tier,
        "cumulative_total": cumulative,
        "is_anonymous": gifter is None,
    }


def resubscription(
    channel: User, user: User, tier: str, *, text: str, months: int, streak: int | None, bought: int
) -> Event:
    emotes = [
        {"begin": match.start(), "end": match.end() - 1, "id": EMOTES[match.group()]}
        for match in re.finditer(r"\S+", text)
        if match.group() in EMOTES
    ]
    return {
        **person("user", user),
        **about(channel),
        "tier": tier,
        "message": {"text": text, "emotes": emotes or None},
        "cumulative_months": months,
        "streak_months": streak,
        "duration_months": bought,
    }


def cheer(channel: User, user: User | None, bits: int, message: str) -> Event:
    return {
        **person("user", user),
        **about(channel),
        "is_anonymous": user is None,
        "message": message,
        "bits": bits,
    }


def raid(source: User, channel: User, viewers: int) -> Event:
    return {
        **person("from_broadcaster_user", source),
        **person("to_broadcaster_user", channel),
        "viewers": viewers,
    }


def redemption(
    channel: User, user: User, redemption_id: str, *, title: str, cost: int, text: str, status: str
) -> Event:
    return {
        "id": redemption_id,
        **about(channel),
        **person("user", user),
        "user_input": text,
        "status": status,
        "reward": {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, title)), "title": title, "cost": cost, "prompt": ""},
        "redeemed_at": timestamp(),
    }


def shoutout_create(channel: User, other: User, moderator: User, viewers: int) -> Event:
    return {
        **about(channel),
        **person("to_broadcaster_user", other),
        **person("moderator_user", moderator),
        "viewer_count": viewers,
        "started_at": timestamp(),
        "cooldown_ends_at": timestamp(-120),
        "target_cooldown_ends_at": timestamp(-3600),
    }


def shoutout_receive(channel: User, other: User, viewers: int) -> Event:
    return {
        **about(channel),
        **person("from_broadcaster_user", other),
        "viewer_count": viewers,
        "started_at": timestamp(),
    }


# The channel


def stream_online(channel: User) -> Event:
    assert channel.stream is not None
    stream = channel.stream
    return {"id": stream.id, **about(channel), "type": "live", "started_at": stream.started_at}


def channel_update(channel: User) -> Event:
    return {
        **about(channel),
        "title": channel.title,
        "language": channel.language,
        "category_id": channel.category_id,
        "category_name": channel.category_name,
        "content_classification_labels": channel.labels,
    }


def ad_break(channel: User, requester: User, seconds: int, *, automatic: bool) -> Event:
    return {
        **about(channel),
        **person("requester_user", requester),
        "duration_seconds": seconds,
        "started_at": timestamp(),
        "is_automatic": automatic,
    }
