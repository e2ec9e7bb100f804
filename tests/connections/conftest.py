"""A running stand-in for Twitch with an app and a streamer, and Lumio pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from accounts.models import Account
from connections.models import Connection
from connections.platforms import PLATFORMS
from connections.platforms.twitch.scopes import SCOPES
from tests import factories
from tests.connections.chatters import Kettle
from tests.fakes.twitch import Twitch
from tests.fakes.wire import environment

STREAMER = "31337"
CLIENT_ID = "lumio0client0id0for0the0tests00"
CLIENT_SECRET = "lumio0secret0for0the0tests0000"
PAGE = "/dashboard/connections"
CONNECT = "/dashboard/connections/twitch/connect"


@pytest.fixture
def twitch(settings) -> Iterator[Twitch]:
    with Twitch() as stand_in:
        stand_in.add_app(CLIENT_ID, CLIENT_SECRET)
        stand_in.add_user("mira_plays", id=STREAMER, name="Mira_Plays")
        point_lumio_at(stand_in.url, settings)
        yield stand_in


def point_lumio_at(url: str, settings) -> None:
    for name, value in environment(url).items():
        setattr(settings, name, value)


@pytest.fixture
def credentials(account: Account):
    return factories.make_credentials(account=account, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)


@pytest.fixture
def grant(twitch: Twitch, account: Account, credentials) -> Callable[..., Connection]:
    """A connection whose tokens the stand-in really gave."""

    def make(**fields) -> Connection:
        tokens = twitch.issue_tokens("mira_plays", [scope.name for scope in SCOPES])
        return factories.make_connection(
            account=account,
            access_token=tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            expires_in=tokens["expires_in"],
            **{
                "channel_id": STREAMER,
                "channel_login": "mira_plays",
                "channel_name": "Mira_Plays",
                "scopes": tokens["scope"],
            }
            | fields,
        )

    return make


def leave(client: Client) -> str:
    """Press Connect; the address the browser leaves for."""
    response = client.post(CONNECT)
    assert response.status_code == 200, response.headers
    return response.context["url"]


def come_back(client: Client, url: str):
    """What the browser does with the address the platform sends it to."""
    parts = urlsplit(url)
    return client.get(parts.path, dict(parse_qsl(parts.query)))


def banners(client: Client) -> list[str]:
    """What the Connections page says above its cards."""
    return [str(message) for message in client.get(PAGE).context["messages"]]


def link(client: Client, twitch: Twitch, user: str = "mira_plays"):
    """The whole way out and back."""
    return come_back(client, twitch.consent(leave(client), user=user))


def as_stored(connection: Connection) -> dict:
    """Every column of a row as the database has it."""
    return Connection.objects.filter(pk=connection.pk).values().get()


@pytest.fixture
def kettle(monkeypatch):
    """A second platform with a chat, whose answers the test decides."""
    platform = Kettle()
    monkeypatch.setitem(PLATFORMS, platform.slug, platform)
    return platform
