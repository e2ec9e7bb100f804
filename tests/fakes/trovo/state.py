"""What Trovo remembers in addition to apps, people, grants and tokens."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.fakes import oauth
from tests.fakes.oauth import OAuthSettings, random_token
from tests.fakes.server import Refused
from tests.fakes.silences import Silences


@dataclass
class TrovoSettings(OAuthSettings):
    """Switches of the stand-in; all times in seconds."""

    rotation: bool = True
    spent_tokens_work: bool = True
    access_lifetime: int = 14_400
    refresh_lifetime: int | None = 30 * 24 * 3600
    lifetime_as_text: bool = False
    """`expires_in` as a string; both have been seen."""
    unknown_users_are_zero: bool = True
    """Names that nobody has: channel "0" instead of error 10505; both have been seen."""
    requests_per_minute: int = 1200
    ping_gap: int = 30
    """Between two pings, as a pong asks for."""
    clock_ahead: int = 0
    """Of everybody else's clocks."""
    cdn_url: str = "https://headicon.trovo.live"


@dataclass(slots=True)
class Stream:
    started_at: int
    viewers: int


@dataclass(slots=True)
class User(oauth.User):
    """A person and the channel of the same id."""

    title: str = ""
    category_id: str = "10023"
    category_name: str = "Just Chatting"
    followers: int = 0
    subscribers: int = 0
    silenced: Silences = field(default_factory=Silences)
    stream: Stream | None = None
    ended_at: int = 0


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message that was sent through the API."""

    at: float
    channel_id: str
    sender_id: str
    content: str


class State(oauth.State[User]):
    settings: TrovoSettings
    user_class = User
    settings_class = TrovoSettings
    first_user_id = 100_200_301

    def new_access_token(self) -> str:
        return random_token(32)

    def new_refresh_token(self) -> str:
        return random_token(32)


class TrovoError(Refused):
    """`{"status", "error", "message"}`: only the number in `status` says what is meant, never the HTTP status.

    Which of 400, 401 and 500 a number comes with is not documented. Here dead access tokens are 401 and the rest 400.
    """

    def __init__(self, number: int, error: str, message: str = "") -> None:
        super().__init__(401 if number in (11704, 11714) else 400, message or error)
        self.number = number
        self.error = error

    def body(self) -> dict[str, object]:
        return {"status": self.number, "error": self.error, "message": self.message}


class Limit:
    """Requests of each client id in the current minute."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._minute = 0
        self._counts: dict[str, int] = {}

    def count(self, client_id: str) -> dict[str, str]:
        """The headers of the answer. Raises 11706 over the limit."""
        minute, second = divmod(int(time.time()), 60)
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        count = self._counts[client_id] = self._counts.get(client_id, 0) + 1
        most = self.state.settings.requests_per_minute
        if count > most:
            raise TrovoError(11706, "exceedLimits")
        return {
            "x-ratelimit-limit": str(most),
            "x-ratelimit-remaining": str(most - count),
            "x-ratelimit-reset": str(60 - second),  # whether it is a moment or a pause is not documented
        }
