"""A running stand-in for Spotify with an app and a listener, and Lumio pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connections.platforms.base import Client
from connections.platforms.spotify.scopes import SCOPES
from lumio.lib.secrets import Secret
from tests.connections.calls import running
from tests.fakes.spotify import Spotify

ACCOUNT = "1a2b3c4d5e6f7g8h9i0jkl"


@pytest.fixture
def spotify(settings) -> Iterator[Spotify]:
    with running(Spotify(), settings) as stand_in:
        stand_in.add_user("mira", account_id=ACCOUNT, name="Mira")
        yield stand_in


@pytest.fixture
def app(spotify: Spotify) -> Client:
    return Client(spotify.client_id, Secret(spotify.client_secret))


@pytest.fixture
def token(spotify: Spotify) -> Callable[..., Secret]:
    def of(login: str = "mira") -> Secret:
        return Secret(spotify.issue_tokens(login, [scope.name for scope in SCOPES])["access_token"])

    return of
