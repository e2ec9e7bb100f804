"""api.spotify.com/v1: the profile, the player, and the ways in which every call can fail."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes import pictures
from tests.fakes.oauth import AccessToken
from tests.fakes.server import Refused
from tests.fakes.spotify.player import DISALLOWED, Player, device_json
from tests.fakes.spotify.state import State, User

OWNER_WITHOUT_PREMIUM = "Active premium subscription required for the owner of the app."
NOT_REGISTERED = (
    "Check settings on developer.spotify.com/dashboard, the user may not be registered in the developer dashboard."
)


class ApiError(Refused):
    """`{"error": {"status", "message", "reason"}}`, the last one from the player alone."""

    def __init__(self, status: int, message: str, *, reason: str = "", retry_after: int | None = None) -> None:
        super().__init__(status, message)
        self.reason = reason
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        error = {"status": self.status, "message": self.message} | ({"reason": self.reason} if self.reason else {})
        return {"error": error}

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
        self.says_how_long = True

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/v1/me", self.me),
            web.get("/v1/me/player", self.playback),
            web.put("/v1/me/player", self.transfer),
            web.get("/v1/me/player/devices", self.devices),
            web.put("/v1/me/player/volume", self.volume),
            web.put("/v1/me/player/{command:play|pause}", self.command),
            web.post("/v1/me/player/{command:next|previous}", self.command),
            *pictures.routes("/image/{name}"),
        ]

    async def me(self, request: web.Request) -> web.Response:
        """No scope is needed. What Development Mode no longer tells is absent: e-mail, country, product, followers."""
        token = self._token(request)
        if token.user_id is None:
            raise ApiError(401, "Invalid access token")
        return web.json_response(_profile(self.state.users[token.user_id], self.state.settings.cdn_url))

    async def playback(self, request: web.Request) -> web.Response:
        """204 where nothing plays. Without `additional_types` an episode is nothing that has a name."""
        player = self._player(request, "user-read-playback-state")
        body = player.as_json(self.state.settings.cdn_url)
        if body is None:
            return web.Response(status=204)
        if body["currently_playing_type"] == "episode" and "episode" not in request.query.get("additional_types", ""):
            body["item"] = None
        return web.json_response(body)

    async def devices(self, request: web.Request) -> web.Response:
        player = self._player(request, "user-read-playback-state")
        known = [device_json(one, is_active=one.id == player.active) for one in player.devices.values()]
        return web.json_response({"devices": known})

    async def command(self, request: web.Request) -> web.Response:
        player = self._controlled(request)
        command = request.match_info["command"]
        player.go_on()
        if command == "pause" and not player.is_playing:
            raise ApiError(403, "Player command failed: Restriction violated", reason="UNKNOWN")
        if DISALLOWED[command] in player.disallows:
            raise ApiError(403, "Player command failed: Restriction violated", reason="UNKNOWN")
        if command == "next" and not player.queue:
            raise ApiError(403, "Player command failed: No next track", reason="NO_NEXT_TRACK")
        match command:
            case "play" | "pause":
                player.set_playing(command == "play")
            case "next":
                player.skip()
            case "previous":
                player.back()
        return web.Response(text="meaningless")  # seen instead of 204

    async def volume(self, request: web.Request) -> web.Response:
        player = self._controlled(request)
        device = player.device
        if device is None or not device.supports_volume:
            raise ApiError(403, "Player command failed: Cannot control device volume", reason="VOLUME_CONTROL_DISALLOW")
        percent = request.query.get("volume_percent", "")
        if not percent.isdigit() or int(percent) > 100:
            raise ApiError(400, "Invalid volume_percent")
        device.volume = int(percent)
        return web.Response(status=204)

    async def transfer(self, request: web.Request) -> web.Response:
        player = self._controlled(request, needs_device=False)
        [wanted] = (await request.json())["device_ids"]
        if wanted not in player.devices:
            raise ApiError(404, "Device not found")
        player.active = wanted
        return web.Response(status=204)

    def _player(self, request: web.Request, scope: str) -> Player:
        token = self._token(request)
        if scope not in token.scopes or token.user_id is None:
            raise ApiError(403, "Insufficient client scope")
        return self.state.users[token.user_id].player

    def _controlled(self, request: web.Request, *, needs_device: bool = True) -> Player:
        """The player of a command that may go on."""
        player = self._player(request, "user-modify-playback-state")
        if not request.can_read_body and "Content-Length" not in request.headers:
            raise web.HTTPLengthRequired
        if not player.has_premium:
            raise ApiError(403, "Player command failed: Premium required", reason="PREMIUM_REQUIRED")
        if needs_device and player.device is None:
            raise ApiError(404, "Player command failed: No active device found", reason="NO_ACTIVE_DEVICE")
        if needs_device and player.device and player.device.is_restricted:
            raise ApiError(403, "Player command failed: Device not controllable", reason="DEVICE_NOT_CONTROLLABLE")
        return player

    def _token(self, request: web.Request) -> AccessToken:
        """The token behind a call that may go on."""
        left = self.limited_until - time.time()
        if left > 0:
            retry_after = math.ceil(left) if self.says_how_long else None
            raise ApiError(429, "API rate limit exceeded", retry_after=retry_after)
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
