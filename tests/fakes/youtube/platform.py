"""`YouTube`, the stand-in itself: what tests, the demo studio and other processes can make happen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from aiohttp import web

from tests.fakes.oauth import LETTERS, OAuthStandIn, random_token
from tests.fakes.server import verb
from tests.fakes.youtube.api import Api
from tests.fakes.youtube.oauth import OAuth
from tests.fakes.youtube.state import Broadcast, Spoken, State, User, YouTubeSettings


class YouTube(OAuthStandIn[User]):
    slug = "youtube"
    client_id = "31337-lumio0for0the0tests.apps.googleusercontent.com"
    client_secret = "GOCSPX-lumio0secret0for0the0tests"
    state: State
    settings: YouTubeSettings
    oauth: OAuth

    def __init__(self) -> None:
        super().__init__(OAuth(State()))
        self.api = Api(self.state)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [*self.oauth.routes(), *self.api.routes()]

    @verb
    def delete_app(self, client_id: str | None = None) -> None:
        """The OAuth client is deleted in the console."""
        self.oauth.deleted.add(self._app(client_id).client_id)

    @verb
    def make_moderator(self, user: str, *, channel: str | None = None) -> None:
        self._channel(channel).moderators.add(self.state.user(user).id)

    @verb
    def go_live(
        self,
        *,
        title: str = "Hello",
        viewers: int | None = 7,
        privacy: str = "public",
        persistent: bool = True,
        chat: bool = True,
        channel: str | None = None,
    ) -> Broadcast:
        """One more broadcast begins; several may run at once."""
        broadcast = Broadcast(
            id=random_token(11, LETTERS),
            title=title,
            chat_id=f"K{random_token(60, LETTERS)}" if chat else "",
            started_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            viewers=viewers,
            privacy=privacy,
            persistent=persistent,
        )
        self._channel(channel).broadcasts.append(broadcast)
        return broadcast

    @verb
    def go_offline(self, broadcast_id: str | None = None, *, channel: str | None = None) -> int:
        """A broadcast ends, or all that run; how many there were."""
        running = [one for one in self._channel(channel).broadcasts if not one.is_over]
        ending = [one for one in running if broadcast_id in (None, one.id)]
        for broadcast in ending:
            broadcast.is_over = True
        return len(ending)

    @verb
    def quota_spent(self, client_id: str | None = None) -> int:
        """Units an app used up today."""
        return self.api.quota.spent.get(self._app(client_id).client_id, 0)

    @verb
    def spoken(self) -> list[Spoken]:
        """What was said through the API, oldest first."""
        return list(self.api.spoken)
