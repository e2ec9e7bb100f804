"""A running stand-in for Kick with an app and a streamer, and Lumio pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from connections.platforms.base import Client, Scope
from connections.platforms.kick import signature
from connections.platforms.kick.scopes import SCOPES
from lumio.lib.secrets import Secret
from tests.connections.calls import Access, running
from tests.fakes.kick import Kick

STREAMER = "700001"


@pytest.fixture
def kick(settings) -> Iterator[Kick]:
    with running(Kick(), settings) as stand_in:
        stand_in.add_user("mira-plays", id=STREAMER, name="Mira_Plays")
        yield stand_in


@pytest.fixture
def app(kick: Kick) -> Client:
    return Client(kick.client_id, Secret(kick.client_secret))


@pytest.fixture
def access(kick: Kick) -> Callable[..., Access]:
    def of(slug: str = "mira-plays", scopes: Iterable[Scope] = SCOPES) -> Access:
        tokens = kick.issue_tokens(slug, [scope.name for scope in scopes])
        return Access(Secret(tokens["access_token"]), kick.state.user(slug).id, kick.client_id)

    return of


@pytest.fixture(autouse=True)
def _key_of_this_kick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every stand-in has a key of its own, and a process asks for it once in ten minutes."""
    monkeypatch.setattr(signature, "KEY", signature.PublicKey())
