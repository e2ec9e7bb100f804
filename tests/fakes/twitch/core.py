"""What every part of the simulated Twitch shares: its memory, its people and its way to send."""

from __future__ import annotations

from tests.fakes.oauth import OAuthStandIn
from tests.fakes.server import verb
from tests.fakes.twitch.eventsub import EventSub
from tests.fakes.twitch.gate import Gate
from tests.fakes.twitch.oauth import OAuth
from tests.fakes.twitch.payloads import Event
from tests.fakes.twitch.state import State, TwitchSettings, User


class Core(OAuthStandIn[User]):
    """People are named by login or id, and made up when nobody has that login yet."""

    slug = "twitch"
    reset_ends_grants = True
    state: State
    settings: TwitchSettings

    def __init__(self) -> None:
        super().__init__(OAuth(State()))
        self.gate = Gate(self.state)
        self.eventsub = EventSub(self.state, self.gate)

    @verb
    def make_moderator(self, user: str, *, channel: str | None = None) -> None:
        self._channel(channel).moderators.add(self.state.user(user).id)

    @verb
    def emit(self, type: str, event: Event) -> int:
        """Any topic, any payload: for what has no verb of its own."""
        return self.eventsub.notify(type, event)
