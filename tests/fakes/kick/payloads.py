"""The bodies of Kick's deliveries, each as the documentation has it."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.kick.state import User

Event = dict[str, Any]

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MONTH = timedelta(days=30)


def ulid() -> str:
    """48 bits of time and 80 at random, in 26 characters."""
    value = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join(CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def timestamp(at: datetime | None = None) -> str:
    return f"{at or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def short_person(user: User) -> Event:
    """As KICKs and redemptions have it."""
    return {
        "user_id": int(user.id),
        "username": user.name,
        "is_verified": False,
        "profile_picture": f"https://files.kick.com/images/user/{user.id}/profile_image/conversion/medium.webp",
        "channel_slug": user.login,
    }


def person(user: User) -> Event:
    return {"is_anonymous": False, **short_person(user), "identity": None}


def chatter(user: User) -> Event:
    """With colour and badges, where there are any."""
    identity = {"username_color": user.colour, "badges": user.badges} if user.colour or user.badges else None
    return person(user) | {"identity": identity}


ANONYMOUS = {**dict.fromkeys(person(User("1", "", ""))), "is_anonymous": True}


def message(streamer: User, sender: User, content: str, *, reply_to: Event | None = None) -> Event:
    """The list of emotes is null, as in live traffic."""
    parent = reply_to and {name: reply_to[name] for name in ("message_id", "content", "sender")}
    return {
        "message_id": str(uuid.uuid4()),
        "replies_to": parent,
        "broadcaster": person(streamer),
        "sender": chatter(sender),
        "content": content,
        "emotes": None,
        "created_at": timestamp(),
    }


def follow(streamer: User, follower: User) -> Event:
    return {"broadcaster": person(streamer), "follower": person(follower)}


def subscription(streamer: User, subscriber: User, months: int) -> Event:
    return {
        "broadcaster": person(streamer),
        "subscriber": person(subscriber),
        "duration": months,
        **_paid_month(),
    }


def gifts(streamer: User, gifter: User | None, giftees: list[User]) -> Event:
    return {
        "broadcaster": person(streamer),
        "gifter": person(gifter) if gifter else ANONYMOUS,
        "giftees": [person(giftee) for giftee in giftees],
        **_paid_month(),
    }


def _paid_month() -> Event:
    now = datetime.now(UTC)
    return {"created_at": timestamp(now), "expires_at": timestamp(now + MONTH)}


def kicks(streamer: User, sender: User, amount: int, text: str) -> Event:
    gift = {
        "amount": amount,
        "name": "Full Send",
        "type": "BASIC",
        "tier": "BASIC",
        "message": text,
        "pinned_time_seconds": 600,
    }
    return {
        "broadcaster": short_person(streamer),
        "sender": short_person(sender),
        "gift": gift,
        "created_at": timestamp(),
    }


def redemption(streamer: User, redeemer: User, title: str, *, cost: int, text: str, status: str) -> Event:
    return {
        "id": ulid(),
        "user_input": text,
        "status": status,
        "redeemed_at": timestamp(),
        "reward": {"id": ulid(), "title": title, "cost": cost, "description": ""},
        "redeemer": short_person(redeemer),
        "broadcaster": short_person(streamer),
    }


def ban(streamer: User, moderator: User, banned: User, *, reason: str, minutes: int | None) -> Event:
    now = datetime.now(UTC)
    ends = timestamp(now + timedelta(minutes=minutes)) if minutes is not None else None
    return {
        "broadcaster": person(streamer),
        "moderator": person(moderator),
        "banned_user": person(banned),
        "metadata": {"reason": reason, "created_at": timestamp(now), "expires_at": ends},
    }


def stream_status(streamer: User, *, started_at: str) -> Event:
    """Live while the streamer has a stream."""
    return {
        "broadcaster": person(streamer),
        "is_live": streamer.stream is not None,
        "title": streamer.title,
        "started_at": started_at,
        "ended_at": None if streamer.stream else timestamp(),
    }


def stream_update(streamer: User) -> Event:
    return {
        "broadcaster": person(streamer),
        "metadata": {
            "title": streamer.title,
            "language": streamer.language,
            "has_mature_content": False,
            "category": {"id": streamer.category_id, "name": streamer.category_name, "thumbnail": ""},
        },
    }
