"""`Kick`, the stand-in itself: what tests, the demo studio and other processes can make happen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from aiohttp import web

from tests.fakes.kick.api import Api
from tests.fakes.kick.oauth import OAuth
from tests.fakes.kick.state import KickSettings, Spoken, State, Stream, User
from tests.fakes.oauth import OAuthStandIn
from tests.fakes.server import verb


class Kick(OAuthStandIn[User]):
    slug = "kick"
    state: State
    settings: KickSettings

    def __init__(self) -> None:
        super().__init__(OAuth(State()))
        self.api = Api(self.state)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [*self.oauth.routes(), *self.api.routes()]

    @verb
    def go_live(self, *, viewers: int = 7, channel: str | None = None) -> None:
        self._channel(channel).stream = Stream(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", viewers)

    @verb
    def go_offline(self, *, channel: str | None = None) -> None:
        self._channel(channel).stream = None

    @verb
    def drop_next_message(self) -> None:
        """The next message is answered 200 and not sent."""
        self.api.drops += 1

    @verb
    def spoken(self) -> list[Spoken]:
        """What was said through the API, oldest first."""
        return list(self.api.spoken)
