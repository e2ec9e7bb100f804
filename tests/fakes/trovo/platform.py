"""`Trovo`, the stand-in itself: what tests, the demo studio and other processes can make happen."""

from __future__ import annotations

import time
from collections.abc import Iterable

from aiohttp import web

from tests.fakes.oauth import OAuthStandIn
from tests.fakes.server import verb
from tests.fakes.trovo.api import Api
from tests.fakes.trovo.oauth import OAuth
from tests.fakes.trovo.state import Spoken, State, Stream, TrovoSettings, User


class Trovo(OAuthStandIn[User]):
    slug = "trovo"
    state: State
    settings: TrovoSettings

    def __init__(self) -> None:
        oauth = OAuth(State())
        super().__init__(oauth)
        self.api = Api(self.state, oauth)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [*self.oauth.routes(), *self.api.routes()]

    @verb
    def go_live(self, *, viewers: int = 7, channel: str | None = None) -> None:
        self._channel(channel).stream = Stream(int(time.time()), viewers)

    @verb
    def go_offline(self, *, channel: str | None = None) -> None:
        streamer = self._channel(channel)
        streamer.stream, streamer.ended_at = None, int(time.time())

    @verb
    def spoken(self) -> list[Spoken]:
        """What was said through the API, oldest first."""
        return list(self.api.spoken)
