"""A running stand-in with one application and a streamer, and clients that talk to it over the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.fakes.twitch import Twitch
from tests.fakes.twitch.topics import KNOWN_SCOPES
from tests.fakes.wire import environment

PATIENCE = 30
STREAMER = "31337"


@pytest.fixture
def twitch() -> Iterator[Twitch]:
    with Twitch() as twitch:
        twitch.add_app()
        twitch.add_user("mira_plays", id=STREAMER, name="Mira_Plays", title="Hello", category_name="Chess")
        yield twitch


@dataclass
class Client:
    """What Lumio would do, with one user's token."""

    twitch: Twitch
    token: str
    client_id: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Client-Id": self.client_id}

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = self.headers | options.pop("headers", {})
        return requests.request(method, self.twitch.url + path, headers=headers, timeout=PATIENCE, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def listen(self, session_id: str, type: str, version: str = "1", **condition: str) -> requests.Response:
        """Create a subscription; without a condition it is about the streamer's own channel."""
        return self.call(
            "POST",
            "/helix/eventsub/subscriptions",
            json={
                "type": type,
                "version": version,
                "condition": condition or {"broadcaster_user_id": STREAMER},
                "transport": {"method": "websocket", "session_id": session_id},
            },
        )


@pytest.fixture
def make_client(twitch) -> Callable[..., Client]:
    """A client with a fresh token of this user and these scopes (every one, if none are named)."""

    def make(user: str = "mira_plays", *scopes: str) -> Client:
        tokens = twitch.issue_tokens(user, list(scopes or sorted(KNOWN_SCOPES)))
        return Client(twitch, tokens["access_token"], next(iter(twitch.state.apps)))

    return make


@pytest.fixture
def client(make_client) -> Client:
    return make_client()


class Socket:
    """An EventSub socket that has read its welcome."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.welcome = self.read()
        self.session = self.welcome["payload"]["session"]
        self.id = self.session["id"]

    def read(self, timeout: float = PATIENCE) -> dict[str, Any]:
        return json.loads(self.connection.recv(timeout=timeout))

    def event(self) -> dict[str, Any]:
        return self.read()["payload"]["event"]

    def is_silent(self, seconds: float = 0.2) -> bool:
        try:
            self.connection.recv(timeout=seconds)
        except TimeoutError:
            return True
        return False

    def closed_with(self) -> tuple[int, str]:
        """Wait for the end and tell code and reason; 1006 is an end without a word."""
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                self.connection.recv(timeout=PATIENCE)
        frame = closed.value.rcvd
        return (frame.code, frame.reason) if frame else (1006, "")


@pytest.fixture
def open_socket(twitch) -> Iterator[Callable[..., Socket]]:
    """Opens sockets at the stand-in, or at a URL it sent; they are closed after the test."""
    with ExitStack() as sockets:

        def open_one(url: str = "", query: str = "") -> Socket:
            address = url or environment(twitch.url)["TWITCH_EVENTSUB_WS_URL"] + query
            return Socket(sockets.enter_context(connect(address, ping_interval=None, proxy=None)))

        yield open_one
