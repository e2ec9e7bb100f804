"""Spotify sends people back to 127.0.0.1, while their session lives on localhost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from asgiref.testing import ApplicationCommunicator
from django.utils import timezone

from connections.models import Connection, OAuthAttempt
from lumio.asgi import application
from tests import factories
from tests.connections.conftest import PAGE, banners, come_back
from tests.connections.spotify.conftest import ACCOUNT

CONNECT = f"{PAGE}/spotify/connect"
CALLBACK = "http://127.0.0.1:8000/connections/spotify/callback"


@pytest.fixture(autouse=True)
def _credentials(account, spotify):
    factories.make_credentials(
        account=account, platform="spotify", client_id=spotify.client_id, client_secret=spotify.client_secret
    )


def leave(client) -> str:
    return client.post(CONNECT).context["url"]


def sent_on(url: str) -> str:
    """Where Lumio, asked the way daphne asks it, sends a browser that comes to this address."""
    parts = urlsplit(url)
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": parts.scheme,
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [(b"host", parts.netloc.encode())],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }

    async def ask() -> dict:
        lumio = ApplicationCommunicator(application, scope)
        await lumio.send_input({"type": "http.request", "body": b""})
        return await lumio.receive_output(timeout=10)

    answer = asyncio.run(ask())
    assert answer["status"] == 307
    return dict(answer["headers"])[b"location"].decode()


def test_spotify_is_given_the_spelling_that_it_takes(ada_client, spotify):
    query = parse_qs(urlsplit(leave(ada_client)).query)

    assert query["redirect_uri"] == [CALLBACK]
    assert query["code_challenge_method"] == ["S256"]


def test_lumio_sends_the_answer_on_to_where_the_session_is(ada_client, account, spotify):
    came_to = spotify.consent(leave(ada_client), user="mira")

    went_to = sent_on(came_to)

    assert came_to.startswith(f"{CALLBACK}?")
    assert went_to == came_to.replace("127.0.0.1", "localhost", 1)
    assert come_back(ada_client, went_to).url == f"{PAGE}?connected=spotify"
    connection = Connection.objects.get()
    assert (connection.account, connection.channel_id, connection.channel_name) == (account, ACCOUNT, "Mira")
    assert len(connection.scopes) == 3
    months = connection.grant_ends_at - timezone.now()
    assert timedelta(days=180) < months <= timedelta(days=181)


def test_a_denial_takes_the_same_way(ada_client, spotify):
    went_to = sent_on(spotify.consent(leave(ada_client), user="mira", allow=False))

    assert come_back(ada_client, went_to).url == PAGE
    assert banners(ada_client) == [
        "Spotify says that access was refused. Nothing was linked. Click Connect and allow what Lumio asks for."
    ]
    assert not Connection.objects.exists()


def test_connect_is_off_for_the_hours_that_spotify_asks_for(ada_client, spotify):
    url = spotify.consent(leave(ada_client), user="mira")
    spotify.limit(5 * 3600)

    come_back(ada_client, sent_on(url))

    pause = OAuthAttempt.objects.get().pause_until - timezone.now()
    assert timedelta(hours=5) - timedelta(seconds=10) < pause <= timedelta(hours=5)
    assert not Connection.objects.exists()
