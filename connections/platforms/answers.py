"""Asking a platform's API: an answer of its own or a failure, the same for all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connections.platforms.failures import NoAnswer, PlatformFailure, Unavailable
from lumio.lib import http

#: A clock that is further off than the seconds of a header can say is corrected.
EXACT = timedelta(seconds=2)


def ask(platform: str, method: str, url: str, **arguments: Any) -> http.Answer:
    """What the platform of that name answers, whatever its status. Raises NoAnswer.

    The arguments are those of `lumio.lib.http.call`.
    """
    try:
        return http.call(method, url, **arguments)
    except http.Unreachable as error:
        raise NoAnswer(platform=platform) from error


def json_object(
    platform: str, answer: http.Answer, failure_of: Callable[[http.Answer], PlatformFailure]
) -> dict[str, Any]:
    """The JSON object of a good answer. Raises `failure_of` every other one, and Unavailable for another good body."""
    if not answer.ok:
        raise failure_of(answer)
    try:
        body = answer.json()
    except ValueError as error:
        raise Unavailable(platform=platform) from error
    if not isinstance(body, dict):
        raise Unavailable(platform=platform)
    return body


def by_their_clock(at: datetime, answer: http.Answer) -> datetime:
    """What the platform's clock showed at a moment of ours, as far as the answer that just came says."""
    try:
        ahead = parsedate_to_datetime(answer.headers.get("Date", "")) - datetime.now(UTC)
    except (TypeError, ValueError):
        return at
    return at if abs(ahead) < EXACT else at + ahead
