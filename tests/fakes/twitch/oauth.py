"""id.twitch.tv/oauth2: what Twitch does its own way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from aiohttp import web

from tests.fakes import oauth
from tests.fakes.oauth import AccessToken, App, Problem
from tests.fakes.server import Refused
from tests.fakes.twitch.topics import KNOWN_SCOPES


class OAuthError(Refused):
    """`{"status", "message"}`, without the `error` member that Helix has."""

    def body(self) -> dict[str, Any]:
        return {"status": self.status, "message": self.message}


INVALID_CODE = (400, "Invalid authorization code")
INVALID_REFRESH_TOKEN = (400, "Invalid refresh token")
WRONG_REDIRECT_URI = "Parameter redirect_uri does not match registered URI"


class OAuth(oauth.OAuth):
    """The secret counts only in the form body, never as Basic; PKCE is ignored."""

    name = "Twitch"
    accent = "#9147ff"
    scopes = KNOWN_SCOPES
    denial: ClassVar = {"error": "access_denied", "error_description": "The user denied you access"}
    error = OAuthError
    words: ClassVar = {
        Problem.NO_CLIENT: (400, "missing client id"),
        Problem.UNKNOWN_CLIENT: (400, "invalid client"),
        Problem.NO_SECRET: (400, "missing client secret"),
        Problem.WRONG_SECRET: (403, "invalid client secret"),
        Problem.PUBLIC_CLIENT: (400, "Invalid client credentials"),
        Problem.RESPONSE_TYPE: (400, "invalid response type"),
        Problem.SCOPE: (400, "invalid scope requested: '{}'"),
        Problem.GRANT_TYPE: (400, "invalid grant type"),
        Problem.BAD_CODE: INVALID_CODE,
        Problem.USED_CODE: INVALID_CODE,
        Problem.CODE_REDIRECT_URI: (400, WRONG_REDIRECT_URI),
        Problem.NO_REFRESH_TOKEN: (400, "missing refresh token"),
        Problem.BAD_REFRESH_TOKEN: INVALID_REFRESH_TOKEN,
        Problem.SPENT_REFRESH_TOKEN: INVALID_REFRESH_TOKEN,
        Problem.DEAD_REFRESH_TOKEN: INVALID_REFRESH_TOKEN,
    }

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/oauth2/authorize", self.authorize),
            web.post("/oauth2/authorize", self.decide),
            web.post("/oauth2/token", self.token),
            web.get("/oauth2/validate", self.validate),
            web.post("/oauth2/revoke", self.revoke),
        ]

    def must_ask(self, query: Mapping[str, str]) -> bool:
        return query.get("force_verify") == "true"

    def turn_away(self, problem: Problem, value: str = "", *, app: App | None = None) -> Exception:
        """A wrong redirect URI sends people to the registered one, without the state."""
        if problem is not Problem.REDIRECT_URI or app is None:
            return self.refusal(problem, value)
        return web.HTTPFound(
            oauth.with_query(app.redirect_uris[0], error="redirect_mismatch", error_description=WRONG_REDIRECT_URI)
        )

    def callback(self, code: str, scopes: list[str]) -> dict[str, str]:
        return {"code": code, "scope": " ".join(scopes)}

    def answer(self, token: AccessToken, refresh_token: str | None = None) -> dict[str, Any]:
        """`scope` is a list here and left out when empty; app tokens have no refresh token."""
        answer: dict[str, Any] = {"access_token": token.value, "expires_in": token.expires_in}
        if refresh_token is not None:
            answer["refresh_token"] = refresh_token
        if token.scopes:
            answer["scope"] = token.scopes
        return answer | {"token_type": "bearer"}

    async def validate(self, request: web.Request) -> web.Response:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if kind not in ("OAuth", "Bearer"):
            raise OAuthError(401, "missing authorization token")
        token = self.state.valid_token(value)
        if token is None:
            raise OAuthError(401, "invalid access token")
        answer: dict[str, Any] = {"client_id": token.client_id}
        if token.user_id is not None:
            answer |= {"login": self.state.users[token.user_id].login, "user_id": token.user_id}
        answer |= {"scopes": token.scopes, "expires_in": token.expires_in}
        return web.json_response(answer)

    async def revoke(self, request: web.Request) -> web.Response:
        """200 with an empty body, also for a token that is already dead."""
        form = await request.post()
        client_id, value = str(form.get("client_id", "")), str(form.get("token", ""))
        if client_id not in self.state.apps:
            raise OAuthError(400, f"Invalid client_id: {client_id}")
        if not value:
            raise OAuthError(400, "missing oauth token")
        token = self.state.access_tokens.get(value)
        if token is not None and token.client_id == client_id:
            self.state.revoke(value)
        return web.Response()
