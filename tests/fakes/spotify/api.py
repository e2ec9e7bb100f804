"""api.spotify.com/v1: the profile, and the ways in which every call can fail."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes import pictures
from tests.fakes.oauth import AccessToken
from tests.fakes.server import Refused
from tests.fakes.spotify.state import State, User

OWNER_WITHOUT_PREMIUM = "Active premium subscription required for the owner of the app."
NOT_REGISTERED = (
    "Check settings on developer.spotify.com/dashboard, the user may not be registered in the developer dashboard."
)


class ApiError(Refused):
    """`{"error": {"status", "message"}}`."""

    def __init__(self, status: int, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(status, message)
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        return {"error": {"status": self.status, "message": self.message}}

    def response(self) -> web.Response:
        answer = super().response()
        if self.retry_after is not None:
            answer.headers["Retry-After"] = str(self.retry_after)
        return answer


class SetUpError(Refused):
    """Plain text where JSON is expected."""

    def response(self) -> web.Response:
        return web.Response(text=self.message, status=self.status)


class Api:
    def __init__(self, state: State) -> None:
        self.state = state
        self.limited_until = 0.0
        """Unix time until which every call is answered 429."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.get("/v1/me", self.me), *pictures.routes("/image/{name}")]

    async def me(self, request: web.Request) -> web.Response:
        """No scope is needed. What Development Mode no longer tells is absent: e-mail, country, product, followers."""
        token = self._token(request)
        if token.user_id is None:
            raise ApiError(401, "Invalid access token")
        return web.json_response(_profile(self.state.users[token.user_id], self.state.settings.cdn_url))

    def _token(self, request: web.Request) -> AccessToken:
        """The token behind a call that may go on."""
        left = self.limited_until - time.time()
        if left > 0:
            raise ApiError(429, "API rate limit exceeded", retry_after=math.ceil(left))
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer":
            raise ApiError(401, "No token provided")
        if value not in self.state.access_tokens:
            raise ApiError(401, "Invalid access token")
        token = self.state.valid_token(value)
        if token is None:
            raise ApiError(401, "The access token expired")
        if not self.state.settings.owner_has_premium:
            raise SetUpError(403, OWNER_WITHOUT_PREMIUM)
        if not self.state.settings.everybody_registered:
            raise SetUpError(403, NOT_REGISTERED)
        return token


def _profile(user: User, cdn_url: str) -> dict[str, Any]:
    picture = {"url": f"{cdn_url}/image/{user.login}", "height": 300, "width": 300}
    profile: dict[str, Any] = {
        "display_name": user.name if user.has_name else None,
        "external_urls": {"spotify": f"https://open.spotify.com/user/{user.login}"},
        "href": f"https://api.spotify.com/v1/users/{user.login}",
        "id": user.login,
        "images": [picture] if user.has_picture else [],
        "type": "user",
        "uri": f"spotify:user:{user.login}",
    }
    return profile | ({"account_id": user.account_id} if user.account_id else {})
