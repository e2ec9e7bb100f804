"""accounts.spotify.com: what Spotify does its own way. The pure PKCE form, for apps without a secret, is left out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import ClassVar

from aiohttp import web

from tests.fakes import oauth
from tests.fakes.oauth import App, Pkce, Problem
from tests.fakes.spotify.state import State

INVALID_CLIENT = (400, "invalid_client", "Invalid client")
INVALID_SECRET = (400, "invalid_client", "Invalid client secret")
INVALID_CODE = (400, "invalid_grant", "Invalid authorization code")
INVALID_REFRESH_TOKEN = (400, "invalid_grant", "Invalid refresh token")
TURNED_AWAY = {
    Problem.UNKNOWN_CLIENT: "INVALID_CLIENT: Invalid client",
    Problem.REDIRECT_URI: "INVALID_CLIENT: Invalid redirect URI",
    Problem.RESPONSE_TYPE: "response_type must be code",
    Problem.CHALLENGE: "code_challenge_method must be S256",
    Problem.SCOPE: "INVALID_SCOPE: Invalid scope",
}


class OAuth(oauth.OAuth):
    """Grants end by themselves, refreshed or not. A refresh usually names no refresh token; `rotation` is for the rest.

    There is no endpoint to revoke anything.
    """

    state: State
    name = "Spotify"
    accent = "#12813b"
    scopes = frozenset(
        {
            "user-read-currently-playing",
            "user-read-playback-state",
            "user-modify-playback-state",
            "user-read-recently-played",
            "playlist-read-private",
        }
    )
    pkce = Pkce.OPTIONAL
    repeats_refresh_token = False
    words: ClassVar = {
        Problem.NO_CLIENT: INVALID_CLIENT,
        Problem.UNKNOWN_CLIENT: INVALID_CLIENT,
        Problem.NO_SECRET: INVALID_SECRET,
        Problem.WRONG_SECRET: INVALID_SECRET,
        Problem.PUBLIC_CLIENT: INVALID_CLIENT,
        Problem.GRANT_TYPE: (
            400,
            "unsupported_grant_type",
            "grant_type must be client_credentials, authorization_code or refresh_token",
        ),
        Problem.BAD_CODE: INVALID_CODE,
        Problem.USED_CODE: INVALID_CODE,
        Problem.CODE_REDIRECT_URI: (400, "invalid_grant", "Invalid redirect URI"),
        Problem.VERIFIER: (400, "invalid_grant", "code_verifier was incorrect"),
        Problem.NO_REFRESH_TOKEN: (400, "invalid_request", "refresh_token must be supplied"),
        Problem.BAD_REFRESH_TOKEN: INVALID_REFRESH_TOKEN,
        Problem.SPENT_REFRESH_TOKEN: INVALID_REFRESH_TOKEN,
        Problem.DEAD_REFRESH_TOKEN: (400, "invalid_grant", "Refresh token revoked"),
    }

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/authorize", self.authorize),
            web.post("/authorize", self.decide),
            web.post("/api/token", self.token),
        ]

    def must_ask(self, query: Mapping[str, str]) -> bool:
        return query.get("show_dialog") == "true"

    def turn_away(self, problem: Problem, value: str = "", *, app: App | None = None) -> Exception:
        """A line of text for people, who are not sent back."""
        return web.HTTPBadRequest(text=TURNED_AWAY[problem])

    async def parameters(self, request: web.Request) -> dict[str, str]:
        """The credentials count only as Basic."""
        form = await super().parameters(request)
        client_id, client_secret = _basic(request.headers.get("Authorization", ""))
        return form | {"client_id": client_id, "client_secret": client_secret}


def _basic(header: str) -> tuple[str, str]:
    kind, _, value = header.partition(" ")
    try:
        pair = base64.b64decode(value, validate=True).decode() if kind == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        pair = ""
    client_id, _, client_secret = pair.partition(":")
    return client_id, client_secret
