"""discord.com/api/v10: the bot's user and its application."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes import pictures
from tests.fakes.server import Refused

BASE = "/api/v10"


@dataclass(slots=True)
class Bot:
    """A bot of the developer portal; one secret, without an end. `id` is the user's and the application's."""

    id: str
    token: str
    name: str
    application: str
    avatar: str | None = None
    public: bool = True


class ApiError(Refused):
    """`{"message", "code"}`."""

    def __init__(self, status: int, message: str, code: int = 0) -> None:
        super().__init__(status, message)
        self.code = code

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "code": self.code}


class Limited(Refused):
    """A 429 with the pause as decimal seconds in the body and as whole ones in the header."""

    def __init__(self, seconds: float) -> None:
        super().__init__(429, "You are being rate limited.")
        self.seconds = seconds

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "retry_after": round(self.seconds, 3), "global": False}

    def response(self) -> web.Response:
        answer = super().response()
        answer.headers["Retry-After"] = str(int(self.seconds) + 1)
        answer.headers["X-RateLimit-Scope"] = "user"
        return answer


class Api:
    def __init__(self) -> None:
        self.bots: dict[str, Bot] = {}
        self.limited_until = 0.0
        """Unix time until which every call is answered 429."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get(f"{BASE}/users/@me", self.user),
            web.get(f"{BASE}/applications/@me", self.application),
            *pictures.routes("/avatars/{name}/{hash}.png"),
        ]

    async def user(self, request: web.Request) -> web.Response:
        bot = self._bot(request)
        return web.json_response(
            {
                "id": bot.id,
                "username": bot.name,
                "global_name": None,
                "discriminator": "0000",
                "avatar": bot.avatar,
                "bot": True,
            }
        )

    async def application(self, request: web.Request) -> web.Response:
        bot = self._bot(request)
        return web.json_response({"id": bot.id, "name": bot.application, "bot_public": bot.public, "flags": 0})

    def _bot(self, request: web.Request) -> Bot:
        """Who asks, with `Authorization: Bot …` and a `User-Agent` of the form that Discord wants."""
        left = self.limited_until - time.time()
        if left > 0:
            raise Limited(left)
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            raise ApiError(403, "Forbidden")  # in front of Discord, where others may be blocked
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        for bot in self.bots.values():
            if kind == "Bot" and token == bot.token:
                return bot
        raise ApiError(401, "401: Unauthorized")
