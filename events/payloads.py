"""The public form of a log row: the same for the socket, REST, GraphQL and the first paint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from events.models import ChatLine, Event

if TYPE_CHECKING:
    from events.models import LogRow

#: Bytes of a row that a socket carries: daphne's limit for messages, 64 KiB, counts what it sends as well.
LONGEST_ROW = 60_000
#: Characters that remain of a message that is cut. A character takes twelve bytes at most.
CUT_AT = 3_000


def payload(row: LogRow) -> dict[str, Any]:
    """`{"seq", "type", "data"}`: what any reader of the log may see. Times are ISO 8601 in UTC.

    `data.id` is the platform's id of the event, which later events of the log may name (a deleted message). A line of
    chat has `removed`: when and by whom it was taken out, or null while it stands. An event has `thanked`: when and by
    whom it was ticked as thanked for, or null.
    """
    return {
        "seq": row.seq,
        "type": row.kind,
        "data": {
            "id": row.external_id,
            "platform": row.platform,
            "channel_id": row.channel_id,
            "origin": row.origin,
            "occurred_at": row.occurred_at.isoformat(),
            "received_at": row.received_at.isoformat(),
            "actor": {
                "id": row.actor_id,
                "login": row.actor_login,
                "name": row.actor_name,
                "avatar": row.actor_avatar,
                "anonymous": row.actor_anonymous,
            },
            "amount": row.amount,
            "unit": row.unit,
            "currency": row.currency,
            "message": row.message,
            "fragments": row.fragments,
            "extra": row.extra,
            **({"removed": row.removed} if isinstance(row, ChatLine) else {}),
            **({"thanked": row.thanked} if isinstance(row, Event) else {}),
        },
    }


def encoded(message: dict[str, Any]) -> str:
    """JSON on one line, in ASCII: as many bytes as characters."""
    return json.dumps(message, separators=(",", ":"))


def encoded_row(message: dict[str, Any]) -> str:
    """The payload of a row for the bus and the socket. One too long for a frame is cut and says so in `data.cut`."""
    text = encoded(message)
    if len(text) <= LONGEST_ROW:
        return text
    short = {"message": message["data"]["message"][:CUT_AT], "fragments": [], "extra": {}, "cut": True}
    return encoded({**message, "data": message["data"] | short})
