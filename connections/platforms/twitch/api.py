"""The Helix calls we make. Facts: https://dev.twitch.tv/docs/api/reference."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from connections.platforms.base import Identity, pause_of, said
from connections.platforms.failures import PlatformFailure, RateLimited, ScopeMissing, TokenRefused, Unavailable
from connections.platforms.twitch.parse import text
from lumio.lib import http
from lumio.lib.secrets import Secret

NAME = "Twitch"
RESET_HEADER = "Ratelimit-Reset"


def own_user(token: Secret, client_id: str) -> Identity:
    """The user a token belongs to; on Twitch the channel id is the user id. Raises PlatformFailure."""
    body = get("/users", token, client_id)
    try:
        user = body["data"][0]
        user_id, login = text(user["id"], 100), text(user["login"], 100)
        # Display names may be in any script, and empty for accounts older than display names.
        name, avatar_url = text(user.get("display_name"), 200), text(user.get("profile_image_url"), 500)
    except (LookupError, TypeError, AttributeError) as error:
        raise Unavailable(platform=NAME) from error
    if not user_id or not login:
        raise Unavailable(platform=NAME)
    return Identity(id=user_id, login=login, name=name or login, avatar_url=avatar_url)


def validate(token: Secret) -> dict[str, Any]:
    """What Twitch says about a token: `client_id`, `login`, `scopes`, `user_id`, `expires_in` in seconds.

    Raises TokenRefused for a dead one. Twitch asks for this call at start and hourly for each token in use.
    """
    return _body("GET", f"{settings.TWITCH_AUTH_URL}/validate", {"Authorization": f"OAuth {token.reveal()}"})


def get(path: str, token: Secret, client_id: str, **params: Any) -> dict[str, Any]:
    """The JSON object at a Helix path. Raises PlatformFailure."""
    headers = {"Authorization": f"Bearer {token.reveal()}", "Client-Id": client_id}
    return _body("GET", f"{settings.TWITCH_API_URL}{path}", headers, params)


def _body(method: str, url: str, headers: dict[str, str], params: dict[str, Any] | None = None) -> dict[str, Any]:
    try:
        answer = http.call(method, url, headers=headers, params=params)
    except http.Unreachable as error:
        raise Unavailable(platform=NAME) from error
    if not answer.ok:
        raise failure_of(answer)
    try:
        body = answer.json()
    except ValueError as error:
        raise Unavailable(platform=NAME) from error
    if not isinstance(body, dict):
        raise Unavailable(platform=NAME)
    return body


def failure_of(answer: http.Answer) -> PlatformFailure:
    """The failure behind a Helix answer. Twitch's own mock mixes up `status` in the body, so the HTTP status counts."""
    words = said(answer)
    reason = words[0] if words else str(answer.status)
    if answer.status == 401:
        kind = ScopeMissing if reason.lower().startswith("missing scope") else TokenRefused
        return kind(platform=NAME, reason=reason)
    if answer.status == 429:
        pause = pause_of(answer, RESET_HEADER)
        return RateLimited(platform=NAME, seconds=pause, retry_after=pause)
    return Unavailable(platform=NAME)
