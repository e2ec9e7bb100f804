"""A running stand-in for Trovo with an app and a streamer, and Lumio pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from connections.platforms.base import Client, Scope
from connections.platforms.trovo.scopes import SCOPES
from lumio.lib.secrets import Secret
from tests.connections.calls import Access, running
from tests.fakes.trovo import Trovo

STREAMER = "100200300"


@pytest.fixture
def trovo(settings) -> Iterator[Trovo]:
    with running(Trovo(), settings) as stand_in:
        stand_in.add_user("mira_plays", id=STREAMER, name="Mira Plays")
        yield stand_in


@pytest.fixture
def app(trovo: Trovo) -> Client:
    return Client(trovo.client_id, Secret(trovo.client_secret))


@pytest.fixture
def access(trovo: Trovo) -> Callable[..., Access]:
    def of(login: str = "mira_plays", scopes: Iterable[Scope] = SCOPES) -> Access:
        tokens = trovo.issue_tokens(login, [scope.name for scope in scopes])
        return Access(Secret(tokens["access_token"]), trovo.state.user(login).id, trovo.client_id)

    return of
