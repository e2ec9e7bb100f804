"""The one client of all token endpoints. Only a 2xx JSON object with a non-empty `access_token` is a token.

Everything else, an error body with status 200 included, is a failure in the platform's own dialect. Each call has one
deadline over the whole answer. Why this is our own: docs/decisions/0003-own-token-endpoint-client.md.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from typing import Any
from urllib.parse import urlencode

from connections.enums import Purpose
from connections.platforms.base import Client, Platform, Tokens, plain, whole_number
from connections.platforms.failures import CodeRejected, GrantEnded, NoAnswer, NotUnderstood
from lumio.lib import http
from lumio.lib.secrets import Secret

log = logging.getLogger(__name__)

#: Seconds for one call of the token endpoint; shorter than the lease a refresh holds.
DEADLINE = 15.0
#: Seconds for what is done as a courtesy while a person waits.
COURTESY_DEADLINE = 5.0
MAX_BYTES = 64 * 1024
#: Lifetimes beyond a hundred years are nonsense that no date could hold.
LONGEST_LIFETIME = 100 * 365 * 24 * 3600


def authorization_url(
    platform: Platform,
    client_id: str,
    *,
    purpose: Purpose,
    state: str,
    redirect_uri: str,
    verifier: str | None,
    again: bool,
) -> str:
    """Where the browser goes to ask for consent. `again` makes the platform ask who is signed in."""
    parameters = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(scope.name for scope in platform.oauth.scopes_for(purpose)),
        "state": state,
        **platform.oauth.parameters,
    }
    if again:
        parameters |= platform.oauth.reconnect_parameters
    if verifier is not None:
        parameters |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    return f"{platform.oauth.authorize_url}?{urlencode(parameters)}"


def challenge(verifier: str) -> str:
    """PKCE S256 (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def exchange(platform: Platform, client: Client, *, code: str, redirect_uri: str, verifier: str | None) -> Tokens:
    """The tokens behind an authorization code. Raises PlatformFailure; a code that is not taken is a CodeRejected."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if verifier is not None:
        fields["code_verifier"] = verifier
    try:
        return _ask(platform, client, platform.oauth.token_url, fields)
    except GrantEnded as failure:
        # `invalid_grant` says both, and here there is no grant yet.
        raise CodeRejected(platform=platform.name) from failure


def refresh(platform: Platform, client: Client, refresh_token: Secret) -> Tokens:
    """New tokens; `refresh` is None where the old refresh token stays. Raises PlatformFailure."""
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
    return _ask(platform, client, platform.oauth.refresh_url, fields)


def check(platform: Platform, client: Client) -> None:
    """Ask the platform whether it accepts a pair of app credentials. Raises PlatformFailure."""
    fields = {"grant_type": "client_credentials"}
    _ask(platform, client, platform.oauth.token_url, fields, deadline=COURTESY_DEADLINE)


def revoke(platform: Platform, client: Client, token: Secret) -> bool:
    """Hand a token back, best effort: whether the platform took it."""
    if not platform.oauth.revoke_url:
        return False
    try:
        answer = http.call(
            "POST",
            platform.oauth.revoke_url,
            deadline=COURTESY_DEADLINE,
            max_bytes=MAX_BYTES,
            **platform.revoke_request(client, token),
        )
    except http.Unreachable as error:
        log.warning("%s could not be told to forget a token: %s", platform.name, error.reason)
        return False
    return answer.ok


def _ask(platform: Platform, client: Client, url: str, fields: dict[str, str], *, deadline: float = DEADLINE) -> Tokens:
    request = platform.token_request(client, fields)
    request["headers"] = {"Accept": "application/json", **request.get("headers", {})}
    try:
        answer = http.call("POST", url, deadline=deadline, max_bytes=MAX_BYTES, **request)
    except http.Unreachable as error:
        raise (NotUnderstood if error.reason == "too_large" else NoAnswer)(platform=platform.name) from error
    if not answer.ok:
        raise platform.classify(answer)
    try:
        return tokens_of(answer.json())
    except ValueError as error:
        raise NotUnderstood(platform=platform.name) from error


def tokens_of(body: Any) -> Tokens:
    """The tokens in a 2xx body. Raises ValueError for anything that is not a token answer.

    `scope` is a list at Twitch, a space-separated string by the standard, and may be missing.
    """
    if not isinstance(body, dict):
        raise ValueError("not an object")
    access = _text(body.get("access_token"))
    if access is None:
        raise ValueError("no access token")
    refresh = _text(body.get("refresh_token"))
    scope = body.get("scope")
    scopes = scope.split() if isinstance(scope, str) else scope
    if not isinstance(scopes, list | None):
        raise ValueError("scope is neither a list nor a string")
    return Tokens(
        access=Secret(access),
        refresh=Secret(refresh) if refresh else None,
        expires_in=seconds_of(body.get("expires_in")),
        scopes=None if scopes is None else scope_names(scopes),
        grant_expires_in=seconds_of(body.get("refresh_token_expires_in")),
    )


def scope_names(values: list[Any]) -> list[str]:
    """The names in a list of scopes, without anything that is none."""
    return [name for name in map(plain, values) if name]


def _text(value: Any) -> str | None:
    """A token's characters are ASCII (RFC 6749, appendix A)."""
    return value if isinstance(value, str) and value.strip() and value.isascii() and value.isprintable() else None


def seconds_of(value: Any) -> int | None:
    """Seconds of life; None for a token without end. Some platforms send digits in a string."""
    if isinstance(value, str):
        value = whole_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < LONGEST_LIFETIME:
        return None
    return int(value)
