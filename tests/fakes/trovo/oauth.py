"""open.trovo.live and the token endpoints of the API: JSON bodies, the client id in a header, numbers as errors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from aiohttp import web

from tests.fakes import oauth
from tests.fakes.oauth import AccessToken, App, Problem
from tests.fakes.trovo.state import State, TrovoError

BASE = "/openplatform"
GRANT_TYPES = {f"{BASE}/exchangetoken": "authorization_code", f"{BASE}/refreshtoken": "refresh_token"}
MOST_ACCESS_TOKENS = 50

INVALID_PARAMETERS = (1002, "invalidParameters")
WRONG_SECRET = (11717, "invalidClientSecret")
WRONG_REDIRECT_URI = (11716, "invalidRedirectUri")
INVALID_REFRESH_TOKEN = (11713, "invalidRefreshToken")


class OAuth(oauth.OAuth):
    """Refreshing gives another refresh token, and the older ones go on until they expire. There is no PKCE.

    Of the `error` names only `accessTokenExpired` is documented; the others are made up after its pattern.
    """

    state: State
    name = "Trovo"
    accent = "#1f8a5b"
    scopes = frozenset(
        {
            "user_details_self",
            "chat_send_self",
            "send_to_my_channel",
            "manage_messages",
            "chat_connect",
            "channel_details_self",
            "channel_update_self",
            "channel_subscriptions",
        }
    )
    grant_types = frozenset(GRANT_TYPES.values())
    words: ClassVar = {
        Problem.NO_CLIENT: (11701, "missingHeader", "Client-ID is missing"),
        Problem.UNKNOWN_CLIENT: WRONG_SECRET,
        Problem.NO_SECRET: WRONG_SECRET,
        Problem.WRONG_SECRET: WRONG_SECRET,
        Problem.PUBLIC_CLIENT: WRONG_SECRET,
        Problem.REDIRECT_URI: WRONG_REDIRECT_URI,
        Problem.RESPONSE_TYPE: INVALID_PARAMETERS,
        Problem.SCOPE: (11703, "invalidScope", "{}"),
        Problem.GRANT_TYPE: (11715, "invalidGrantType"),
        Problem.BAD_CODE: (11710, "invalidCode"),
        Problem.USED_CODE: (11711, "codeUsed"),
        Problem.CODE_REDIRECT_URI: WRONG_REDIRECT_URI,
        Problem.NO_REFRESH_TOKEN: INVALID_PARAMETERS,
        Problem.BAD_REFRESH_TOKEN: INVALID_REFRESH_TOKEN,
        Problem.SPENT_REFRESH_TOKEN: INVALID_REFRESH_TOKEN,
        Problem.DEAD_REFRESH_TOKEN: (11712, "refreshTokenExpired"),
    }

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/page/login.html", self.authorize),
            web.post("/page/login.html", self.decide),
            *(web.post(path, self.token) for path in GRANT_TYPES),
            web.get(f"{BASE}/validate", self.validate),
            web.post(f"{BASE}/revoke", self.revoke),
        ]

    def refusal(self, problem: Problem, value: str = "") -> Exception:
        number, *words = self.words[problem]
        return TrovoError(number, *(word.format(value) for word in words))

    def must_ask(self, query: Mapping[str, str]) -> bool:
        return bool(query.get("force_verify"))

    async def parameters(self, request: web.Request) -> dict[str, str]:
        """Each path takes its one grant type."""
        given = {name: value for name, value in (await json_body(request)).items() if isinstance(value, str)}
        if given.get("grant_type") != GRANT_TYPES[request.path]:
            raise self.refusal(Problem.GRANT_TYPE)
        return given | {"client_id": request.headers.get("Client-ID", "")}

    def answer(self, token: AccessToken, refresh_token: str | None = None) -> dict[str, Any]:
        """Without scopes; the word for the token is `OAuth`."""
        as_text = self.state.settings.lifetime_as_text
        return {
            "access_token": token.value,
            "token_type": "OAuth",
            "expires_in": str(token.expires_in) if as_text else token.expires_in,
            "refresh_token": refresh_token,
        }

    def refresh(self, app: App, given: Mapping[str, str]) -> dict[str, Any]:
        """At most 50 living access tokens; whether of one refresh token or of its family is not documented."""
        grant = self.state.grant_of_refresh_token(given.get("refresh_token", ""))
        if grant is not None and not grant.ended:
            living = [value for value in grant.access_tokens if self.state.valid_token(value)]
            if len(living) >= MOST_ACCESS_TOKENS:
                raise TrovoError(11718, "tooManyAccessTokens")
        return super().refresh(app, given)

    async def validate(self, request: web.Request) -> web.Response:
        token = self.token_of(request)
        user = self.state.users[token.user_id or ""]
        return web.json_response(
            {
                "uid": user.id,
                "client_id": token.client_id,
                "nick_name": user.name,
                "expire_ts": str(int(token.expires_at)),
                "scopes": token.scopes,
            }
        )

    async def revoke(self, request: web.Request) -> web.Response:
        """What it answers is not documented: here `{}`, and 11704 for a token that is already dead."""
        self.client_id_of(request)
        if not self.state.revoke(str((await json_body(request)).get("access_token", ""))):
            raise TrovoError(11704, "invalidAccessToken")
        return web.json_response({})

    def client_id_of(self, request: web.Request) -> str:
        """All that public endpoints ask for."""
        client_id = request.headers.get("Client-ID", "")
        if client_id not in self.state.apps:
            raise self.refusal(Problem.NO_CLIENT)
        return client_id

    def token_of(self, request: web.Request, *scopes: str) -> AccessToken:
        """The token in force behind `Authorization: OAuth …`, if it has these scopes."""
        client_id = self.client_id_of(request)
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if kind != "OAuth":
            raise TrovoError(11701, "missingHeader", "Authorization is missing")
        known = self.state.access_tokens.get(value)
        if known is None or known.client_id != client_id:
            raise TrovoError(11704, "invalidAccessToken")
        if self.state.valid_token(value) is None:
            raise TrovoError(11714, "accessTokenExpired", "The access token has expired")
        if not set(scopes) <= set(known.scopes):
            raise TrovoError(11730, "scopeNotGranted")
        return known


async def json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read()) if request.content_type == "application/json" else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise TrovoError(*INVALID_PARAMETERS)
    return body
