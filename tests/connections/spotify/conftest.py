"""A running stand-in for Spotify with an app and a listener, and Lumio pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import Account
from connections.models import Connection
from connections.platforms.base import Client
from connections.platforms.spotify.scopes import SCOPES
from lumio.lib.secrets import Secret
from tests import factories
from tests.connections.calls import running
from tests.fakes.spotify import Spotify
from tests.processes.fixtures import valkey

__all__ = ["valkey"]

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


@pytest.fixture
def listener(spotify: Spotify, account: Account) -> Connection:
    """Mira's sign-in in Ada's account, whose tokens the stand-in really gave. Nothing plays yet."""
    factories.make_credentials(
        account=account, platform="spotify", client_id=spotify.client_id, client_secret=spotify.client_secret
    )
    return make_listener(account, spotify)


def make_listener(account: Account, spotify: Spotify, **fields: Any) -> Connection:
    tokens = spotify.issue_tokens("mira", [scope.name for scope in SCOPES])
    return factories.make_connection(
        account=account,
        platform="spotify",
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
        expires_in=tokens["expires_in"],
        **{"channel_id": ACCOUNT, "channel_login": "mira", "channel_name": "Mira", "scopes": tokens["scope"].split()}
        | fields,
    )
