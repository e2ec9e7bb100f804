"""The calls we make at Spotify. Facts: https://developer.spotify.com/documentation/web-api/concepts/api-calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from connections.platforms.answers import ask, json_object
from connections.platforms.base import Dialect, Identity, pause_of, plain
from connections.platforms.failures import (
    NotRegistered,
    OwnerNeedsPremium,
    PlatformFailure,
    RateLimited,
    ScopeMissing,
    TokenRefused,
    Unavailable,
)
from lumio.lib.payload import ID_LENGTH, NAME_LENGTH, items, mapping, text

if TYPE_CHECKING:
    from lumio.lib.http import Answer
    from lumio.lib.secrets import Secret

NAME = "Spotify"
#: Spotify asks apps that called too often to wait for hours, and means it. In seconds.
LONGEST_PAUSE = 24 * 60 * 60
#: Where it does not say how long, the first pause is short; whoever keeps it makes the next ones longer.
FIRST_PAUSE = 5

REFUSALS = (
    Dialect(TokenRefused, statuses=(401,)),
    Dialect(RateLimited, statuses=(429,)),
    # An app in Development Mode works while its owner has Premium, and for those on its list.
    Dialect(OwnerNeedsPremium, "premium subscription required for the owner", (403,)),
    Dialect(NotRegistered, "not registered", (403,)),
    Dialect(NotRegistered, "may not be registered", (403,)),
    Dialect(ScopeMissing, "insufficient client scope", (403,)),
)


def own_user(token: Secret) -> Identity:
    """Whose token it is. Raises PlatformFailure.

    `account_id` came in 2026 and stays when the rest changes; every field but the ids may be missing.
    """
    user = get("/me", token)
    user_id = text(user.get("id"), ID_LENGTH)
    account_id = text(user.get("account_id"), ID_LENGTH) or user_id
    if not account_id:
        raise Unavailable(platform=NAME)
    login = user_id or account_id
    pictures = [text(mapping(image).get("url"), 500) for image in items(user.get("images"), 10)]
    return Identity(
        id=account_id,
        login=login,
        name=text(user.get("display_name"), NAME_LENGTH) or login,
        avatar_url=next(filter(None, pictures), ""),
    )


def get(path: str, token: Secret) -> dict[str, Any]:
    """The JSON object at a path of the Web API. Raises PlatformFailure."""
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token.reveal()}"}
    return json_object(NAME, ask(NAME, "GET", settings.SPOTIFY_API_URL + path, headers=headers), failure_of)


def failure_of(answer: Answer) -> PlatformFailure:
    """The failure behind an answer that is none of the good ones."""
    words = said(answer)
    fitting = (refusal.failure for refusal in REFUSALS if refusal.fits(answer.status, words.lower()))
    kind = next(fitting, Unavailable)
    pause = None
    if kind is RateLimited:
        pause = pause_of(answer, longest=LONGEST_PAUSE) if "Retry-After" in answer.headers else FIRST_PAUSE
    return kind(platform=NAME, reason=words or str(answer.status), seconds=pause, retry_after=pause)


def said(answer: Answer) -> str:
    """The message of Spotify's error object, or the plain words that come instead; "" for a page."""
    try:
        body = answer.json()
    except ValueError:
        body = answer.body.decode(errors="replace").strip()
        return "" if body.startswith("<") else plain(body)
    return plain(body) or plain(mapping(mapping(body).get("error")).get("message"))
