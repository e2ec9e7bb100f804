"""id.kick.com/oauth: OAuth 2.1 with PKCE, as the Go library that Kick runs has it.

Statuses marked as inferred in the fact sheet follow that library (go-oauth2/oauth2, `errors/response.go`), whose
sentences Kick returns word for word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes import oauth
from tests.fakes.kick.state import State
from tests.fakes.oauth import App, Pkce, Problem, StandardError

SCOPES = frozenset(
    {
        "user:read",
        "channel:read",
        "channel:write",
        "channel:rewards:read",
        "channel:rewards:write",
        "chat:write",
        "streamkey:read",
        "events:subscribe",
        "moderation:ban",
        "moderation:chat_message:manage",
        "kicks:read",
    }
)
INVALID_REQUEST = (
    400,
    "invalid_request",
    "The request is missing a required parameter, includes an invalid parameter value, "
    "includes a parameter more than once, or is otherwise malformed",
)
INVALID_CLIENT = (401, "invalid_client", "Client authentication failed")
INVALID_GRANT = (
    401,
    "invalid_grant",
    "The provided authorization grant (e.g., authorization code, resource owner credentials) or refresh token is "
    "invalid, expired, revoked, does not match the redirection URI used in the authorization request, "
    "or was issued to another client",
)
UNSUPPORTED_RESPONSE_TYPE = (
    401,
    "unsupported_response_type",
    "The authorization server does not support obtaining an authorization code using this method",
)
UNSUPPORTED_GRANT_TYPE = (
    401,
    "unsupported_grant_type",
    "The authorization grant type is not supported by the authorization server",
)


class OAuth(oauth.OAuth):
    """PKCE and `state` are mandatory, and the secret too; there is no way to skip or to force the consent page."""

    state: State
    name = "Kick"
    accent = "#1f8a06"
    scopes = SCOPES
    pkce = Pkce.REQUIRED
    words: ClassVar = {
        Problem.NO_CLIENT: INVALID_REQUEST,
        Problem.UNKNOWN_CLIENT: INVALID_CLIENT,
        Problem.NO_SECRET: INVALID_CLIENT,
        Problem.WRONG_SECRET: INVALID_CLIENT,
        Problem.PUBLIC_CLIENT: INVALID_CLIENT,
        Problem.REDIRECT_URI: INVALID_REQUEST,
        Problem.RESPONSE_TYPE: UNSUPPORTED_RESPONSE_TYPE,
        Problem.SCOPE: (400, "invalid_scope", "The requested scope is invalid, unknown, or malformed"),
        Problem.CHALLENGE: INVALID_REQUEST,
        Problem.GRANT_TYPE: UNSUPPORTED_GRANT_TYPE,
        Problem.BAD_CODE: INVALID_GRANT,
        Problem.USED_CODE: INVALID_GRANT,
        Problem.CODE_REDIRECT_URI: INVALID_GRANT,
        Problem.VERIFIER: INVALID_GRANT,
        Problem.NO_REFRESH_TOKEN: INVALID_REQUEST,
        Problem.BAD_REFRESH_TOKEN: INVALID_GRANT,
        Problem.SPENT_REFRESH_TOKEN: INVALID_GRANT,
        Problem.DEAD_REFRESH_TOKEN: INVALID_GRANT,
    }

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/oauth/authorize", self.authorize),
            web.post("/oauth/authorize", self.decide),
            web.post("/oauth/token", self.token),
            web.post("/oauth/revoke", self.revoke),
            web.post("/oauth/token/introspect", self.introspect),
        ]

    def query(self, request: web.Request) -> dict[str, str]:
        """Kick's front end writes `localhost` over the first `127.0.0.1`, whichever parameter that is in."""
        return dict(parse_qsl(request.rel_url.raw_query_string.replace("127.0.0.1", "localhost", 1)))

    def requested(self, query: Mapping[str, str]) -> tuple[App, list[str]]:
        if not query.get("state"):
            raise StandardError(*INVALID_REQUEST)
        return super().requested(query)

    async def revoke(self, request: web.Request) -> web.Response:
        """The token counts only in the query string; what a dead one answers is not documented, so RFC 7009's 200."""
        if not request.query.get("token"):
            raise StandardError(*INVALID_REQUEST)
        self.state.revoke(request.query["token"])
        return web.Response(text="OK")

    async def introspect(self, request: web.Request) -> web.Response:
        """What the token in the header is good for."""
        token = self.state.bearer(request.headers.get("Authorization"))
        if token is None and self.state.settings.refuses_to_introspect:
            return web.json_response({"data": {}, "message": "Unauthorized"}, status=401)
        data: dict[str, Any] = {"active": False}
        if token is not None:
            data = {
                "active": True,
                "client_id": token.client_id,
                "token_type": "user" if token.user_id else "app",
                "scope": " ".join(token.scopes),
                "exp": int(token.expires_at),
            }
        return web.json_response({"data": data, "message": "OK"})
