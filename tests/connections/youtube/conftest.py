"""A running stand-in for Google and YouTube with an app and a streamer, and Lumio pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from connections.platforms.base import Client, Scope
from connections.platforms.youtube.scopes import SCOPES
from lumio.lib.secrets import Secret
from tests.connections.calls import Access, running
from tests.fakes.youtube import YouTube

STREAMER = "UCmira0plays0is0my0channel"


@pytest.fixture
def youtube(settings) -> Iterator[YouTube]:
    with running(YouTube(), settings) as stand_in:
        stand_in.add_user("miraplays", id=STREAMER, name="Mira Plays")
        yield stand_in


@pytest.fixture
def app(youtube: YouTube) -> Client:
    return Client(youtube.client_id, Secret(youtube.client_secret))


@pytest.fixture
def access(youtube: YouTube) -> Callable[..., Access]:
    def of(login: str = "miraplays", scopes: Iterable[Scope] = SCOPES) -> Access:
        tokens = youtube.issue_tokens(login, [scope.name for scope in scopes])
        return Access(Secret(tokens["access_token"]), youtube.state.user(login).id, youtube.client_id)

    return of
