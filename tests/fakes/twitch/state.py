"""What Twitch remembers in addition to apps, people, grants and tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fakes import oauth
from tests.fakes.oauth import OAuthSettings
from tests.fakes.silences import Silences


@dataclass
class TwitchSettings(OAuthSettings):
    """Switches of the stand-in; all times in seconds."""

    reuse_ends_grant: bool = True
    access_lifetime: int = 14_124
    keepalives: bool = True
    keepalive_timeout: int | None = None
    """Overrides what the client asks for, so that silence can be tested within a second or two."""
    unused_timeout: float = 10.0
    reconnect_grace: float = 30.0
    ping_interval: float = 20.0
    points_per_minute: int = 800


@dataclass(slots=True)
class Stream:
    id: str
    started_at: str
    viewers: int


@dataclass(slots=True)
class User(oauth.User):
    """A person and the channel of the same id."""

    color: str = ""
    created_at: str = "2016-12-14T20:32:28Z"
    broadcaster_type: str = ""
    title: str = ""
    category_id: str = ""
    category_name: str = ""
    language: str = "en"
    tags: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    moderators: set[str] = field(default_factory=set)
    silenced: Silences = field(default_factory=Silences)
    followers: dict[str, str] = field(default_factory=dict)
    """Since when, by id."""
    stream: Stream | None = None


class State(oauth.State[User]):
    settings: TwitchSettings
    user_class = User
    settings_class = TwitchSettings
    app_token_lifetime = 4_999_199
    most_access_tokens = 50
