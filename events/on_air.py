"""What viewers may see of what happened: the public form of a row (`events.payloads`), cut down to what overlays show.

Whoever has the address of an overlay may look, so a kind or a part that is not named here is left out.
"""

from __future__ import annotations

import json
from typing import Any

from events.enums import THANKED_FOR, Kind
from events.payloads import encoded

#: Lines of chat that are shown …
LINES = frozenset({Kind.CHAT_MESSAGE, Kind.CHAT_ANNOUNCEMENT})
#: … what takes them off the screen …
REMOVALS = frozenset({Kind.CHAT_MESSAGE_DELETED, Kind.CHAT_USER_CLEARED, Kind.CHAT_CLEARED})
#: … and events that are shown.
EVENTS = THANKED_FOR | {
    Kind.REDEMPTION,
    Kind.RAID_OUT,
    Kind.SHOUTOUT_SENT,
    Kind.HYPETRAIN_BEGIN,
    Kind.HYPETRAIN_PROGRESS,
    Kind.HYPETRAIN_END,
    Kind.GOAL_BEGIN,
    Kind.GOAL_PROGRESS,
    Kind.GOAL_END,
    Kind.POLL_BEGIN,
    Kind.POLL_PROGRESS,
    Kind.POLL_END,
    Kind.PREDICTION_BEGIN,
    Kind.PREDICTION_PROGRESS,
    Kind.PREDICTION_LOCK,
    Kind.PREDICTION_END,
    Kind.AD_BEGIN,
    Kind.STREAM_ONLINE,
    Kind.STREAM_OFFLINE,
    Kind.STREAM_UPDATE,
}

#: Parts of `extra` that are shown as they are, see docs/events.md.
_AS_THEY_ARE = frozenset(
    {
        *("tier", "streak", "cumulative_total", "level", "type", "title", "gift", "points", "category"),
        *("badges", "colour", "name_colour", "action", "first", "first_of_stream"),
        *("id", "total", "progress", "goal", "target", "is_achieved", "is_automatic", "choices", "outcomes", "winner"),
        *("started_at", "ends_at", "ended_at", "locks_at", "locked_at", "expires_at"),
    }
)

#: What is told of the state of a channel, of what plays and of the alert queue.
_STATES = {
    "channel.status": ("platform", "live", "live_since", "viewers", "title", "category"),
    "music.player": ("state", "item", "progress_ms", "read_at"),
    "alerts.queue": ("paused", "muted", "waiting", "current", "version"),
}


def on_air(message: dict[str, Any]) -> dict[str, Any] | None:
    """`{"seq", "type", "data"}` as overlays are told it, None for what they never are.

    `data` is `{"id", "platform", "origin", "occurred_at", "actor": {"id", "name", "avatar", "anonymous"}, "amount",
    "unit", "currency", "message", "fragments", "extra"}`; only in chat there is an `actor.id`, as removals name it. Of
    a removal it is what says which lines are meant: `{"platform", "actor": {"id"}, "extra": {"message_id"}}`.
    """
    kind, data = message["type"], message["data"]
    if kind in REMOVALS:
        told = {
            "platform": data["platform"],
            "actor": {"id": data["actor"]["id"]},
            "extra": {"message_id": data["extra"].get("message_id", "")},
        }
    elif (kind in LINES and data["removed"] is None) or kind in EVENTS:
        told = _shown(data, is_chat=kind in LINES)
    else:
        return None
    return {"seq": message["seq"], "type": kind, "data": told}


def row(text: str) -> str:
    """The same for an encoded row; "" in place of one that overlays are not told, as if the log had none there."""
    told = on_air(json.loads(text)) if text else None
    return encoded(told) if told else ""


def state(message: dict[str, Any]) -> dict[str, Any] | None:
    """The same for a message of a state channel."""
    parts = _STATES.get(message["type"])
    return message | {"data": {name: message["data"][name] for name in parts}} if parts else None


def _shown(data: dict[str, Any], *, is_chat: bool) -> dict[str, Any]:
    actor = data["actor"]
    named = {"name": _name(actor), "avatar": actor["avatar"], "anonymous": actor["anonymous"]}
    return {
        **{name: data[name] for name in ("id", "platform", "origin", "occurred_at", "amount", "unit", "currency")},
        "actor": {"id": actor["id"], **named} if is_chat else named,
        "message": data["message"],
        "fragments": [_piece(piece) for piece in data["fragments"]],
        "extra": _extra(data["extra"]),
    }


def _piece(piece: dict[str, Any]) -> dict[str, Any]:
    """Of a mention the name alone, not who exactly is meant."""
    return {"type": "mention", "text": piece["text"], "name": piece["name"]} if piece["type"] == "mention" else piece


def _extra(extra: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in extra.items() if name in _AS_THEY_ARE}
    if reply := extra.get("reply"):
        told["reply"] = {"name": _name(reply), "text": reply.get("text", "")}
    if gifter := extra.get("gifter"):
        told["gifter"] = {"name": _name(gifter)}
    if recipients := extra.get("recipients"):
        told["recipients"] = [{"name": _name(one)} for one in recipients]
    return told


def _name(person: dict[str, Any]) -> str:
    return str(person.get("name") or person.get("login") or "")
