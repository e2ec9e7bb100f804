"""The calls we make at Trovo. Facts: https://developer.trovo.live/docs/APIs.html.

Trovo refuses with HTTP 400, 401 or 500, whatever is wrong; what is meant says the number in the body's `status`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from connections.platforms.answers import ask, by_their_clock, json_object
from connections.platforms.base import Identity, pause_of, said, whole_number
from connections.platforms.failures import (
    FollowersOnly,
    LinksRefused,
    MessageBlocked,
    MessageRepeated,
    NotSent,
    PlatformFailure,
    RateLimited,
    RefusedOddly,
    ScopeMissing,
    SenderBanned,
    SenderNotLetIn,
    SlowMode,
    TokenRefused,
    Unavailable,
)
from lumio.lib.payload import ID_LENGTH, LOGIN_LENGTH, NAME_LENGTH, mapping, number_in_any_spelling, text

if TYPE_CHECKING:
    from lumio.lib.http import Answer
    from lumio.lib.secrets import Secret

NAME = "Trovo"
TOKEN_LENGTH = 4_096

#: What its numbers mean.
REFUSALS: dict[int, type[PlatformFailure]] = {
    11704: TokenRefused,  # invalid
    11714: TokenRefused,  # expired
    11730: ScopeMissing,
    11706: RateLimited,
    11707: SenderNotLetIn,
    10908: MessageRepeated,  # or more than one message a second
    11101: MessageBlocked,  # stopped by moderation, like 11103 and 12906
    11103: MessageBlocked,
    11400: NotSent,  # the account is blocked
    12400: SenderBanned,
    12401: SlowMode,
    12402: FollowersOnly,
    12905: LinksRefused,
    12906: MessageBlocked,
}


def own_user(token: Secret, client_id: str) -> Identity:
    """The channel of the user a token belongs to. Raises PlatformFailure."""
    user = call("GET", "/getuserinfo", token, client_id)
    channel_id, login = text(user.get("channelId"), ID_LENGTH), text(user.get("userName"), LOGIN_LENGTH)
    if not whole_number(channel_id) or not login:
        raise Unavailable(platform=NAME)
    return Identity(
        id=channel_id,
        login=login,
        name=text(user.get("nickName"), NAME_LENGTH) or login,
        avatar_url=picture(text(user.get("profilePic"), 400)),
    )


def scopes_of(token: Secret, client_id: str) -> list[Any]:
    """What was granted, as Trovo lists it. Raises PlatformFailure."""
    scopes = call("GET", "/validate", token, client_id).get("scopes")
    if not isinstance(scopes, list):
        raise Unavailable(platform=NAME)
    return scopes


def chat_token(channel_id: str, client_id: str) -> tuple[str, datetime]:
    """What opens a channel's chat within about 20 seconds, and since when we have it by Trovo's clock.

    Nobody has to have signed in. Raises PlatformFailure.
    """
    answer = _answer("GET", f"/chat/channel-token/{channel_id}", None, client_id)
    token = text(json_object(NAME, answer, failure_of).get("token"), TOKEN_LENGTH)
    if not token:
        raise Unavailable(platform=NAME)
    return token, by_their_clock(datetime.now(UTC), answer)


def channel(channel_id: str, client_id: str) -> dict[str, Any]:
    """What a channel says about itself, to anybody. Raises PlatformFailure."""
    return call("POST", "/channels/id", None, client_id, json={"channel_id": channel_id})


def call(method: str, path: str, token: Secret | None, client_id: str, **arguments: Any) -> dict[str, Any]:
    """The JSON object that answers a call. Raises PlatformFailure."""
    return json_object(NAME, _answer(method, path, token, client_id, **arguments), failure_of)


def _answer(method: str, path: str, token: Secret | None, client_id: str, **arguments: Any) -> Answer:
    headers = {"Accept": "application/json", "Client-ID": client_id}
    if token is not None:
        headers["Authorization"] = f"OAuth {token.reveal()}"
    return ask(NAME, method, settings.TROVO_API_URL + path, headers=headers, **arguments)


def failure_of(answer: Answer) -> PlatformFailure:
    """The failure behind an answer that is none of the good ones."""
    number = number_of(answer)
    kind = Unavailable if number is None else REFUSALS.get(number, RefusedOddly)
    words = said(answer)
    pause = pause_of(answer) if kind is RateLimited else None
    return kind(platform=NAME, reason=words[0] if words else str(number), seconds=pause, retry_after=pause)


def number_of(answer: Answer) -> int | None:
    """The number Trovo refuses with; None where there is none, or a negative one: that is Trovo's own trouble."""
    try:
        body = answer.json()
    except ValueError:
        return None
    return number_in_any_spelling(mapping(body).get("status"))


def picture(address: str) -> str:
    """The whole address of a user's picture; Trovo may send only the last part of it."""
    return address if not address or address.startswith("http") else f"{settings.TROVO_CDN_URL}/user/{address}"
