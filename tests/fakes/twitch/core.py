"""What every part of the simulated Twitch shares: its memory, its people and its way to send."""

from __future__ import annotations

from typing import Any

from tests.fakes.server import StandIn, verb
from tests.fakes.twitch.eventsub import EventSub
from tests.fakes.twitch.gate import Gate
from tests.fakes.twitch.payloads import Event
from tests.fakes.twitch.state import App, State, TwitchSettings, User


class Core(StandIn):
    """People are named by login or id, and made up when nobody has that login yet."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.gate = Gate(self.state)
        self.eventsub = EventSub(self.state, self.gate)

    @property
    def settings(self) -> TwitchSettings:
        return self.state.settings

    @verb
    def add_app(
        self,
        client_id: str = "lumio0client0id0for0the0tests00",
        client_secret: str = "lumio0secret0for0the0tests0000",
        *,
        redirect_uris: list[str] | None = None,
        name: str = "Lumio",
        confidential: bool = True,
    ) -> App:
        """Register an application, by default with the redirect URI of a local Lumio."""
        uris = redirect_uris or ["http://localhost:8000/connections/twitch/callback"]
        app = App(client_id, client_secret, uris, name, confidential)
        self.state.apps[client_id] = app
        return app

    @verb
    def add_user(self, login: str, **details: Any) -> User:
        """`id`, `name`, `color`, `email`, `title` and so on, as the fields of `state.User`."""
        return self.state.add_user(login, **details)

    @verb
    def make_moderator(self, user: str, *, channel: str | None = None) -> None:
        self._channel(channel).moderators.add(self.state.user(user).id)

    def _channel(self, name: str | None) -> User:
        if name is not None:
            return self.state.user(name)
        if not self.state.users:
            raise LookupError("no channel: add a user first")
        return next(iter(self.state.users.values()))

    def _app(self, client_id: str | None) -> App:
        if client_id is not None:
            return self.state.apps[client_id]
        if not self.state.apps:
            raise LookupError("no app: add one first")
        return next(iter(self.state.apps.values()))

    @verb
    def emit(self, type: str, event: Event) -> int:
        """Any topic, any payload: for what has no verb of its own."""
        return self.eventsub.notify(type, event)
