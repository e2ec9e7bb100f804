"""accounts.google.com and oauth2.googleapis.com: what Google does its own way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from aiohttp import web

from tests.fakes import oauth
from tests.fakes.oauth import AccessToken, App, Pkce, Problem, StandardError
from tests.fakes.youtube.state import State

READONLY = "https://www.googleapis.com/auth/youtube.readonly"
FORCE_SSL = "https://www.googleapis.com/auth/youtube.force-ssl"
YOUTUBE = "https://www.googleapis.com/auth/youtube"

BAD_REQUEST = (400, "invalid_grant", "Bad Request")
ERROR_PAGE = "<!doctype html><title>Sign in - Google Accounts</title><h1>Access blocked</h1><p>Error {}: {}</p>"


class OAuth(oauth.OAuth):
    """Refresh tokens stay the same and come with the first consent, or with one that `prompt=consent` asks for."""

    state: State
    name = "Google"
    accent = "#c4302b"
    scopes = frozenset({READONLY, FORCE_SSL, YOUTUBE})
    pkce = Pkce.OPTIONAL
    grant_types = frozenset({"authorization_code", "refresh_token"})
    repeats_refresh_token = False
    words: ClassVar = {
        Problem.NO_CLIENT: (400, "invalid_request", "Could not determine client ID from request."),
        Problem.UNKNOWN_CLIENT: (401, "invalid_client", "The OAuth client was not found."),
        Problem.NO_SECRET: (400, "invalid_request", "client_secret is missing."),
        Problem.WRONG_SECRET: (401, "invalid_client", "The provided client secret is invalid."),
        Problem.PUBLIC_CLIENT: (401, "unauthorized_client", "Unauthorized"),
        Problem.REDIRECT_URI: (400, "redirect_uri_mismatch", "Bad Request"),
        Problem.RESPONSE_TYPE: (400, "invalid_request", "Invalid response_type"),
        Problem.SCOPE: (400, "invalid_scope", "Some requested scopes were invalid. {{invalid=[{}]}}"),
        Problem.CHALLENGE: (400, "invalid_request", "Invalid code_challenge_method"),
        Problem.GRANT_TYPE: (400, "unsupported_grant_type", "Invalid grant_type"),
        Problem.BAD_CODE: BAD_REQUEST,
        Problem.USED_CODE: BAD_REQUEST,
        Problem.CODE_REDIRECT_URI: (400, "redirect_uri_mismatch", "Bad Request"),
        Problem.VERIFIER: (400, "invalid_grant", "Invalid code verifier."),
        Problem.NO_REFRESH_TOKEN: (400, "invalid_request", "Missing required parameter: refresh_token"),
        Problem.BAD_REFRESH_TOKEN: BAD_REQUEST,
        Problem.SPENT_REFRESH_TOKEN: BAD_REQUEST,
        Problem.DEAD_REFRESH_TOKEN: (400, "invalid_grant", "Token has been expired or revoked."),
    }

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.deleted: set[str] = set()
        """Client ids that were deleted in the console."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/o/oauth2/v2/auth", self.authorize),
            web.post("/o/oauth2/v2/auth", self.decide),
            web.post("/token", self.token),
            web.post("/revoke", self.revoke),
            web.get("/tokeninfo", self.token_info),
        ]

    def turn_away(self, problem: Problem, value: str = "", *, app: App | None = None) -> Exception:
        """A page for people, who are not sent back."""
        status, error, _ = self.words[problem]
        page = ERROR_PAGE.format(status, error)
        refusal = web.HTTPUnauthorized if status == 401 else web.HTTPBadRequest
        return refusal(text=page, content_type="text/html")

    def must_ask(self, query: Mapping[str, str]) -> bool:
        return bool({"consent", "select_account"} & set(query.get("prompt", "").split()))

    def lets_choose(self, scopes: list[str]) -> bool:
        """A single scope is a matter of Allow or Deny."""
        return len(scopes) > 1

    def code_details(self, app: App, user: oauth.User, query: Mapping[str, str]) -> dict[str, Any]:
        again = any(grant.refresh_token for grant in self.state.grants_of(app.client_id, user.id))
        asked_anew = "consent" in query.get("prompt", "").split()
        return {"offline": query.get("access_type") == "offline" and (asked_anew or not again)}

    def callback(self, code: str, scopes: list[str]) -> dict[str, str]:
        return {"code": code, "scope": " ".join(scopes), "authuser": "0", "prompt": "consent"}

    def client(self, given: Mapping[str, str]) -> App:
        if given.get("client_id") in self.deleted:
            raise StandardError(401, "deleted_client", "The OAuth client was deleted.")
        return super().client(given)

    def answer(self, token: AccessToken, refresh_token: str | None = None) -> dict[str, Any]:
        """A project in Testing says for how long the refresh token is good."""
        answer = super().answer(token, refresh_token)
        if refresh_token is not None and self.state.settings.testing_project:
            answer["refresh_token_expires_in"] = self.state.grant_lifetime
        return answer

    async def revoke(self, request: web.Request) -> web.Response:
        """Either token ends all that this person granted to this app, other connections of theirs included."""
        form = await request.post()
        grant = self.state.grant_of(str(form.get("token", request.query.get("token", ""))))
        if grant is None:
            raise StandardError(400, "invalid_token", "Token expired or revoked")
        self.state.consents.pop((grant.client_id, grant.user_id), None)
        for one in self.state.grants_of(grant.client_id, grant.user_id):
            self.state.end_grant(one)
        return web.json_response({})

    async def token_info(self, request: web.Request) -> web.Response:
        token = self.state.valid_token(request.query.get("access_token", ""))
        if token is None:
            raise StandardError(400, "invalid_token", "Invalid Value")
        return web.json_response(
            {
                "azp": token.client_id,
                "aud": token.client_id,
                "scope": " ".join(token.scopes),
                "exp": str(int(token.expires_at)),
                "expires_in": str(token.expires_in),
                "access_type": "offline",
            }
        )
