"""The two REST calls that are made. Every refusal becomes a failure of `streamelements.failures`.

Facts: https://docs.streamelements.com/. An answer of `channels/me` holds live tokens of the platform, and tips hold the
donors' e-mail addresses: nothing is passed on, stored or logged but what is named here.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings

from integrations.streamelements.failures import NoAnswer, RightMissing, TipFailure, TokenRefused, TooOften
from lumio.lib import http
from lumio.lib.payload import NAME_LENGTH, items, mapping, text

if TYPE_CHECKING:
    from lumio.lib.http import Answer
    from lumio.lib.secrets import Secret

#: The most that one page of tips may hold.
PAGE = 100
#: Seconds for a call; a person who waits for the answer gets `WHILE_SOMEBODY_WAITS`.
DEADLINE, WHILE_SOMEBODY_WAITS = 15.0, 5.0
#: A hundred tips with long messages.
LARGEST_PAGE = 4 * 1024 * 1024
#: Until another attempt after a 429 that names no time.
PAUSE = 5.0
LONGEST_PAUSE = 600.0
#: An id of theirs; it becomes part of addresses.
CHANNEL_ID = re.compile(r"[0-9a-f]{24}")
PROVIDER_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Channel:
    """Whose a JWT is. `provider` is the platform that the channel is for ("twitch")."""

    id: str
    name: str
    provider: str


def channel_of(jwt: Secret, *, deadline: float = DEADLINE) -> Channel:
    """Raises a TipFailure; TokenRefused means that the JWT is over."""
    found = mapping(_ask("/channels/me", jwt, deadline=deadline))
    channel_id = found.get("_id")
    if not isinstance(channel_id, str) or not CHANNEL_ID.fullmatch(channel_id):
        raise NoAnswer
    return Channel(
        id=channel_id,
        name=text(found.get("displayName"), NAME_LENGTH) or text(found.get("username"), NAME_LENGTH),
        provider=text(found.get("provider"), PROVIDER_LENGTH).lower(),
    )


def tips(jwt: Secret, channel_id: str, *, after: datetime, offset: int = 0) -> list[Any]:
    """At most `PAGE` tips that were given after a moment, oldest first, unchecked. Raises a TipFailure."""
    asked = {
        "sort": "createdAt",
        "after": str(int(after.timestamp() * 1000)),
        "limit": str(PAGE),
        "offset": str(offset),
    }
    found = _ask(f"/tips/{channel_id}", jwt, params=asked)
    if not isinstance(mapping(found).get("docs"), list):
        raise NoAnswer
    return items(found["docs"], PAGE)


def _ask(path: str, jwt: Secret, *, params: dict[str, str] | None = None, deadline: float = DEADLINE) -> Any:
    try:
        answer = http.call(
            "GET",
            f"{settings.STREAMELEMENTS_API_URL}{path}",
            params=params,
            headers={"Authorization": f"Bearer {jwt.reveal()}", "Accept": "application/json"},
            deadline=deadline,
            max_bytes=LARGEST_PAGE,
        )
        if answer.ok:
            return answer.json(parse_float=Decimal)
    except (http.Unreachable, ValueError) as error:
        raise NoAnswer from error
    raise _failure(answer)


def _failure(answer: Answer) -> TipFailure:
    """Of a refusal only the status counts: its words may repeat what was sent."""
    match answer.status:
        case 401:
            return TokenRefused()
        case 403:
            return RightMissing()
        case 429:
            return TooOften(retry_after=pause_of(answer.headers.get("Retry-After")))
        case _:
            return NoAnswer()


def pause_of(header: str | None) -> float:
    """The seconds of a `Retry-After`; a date or nonsense counts as none."""
    try:
        seconds = float(header or "")
    except ValueError:
        return PAUSE
    return min(max(seconds, 0.0), LONGEST_PAUSE) if math.isfinite(seconds) else PAUSE
