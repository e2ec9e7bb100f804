"""Every platform with OAuth on one stage: its stand-in with an application and two people, and Lumio pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from accounts.models import Account
from connections.models import Connection
from connections.platforms import PLATFORMS
from connections.platforms.base import Platform
from tests import factories
from tests.connections.calls import running
from tests.connections.conftest import PAGE, come_back
from tests.fakes.kick import Kick
from tests.fakes.oauth import OAuthStandIn
from tests.fakes.spotify import Spotify
from tests.fakes.trovo import Trovo
from tests.fakes.twitch import Twitch
from tests.fakes.youtube import YouTube

STAND_INS: dict[str, type[OAuthStandIn]] = {
    stand_in.slug: stand_in for stand_in in (Twitch, YouTube, Kick, Trovo, Spotify)
}
STREAMER, OTHER = "mira_plays", "otto"


@dataclass(frozen=True)
class Stage:
    """`mira_plays` is the streamer, `otto` somebody else who has an account there."""

    platform: Platform
    stand_in: Any

    @property
    def slug(self) -> str:
        return self.platform.slug

    @property
    def token_path(self) -> str:
        return urlsplit(self.platform.oauth.token_url).path

    @property
    def refresh_path(self) -> str:
        return urlsplit(self.platform.oauth.refresh_url).path

    @property
    def scopes(self) -> list[str]:
        return [scope.name for scope in self.platform.scopes]

    def credentials(self, account: Account, *, client_secret: str | None = None) -> None:
        factories.make_credentials(
            account=account,
            platform=self.slug,
            client_id=self.stand_in.client_id,
            client_secret=client_secret or self.stand_in.client_secret,
            redirect_uri=self.platform.redirect_uri,
        )

    def leave(self, client: Client) -> str:
        """Press Connect; the address the browser leaves for."""
        response = client.post(f"{PAGE}/{self.slug}/connect")
        assert response.status_code == 200, response.headers
        return response.context["url"]

    def link(self, client: Client, user: str = STREAMER, **decision: Any):
        """The whole way out and back."""
        return come_back(client, self.stand_in.consent(self.leave(client), user=user, **decision))

    def connected(self, client: Client) -> Connection:
        """A connection made the way people make one."""
        response = self.link(client)
        assert response.url == f"{PAGE}?connected={self.slug}"
        return Connection.objects.get(platform=self.slug)

    def card(self, client: Client):
        cards = client.get(PAGE).context["cards"]
        return next(card for card in cards if card.platform is self.platform)


@contextmanager
def stage_of(slug: str, settings: Any) -> Iterator[Stage]:
    platform = PLATFORMS[slug]
    with running(STAND_INS[slug](), settings, redirect_uri=platform.redirect_uri) as stand_in:
        stand_in.add_user(STREAMER, name="Mira_Plays")
        stand_in.add_user(OTHER, name="Otto")
        yield Stage(platform, stand_in)
