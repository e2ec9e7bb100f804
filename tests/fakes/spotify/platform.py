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
from tests.fakes.spotify.player import Device, Item
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
    def limit(self, seconds: float, *, says_how_long: bool = True) -> None:
        """Every call of the Web API is answered 429, for that long; by default with `Retry-After`."""
        self.api.limited_until = time.time() + seconds
        self.api.says_how_long = says_how_long

    # What a listener does

    @verb
    def add_device(self, name: str, *, user: str | None = None, active: bool = True, **details: Any) -> Device:
        """Open Spotify somewhere. `details` are the fields of `Device`."""
        player = self._channel(user).player
        device = Device(id=details.pop("id", name.lower().replace(" ", "-")), name=name, **details)
        player.devices[device.id] = device
        if active:
            player.active = device.id
        return device

    @verb
    def close_device(self, name: str, *, user: str | None = None) -> None:
        player = self._channel(user).player
        [device] = [one for one in player.devices.values() if one.name == name]
        del player.devices[device.id]
        if player.active == device.id:
            player.active, player.is_playing = None, False

    @verb
    def play(
        self, title: str = "Lighthouse", *, user: str | None = None, progress_ms: int = 0, paused: bool = False,
        **details: Any,
    ) -> Item:  # fmt: skip
        """Put something on, on a device called Desk if none is open. `details` are the fields of `Item`."""
        player = self._channel(user).player
        if player.device is None:
            self.add_device("Desk", user=user)
        item = Item(title, **details)
        player.start(item, progress_ms, not paused)
        return item

    @verb
    def queue(self, title: str, *, user: str | None = None, **details: Any) -> Item:
        item = Item(title, **details)
        self._channel(user).player.queue.append(item)
        return item

    @verb
    def seek(self, progress_ms: int, *, user: str | None = None) -> None:
        self._channel(user).player.seek(progress_ms)

    @verb
    def set_playing(self, is_playing: bool, *, user: str | None = None) -> None:
        self._channel(user).player.set_playing(is_playing)

    @verb
    def set_player(self, *, user: str | None = None, **fields: Any) -> None:
        """Fields of `Player`: `has_premium`, `disallows`."""
        player = self._channel(user).player
        for name, value in fields.items():
            setattr(player, name, set(value) if name == "disallows" else value)
