"""What a JWT tells about itself. Its signature is StreamElements' to check; we cannot."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

#: Three parts of base64url, of which the last may be empty in no token of theirs.
SHAPE = re.compile(r"[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}")


def looks_like_one(text: str) -> bool:
    """Whether this can be a JWT: three parts, and JSON objects in the first two."""
    return SHAPE.fullmatch(text) is not None and all(_part(text, number) is not None for number in (0, 1))


def expires_at(text: str) -> datetime | None:
    """When it says that it ends; None for one that does not, or not in a way that is a time."""
    ends = (_part(text, 1) or {}).get("exp")
    if isinstance(ends, bool) or not isinstance(ends, int | float):
        return None
    try:
        return datetime.fromtimestamp(ends, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _part(text: str, number: int) -> dict[str, Any] | None:
    parts = text.split(".")
    if number >= len(parts):
        return None
    encoded = parts[number]
    try:
        value = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return value if isinstance(value, dict) else None
