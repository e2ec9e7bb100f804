"""`Spotify`, the stand-in itself: what tests, the demo studio and other processes can make happen."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from tests.fakes.oauth import App, OAuthStandIn
from tests.fakes.server import verb
from tests.fakes.spotify.api import Api
from tests.fakes.spotify.oauth import OAuth
from tests.fakes.spotify.state import SpotifySettings, State, User


class Spotify(OAuthStandIn[User]):
    slug = "spotify"
    state: State
    settings: SpotifySettings

    def __init__(self) -> None:
        super().__init__(OAuth(State()))
        self.api = Api(self.state)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [*self.oauth.routes(), *self.api.routes()]

    @property
    def redirect_uri(self) -> str:
        return super().redirect_uri.replace("localhost", "127.0.0.1")

    @verb
    def add_app(self, *args: Any, redirect_uris: list[str] | None = None, **details: Any) -> App:
        """As everywhere, but the dashboard takes no redirect URI with `localhost`."""
        for uri in redirect_uris or []:
            if urlsplit(uri).hostname == "localhost":
                raise ValueError(f"{uri} is not secure: use 127.0.0.1")
        return super().add_app(*args, redirect_uris=redirect_uris, **details)

    @verb
    def end_grant(self, user: str, *, client_id: str | None = None) -> int:
        """Six months are over: refresh tokens die, the app stays among those the person allowed."""
        return self._end(self._app(client_id).client_id, self.state.user(user).id)

    @verb
    def limit(self, seconds: float) -> None:
        """Every call of the Web API is answered 429 with `Retry-After`, for that long."""
        self.api.limited_until = time.time() + seconds
