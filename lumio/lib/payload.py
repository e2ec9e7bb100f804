"""What came from outside, read without ever raising: values of the wrong kind count as absent.

Every parser reads through these, so that whatever it makes can be stored on every database.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

Payload = Mapping[str, Any]
T = TypeVar("T")

#: Characters that are kept.
NAME_LENGTH = 200
LOGIN_LENGTH = 100
ID_LENGTH = 100
EXTERNAL_ID_LENGTH = 200
TITLE_LENGTH = 500
RAW_LENGTH = 65_536
RAW_DEPTH = 16
LARGEST = 2**63 - 1

#: Databases refuse NUL (PostgreSQL) and halves of surrogate pairs (UTF-8).
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Unreadable(Exception):
    """The payload lacks what makes the event."""


def needed(value: T | None) -> T:
    """The value, without which there is no event. Raises Unreadable."""
    if value is None or value == "":
        raise Unreadable
    return value


def one_piece(words: str) -> tuple[dict[str, Any], ...]:
    """A message in one piece, for `StreamEvent.fragments`."""
    return ({"type": "text", "text": words},) if words else ()


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


def number(value: Any) -> int | None:
    """A count. Not a bool, not negative, and no more than a database column holds."""
    return value if type(value) is int and 0 <= value <= LARGEST else None


def number_in_any_spelling(value: Any) -> int | None:
    """A count that may come as a string: Twitch's examples of ad breaks have both."""
    digits = isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value)
    return int(value) if digits else number(value)


def truth_in_any_spelling(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def moment(value: Any) -> datetime | None:
    """An RFC 3339 time in UTC. Of its nanoseconds Python keeps the microseconds."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def colour(value: Any) -> str:
    """`#RRGGBB`, or "" for someone who never chose one."""
    return value if isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", value) else ""


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
