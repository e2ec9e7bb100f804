"""What Kick remembers in addition to apps, people, grants and tokens."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field

from tests.fakes import oauth
from tests.fakes.oauth import OAuthSettings
from tests.fakes.silences import Silences


@dataclass
class KickSettings(OAuthSettings):
    """Switches of the stand-in; all times in seconds.

    Kick calls refresh tokens "reusable" since November 2025 without saying for how long: `rotation_grace` is off,
    which is the harder case.
    """

    rotation: bool = True
    access_lifetime: int = 7200
    cdn_url: str = "https://files.kick.com"
    bot: str = "works"
    """The app's own bot: `works`, `missing` (not set up for the app), or `broken` (a 500, as for many apps in 2026)."""
    refuses_to_introspect: bool = False
    """Asked about a dead token: 401 instead of `{"active": false}`; both have been seen."""
    retries: int = 8
    """Of a delivery that nobody takes; Kick does not say how often."""
    retry_after: float = 0.5
    failures_until_end: int = 1000
    """Deliveries given up, after which Kick ends a subscription; in truth it is a day of them."""


@dataclass(slots=True)
class Stream:
    started_at: str
    viewers: int


@dataclass(slots=True)
class User(oauth.User):
    """A person and the channel of the same id; `login` is the channel's slug."""

    description: str = ""
    title: str = ""
    category_id: int = 15
    category_name: str = "Just Chatting"
    language: str = "en"
    tags: list[str] = field(default_factory=list)
    subscribers: int = 0
    colour: str = ""
    badges: list[dict[str, object]] = field(default_factory=list)
    silenced: Silences = field(default_factory=Silences)
    stream: Stream | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message that was sent through the API; `sender_id` is None for the app's own bot."""

    message_id: str
    channel_id: str
    sender_id: str | None
    content: str
    reply_to: str | None


class State(oauth.State[User]):
    settings: KickSettings
    user_class = User
    settings_class = KickSettings
    first_user_id = 700_001
    app_token_lifetime = 5_184_000

    def new_access_token(self) -> str:
        """48 capitals and digits: the base64 of a UUID, in capitals."""
        return base64.b64encode(str(uuid.uuid4()).encode()).decode().upper()

    def new_refresh_token(self) -> str:
        return self.new_access_token()

    def new_code(self) -> str:
        return self.new_access_token()
