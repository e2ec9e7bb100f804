"""`Discord`, the stand-in itself: what tests and other processes can make happen."""

from __future__ import annotations

import base64
import dataclasses
import time
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.discord.api import Api, Bot
from tests.fakes.oauth import LETTERS, random_token
from tests.fakes.server import Settings, StandIn, verb

FIRST_ID = 1_100_000_000_000_000_001


class Discord(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.api = Api()
        self._settings = Settings()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return self.api.routes()

    @property
    def settings(self) -> Settings:
        return self._settings

    def snapshot(self) -> dict[str, Any]:
        bots = [dataclasses.asdict(bot) for bot in self.api.bots.values()]
        return {"settings": dataclasses.asdict(self.settings), "bots": bots}

    @verb
    def add_bot(self, name: str = "lumio", *, application: str = "Lumio", **details: Any) -> Bot:
        """Create an application with a bot; `id`, `token`, `avatar` and `public` as the fields of `Bot`."""
        bot_id = details.pop("id", None) or str(FIRST_ID + len(self.api.bots))
        token = details.pop("token", None) or _token(bot_id)
        bot = self.api.bots[bot_id] = Bot(bot_id, token, name, application, **details)
        return bot

    @verb
    def reset_token(self, bot_id: str | None = None) -> str:
        """Press "Reset Token": the old one dies at once."""
        bot = self.api.bots[bot_id or next(iter(self.api.bots))]
        bot.token = _token(bot.id)
        return bot.token

    @verb
    def limit(self, seconds: float) -> None:
        """Every call is answered 429, for that long."""
        self.api.limited_until = time.time() + seconds


def _token(bot_id: str) -> str:
    """Three parts, the first of them the id."""
    head = base64.urlsafe_b64encode(bot_id.encode()).rstrip(b"=").decode()
    return f"{head}.{random_token(6, LETTERS)}.{random_token(38, LETTERS)}"
