"""What the simulated StreamElements remembers, and its payloads. Facts: https://docs.streamelements.com/."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.server import Refused, Settings

NAMES = {401: "Unauthorized", 403: "Forbidden", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests"}


@dataclass
class StreamElementsSettings(Settings):
    may_read_tips: bool = True
    """Whether JWTs may ask for tips by REST; a 403 otherwise."""
    may_moderate: bool = True
    """Whether they may listen to the moderation of tips."""
    astro: str = "works"
    """"works", "draining" (502) or "limited" (429 at the handshake)."""
    realtime: str = "works"
    """The older gateway: "works" or "away" (503)."""
    subscribe_error: str = ""
    """What Astro answers to every subscription, such as "err_internal_error"."""
    other_room: bool = False
    """Whether Astro's room is another one than was asked for, and messages carry that."""
    old_paging: bool = False
    """Answers as they used to be: `total`, and nothing about a next page."""
    approved_on_tips: bool = True
    """Whether a tip that a moderator allowed appears under `channel.tips` too."""
    ping_interval: int = 25_000
    """Of the older gateway, in milliseconds."""


@dataclass
class Channel:
    id: str
    username: str
    provider: str
    provider_id: str
    jwts: set[str] = field(default_factory=set)
    tips: list[dict[str, Any]] = field(default_factory=list)


class ApiError(Refused):
    """`{"statusCode", "error", "message"}`."""

    def body(self) -> dict[str, Any]:
        return {"statusCode": self.status, "error": NAMES[self.status], "message": self.message}


class State:
    def __init__(self) -> None:
        self.settings = StreamElementsSettings()
        self.channels: dict[str, Channel] = {}

    def channel(self, channel_id: str | None) -> Channel:
        """That one, or the first."""
        return self.channels[channel_id or next(iter(self.channels))]

    def owner(self, jwt: str) -> Channel | None:
        return next((channel for channel in self.channels.values() if jwt in channel.jwts), None)

    def find(self, tip_id: str) -> tuple[Channel, dict[str, Any]]:
        for channel in self.channels.values():
            for tip in channel.tips:
                if tip["_id"] == tip_id:
                    return channel, tip
        raise LookupError(f"no tip {tip_id}")

    def snapshot(self) -> dict[str, Any]:
        return {
            "channels": [{"id": one.id, "username": one.username, "tips": one.tips} for one in self.channels.values()]
        }


def timestamp(at: datetime | None = None) -> str:
    return (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """As MongoDB makes them."""
    return secrets.token_hex(12)


def make_jwt(channel_id: str, expires_at: datetime | None) -> str:
    payload: dict[str, Any] = {"citadel": "x", "channel": channel_id, "role": "owner", "jti": secrets.token_hex(4)}
    if expires_at is not None:
        payload["exp"] = int(expires_at.timestamp())
    return ".".join([_part({"alg": "HS256", "typ": "JWT"}), _part(payload), secrets.token_urlsafe(32)])


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def make_tip(channel: Channel, donor: str, amount: float, currency: str, message: str, **fields: Any) -> dict[str, Any]:
    """A tip as REST and Astro show it, with what a person would not want to see kept."""
    return {
        "donation": {
            "user": {"username": donor, "geo": "FI", "email": f"{donor.lower()}@example.test", "channel": channel.id},
            "message": message,
            "amount": amount,
            "currency": currency,
            "paymentMethod": "scheme",
        },
        "_id": new_id(),
        "channel": channel.id,
        "provider": "paypal",
        "approved": "allowed",
        "status": "success",
        "createdAt": timestamp(),
        "updatedAt": timestamp(),
        "transactionId": secrets.token_hex(8).upper(),
    } | fields


def as_activity(tip: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """The same tip as the older gateway tells it."""
    donation, activity_id = tip["donation"], new_id()
    return {
        "_id": activity_id,
        "channel": channel.id,
        "type": "tip",
        "provider": channel.provider,
        "flagged": False,
        "createdAt": tip["createdAt"],
        "updatedAt": timestamp(),
        "activityId": activity_id,
        "sessionEventsCount": 7,
        "data": {
            "tipId": tip["_id"],
            "username": donation["user"]["username"],
            "displayName": donation["user"]["username"],
            "providerId": "70000001",
            "amount": donation["amount"],
            "currency": donation["currency"],
            "message": donation["message"],
            "avatar": "https://cdn.streamelements.com/avatar.png",
            "items": [],
        },
    }
