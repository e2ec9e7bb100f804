"""The calls we make at Kick. Facts: https://docs.kick.com."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from connections.platforms.answers import ask, json_object
from connections.platforms.base import Identity, pause_of, plain, said
from connections.platforms.failures import (
    PlatformFailure,
    RateLimited,
    RefusedOddly,
    ScopeMissing,
    TokenRefused,
    Unavailable,
)
from events.ingest.threads import in_thread
from lumio.lib.payload import LOGIN_LENGTH, NAME_LENGTH, Payload, items, mapping, number, text

if TYPE_CHECKING:
    from connections.platforms.listening import Grant
    from lumio.lib.http import Answer
    from lumio.lib.secrets import Secret

NAME = "Kick"
#: Seconds for what somebody waits for who has other things to do: a delivery, or a person who disconnects.
SHORT_DEADLINE = 5.0
SUBSCRIPTIONS = "/events/subscriptions"
MOST_SUBSCRIPTIONS = 500
#: Subscriptions that one call may end.
ENDED_AT_ONCE = 50


def own_user(token: Secret) -> Identity:
    """The user a token belongs to, whose id is the channel's too. Raises PlatformFailure.

    The login is the slug, which may differ from the name in "_" and "-" and is not made from it; "" for a token that
    may not read channels, as those of bots.
    """
    user = first(call("GET", "/users", token, needs="user:read"))
    user_id, name = number(user.get("user_id")), text(user.get("name"), NAME_LENGTH)
    if user_id is None or not name:
        raise Unavailable(platform=NAME)
    return Identity(str(user_id), login=_own_slug(token), name=name, avatar_url=text(user.get("profile_picture"), 500))


def _own_slug(token: Secret) -> str:
    try:
        channel = first(call("GET", "/channels", token, needs="channel:read"))
    except ScopeMissing:
        return ""
    return text(channel.get("slug"), LOGIN_LENGTH)


def public_key() -> str:
    """The key that Kick signs deliveries with, in PEM. Raises PlatformFailure."""
    answer = ask(NAME, "GET", f"{settings.KICK_API_URL}/public/v1/public-key", deadline=SHORT_DEADLINE)
    return text(mapping(json_object(NAME, answer, failure_of).get("data")).get("public_key"), 5_000)


def unsubscribe(channel_id: str, token: Secret) -> None:
    """End every subscription of the app to a channel. Raises PlatformFailure."""
    given: dict[str, Any] = {"needs": "events:subscribe", "deadline": SHORT_DEADLINE}
    listed = call("GET", SUBSCRIPTIONS, token, params={"broadcaster_user_id": channel_id}, **given)
    found = [row["id"] for row in subscriptions_of(channel_id, listed)]
    for at in range(0, len(found), ENDED_AT_ONCE):
        call("DELETE", SUBSCRIPTIONS, token, params={"id": found[at : at + ENDED_AT_ONCE]}, **given)


def subscriptions_of(channel_id: str, rows: Any) -> list[dict[str, str]]:
    """The `id` and `event` of those subscriptions, of all that were listed, that are to this channel."""
    return [
        {"id": row["id"], "event": row["event"]}
        for row in map(mapping, items(rows, MOST_SUBSCRIPTIONS))
        if str(row.get("broadcaster_user_id")) == channel_id
        and row.get("method", "webhook") == "webhook"
        and isinstance(row.get("id"), str)
        and isinstance(row.get("event"), str)
    ]


def call(method: str, path: str, token: Secret, *, needs: str, **arguments: Any) -> Any:
    """The `data` at a path of the public API. Raises PlatformFailure.

    Kick answers a dead token and one without the scope that a call `needs` alike; it is asked which of them it is.
    """
    answer = ask(NAME, method, f"{settings.KICK_API_URL}/public/v1{path}", headers=_bearer(token), **arguments)
    if answer.status == 401 and _only_lacks(token, needs):
        raise ScopeMissing(platform=NAME, reason=needs)
    if answer.status == 204:
        return None
    return json_object(NAME, answer, failure_of).get("data")


def _only_lacks(token: Secret, scope: str) -> bool:
    """Whether a refused token is alive and without that scope; False where Kick does not say."""
    try:
        answer = ask(NAME, "POST", f"{settings.KICK_AUTH_URL}/oauth/token/introspect", headers=_bearer(token))
        told = mapping(json_object(NAME, answer, failure_of).get("data"))
    except PlatformFailure:
        return False
    granted = told.get("scope")
    return told.get("active") is True and isinstance(granted, str) and scope not in granted.split()


def failure_of(answer: Answer) -> PlatformFailure:
    """The failure behind an answer of the public API."""
    if answer.status == 401:
        return TokenRefused(platform=NAME)
    if answer.status == 429:
        pause = pause_of(answer)
        return RateLimited(platform=NAME, seconds=pause, retry_after=pause)
    reason = _reason(answer)
    if answer.status < 500 and reason:
        return RefusedOddly(platform=NAME, reason=reason)
    return Unavailable(platform=NAME)


def _reason(answer: Answer) -> str:
    """What an error body says; the more telling words are sometimes a string in `data`. "" for a page of a proxy."""
    words = said(answer)
    return (plain(answer.json().get("data")) or words[0]) if words else ""


def first(rows: Any) -> Payload:
    return mapping(next(iter(items(rows, 1)), None))


def _bearer(token: Secret) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.reveal()}"}


class Calls:
    """The calls of a listener, with its grant: a refused token is renewed and the call repeated, each once."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant

    async def call(self, method: str, path: str, *, needs: str, **arguments: Any) -> Any:
        """See `call`. Raises PlatformFailure, and what the grant raises."""
        access = await self._grant.access()
        try:
            return await in_thread(call, method, path, access.token, needs=needs, **arguments)
        except TokenRefused:
            access = await self._grant.refused(access.version)
            return await in_thread(call, method, path, access.token, needs=needs, **arguments)
