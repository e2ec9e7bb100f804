"""The Helix calls we make. Facts: https://dev.twitch.tv/docs/api/reference."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings

from connections.platforms.answers import ask, json_object
from connections.platforms.base import Identity, pause_of, said, whole_number
from connections.platforms.failures import (
    PlatformFailure,
    RateLimited,
    ScopeMissing,
    TokenRefused,
    Unavailable,
)
from events.ingest.threads import in_thread
from lumio.lib import http
from lumio.lib.payload import items, text
from lumio.lib.secrets import Secret

if TYPE_CHECKING:
    from connections.platforms.listening import Access, Grant

NAME = "Twitch"
REMAINING_HEADER = "Ratelimit-Remaining"
RESET_HEADER = "Ratelimit-Reset"
RETRY_HEADER = "Retry-After"
#: The bucket of points is refilled within a minute.
FULL_AFTER = 60.0


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
    return _body(f"{settings.TWITCH_AUTH_URL}/validate", {"Authorization": f"OAuth {token.reveal()}"})


def is_moderator(user_id: str, channel: Access) -> bool:
    """Whether a user is a moderator of the channel whose access this is. Raises PlatformFailure."""
    body = get(
        "/moderation/moderators", channel.token, channel.client_id, broadcaster_id=channel.channel_id, user_id=user_id
    )
    return bool(items(body.get("data"), 1))


def get(path: str, token: Secret, client_id: str, **params: Any) -> dict[str, Any]:
    """The JSON object at a Helix path. Raises PlatformFailure."""
    return _body(f"{settings.TWITCH_API_URL}{path}", _headers(token, client_id), params)


def call(method: str, path: str, access: Access, **arguments: Any) -> http.Answer:
    """What Twitch answers to a call that changes something, whatever its status. Raises NoAnswer."""
    url = f"{settings.TWITCH_API_URL}{path}"
    return ask(NAME, method, url, headers=_headers(access.token, access.client_id), **arguments)


def _headers(token: Secret, client_id: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.reveal()}", "Client-Id": client_id}


def _body(url: str, headers: dict[str, str], params: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = ask(NAME, "GET", url, headers=headers, params=params)
    if answer.status == 503:  # Twitch asks for one more try
        answer = ask(NAME, "GET", url, headers=headers, params=params)
    return json_object(NAME, answer, failure_of)


def failure_of(answer: http.Answer) -> PlatformFailure:
    """The failure behind a Helix answer. Twitch's own mock mixes up `status` in the body, so the HTTP status counts."""
    reason = _reason(answer)
    if answer.status == 401:
        kind = ScopeMissing if reason.lower().startswith("missing scope") else TokenRefused
        return kind(platform=NAME, reason=reason)
    if answer.status == 429:
        pause = pause_of(answer, RESET_HEADER)
        return RateLimited(platform=NAME, seconds=pause, retry_after=pause)
    return Unavailable(platform=NAME)


def _reason(answer: http.Answer) -> str:
    words = said(answer)
    return words[0] if words else str(answer.status)


def asked_pause(answer: http.Answer) -> float | None:
    """Seconds that a 429 asks us to wait; None where it leaves that to us."""
    says_how_long = RESET_HEADER in answer.headers or RETRY_HEADER in answer.headers
    return float(pause_of(answer, RESET_HEADER)) if says_how_long else None


class Bucket:
    """The points that Twitch lets us spend with one token in a minute, as its answers tell."""

    def __init__(self) -> None:
        self._empty_until = 0.0

    def note(self, answer: http.Answer) -> None:
        reset = whole_number(answer.headers.get(RESET_HEADER, ""))
        # An answer that says more may just have been longer on its way.
        if answer.headers.get(REMAINING_HEADER) == "0" and reset is not None:
            self._empty_until = float(reset)

    @property
    def pause(self) -> float:
        """Seconds to wait before the next call."""
        return max(0.0, min(self._empty_until - time.time(), FULL_AFTER))


class Helix:
    """The calls of a listener, with its grant and within its points."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant
        self._bucket = Bucket()

    async def rows(self, path: str, **params: Any) -> list[Any]:
        """The `data` at a Helix path. Raises PlatformFailure, http.Unreachable or what the grant raises."""
        url = settings.TWITCH_API_URL + path
        answer = await self.call("GET", url, params=params)
        if answer.status == 503:
            answer = await self.call("GET", url, params=params)
        return items(json_object(NAME, answer, failure_of).get("data"), 100)

    async def call(self, method: str, url: str, **arguments: Any) -> http.Answer:
        """The answer, whatever its status. A refused token is renewed and the call repeated, each once.

        Raises TokenRefused if the new one is refused too, http.Unreachable, or what the grant raises.
        """
        access = await self._grant.access()
        answer = await self._ask(method, url, access, **arguments)
        if is_about_token(answer):
            answer = await self._ask(method, url, await self._grant.refused(access.version), **arguments)
            if is_about_token(answer):
                raise failure_of(answer)
        return answer

    async def _ask(self, method: str, url: str, access: Access, **arguments: Any) -> http.Answer:
        if pause := self._bucket.pause:
            await asyncio.sleep(pause)
        headers = {"Authorization": f"Bearer {access.token.reveal()}", "Client-Id": access.client_id}
        answer = await in_thread(http.call, method, url, headers=headers, **arguments)
        self._bucket.note(answer)
        return answer


def is_about_token(answer: http.Answer) -> bool:
    """Whether a new token may help: not where it is the scope that is missing."""
    return answer.status == 401 and isinstance(failure_of(answer), TokenRefused)
