"""What Google and YouTube remember in addition to apps, people, grants and tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes import oauth
from tests.fakes.oauth import LETTERS, OAuthSettings, random_token
from tests.fakes.silences import Silences

TESTING_LIFETIME = 7 * 24 * 3600
"""Seconds that consents last which are given to a project in Testing; publishing it later does not help them."""


@dataclass
class YouTubeSettings(OAuthSettings):
    """Switches of the stand-in; all times in seconds."""

    access_lifetime: int = 3599
    cdn_url: str = "https://yt3.ggpht.com"
    testing_project: bool = False
    """The consent screen is in Testing: grants end after seven days."""
    api_enabled: bool = True
    """Whether the YouTube Data API is switched on in the project."""
    quota: int = 10_000
    """Units per app and day, which begins at midnight Pacific time."""
    signup_required: bool = False
    """For people without a channel: a 401 instead of an empty list."""
    stream: str = "works"
    """Chats as a stream: "works", "missing" (a 404 page) or "unimplemented" (501)."""
    polling_interval: float = 1.0
    """What `pollingIntervalMillis` says."""
    enforces_interval: bool = False
    """Whether asking earlier is a `rateLimitExceeded`."""
    history: int = 75
    """Messages that come without a page token."""
    repeats: int = 0
    """So many messages of each page come again with the next one."""
    chunk: int = 0
    """Bytes of one piece of a stream; 0: an object at once."""
    silent: bool = False
    """Streams stay open and say nothing."""
    says_end: bool = True
    """Whether a chat says that it has ended; otherwise it only closes."""


@dataclass(slots=True)
class Broadcast:
    """`id` is the video's; without `chat_id` the chat is off, without `viewers` their number is hidden."""

    id: str
    title: str
    chat_id: str
    started_at: str
    viewers: int | None
    privacy: str = "public"
    persistent: bool = True
    """Started from the permanent stream key, which `broadcastType=event` does not list."""
    category_id: str = "20"
    is_over: bool = False
    ended_at: str = ""
    has_chat: bool = True
    life_cycle: str = "live"
    items: list[dict[str, Any]] = field(default_factory=list)
    """What was said, oldest first."""
    poll: dict[str, Any] | None = None
    """The one under way, as an item."""


@dataclass(slots=True)
class User(oauth.User):
    """A Google account and its channel of the same id; `login` is the handle without its `@`."""

    has_channel: bool = True
    has_handle: bool = True
    broadcasts: list[Broadcast] = field(default_factory=list)
    moderators: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    silenced: Silences = field(default_factory=Silences)
    bans: dict[str, str] = field(default_factory=dict)
    """Whom a ban is about, by its id, which is the only way back."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message that was sent through the API."""

    message_id: str
    chat_id: str
    author_id: str
    text: str


class State(oauth.State[User]):
    settings: YouTubeSettings
    user_class = User
    settings_class = YouTubeSettings

    def new_user_id(self) -> str:
        return f"UC{random_token(22, LETTERS)}"

    def new_secret(self) -> str:
        return f"GOCSPX-{random_token(28, LETTERS)}"

    def new_code(self) -> str:
        return f"4/0A{random_token(70, LETTERS)}"

    def new_access_token(self) -> str:
        return f"ya29.{random_token(200, LETTERS)}"

    def new_refresh_token(self) -> str:
        return f"1//0{random_token(98, LETTERS)}"

    @property
    def grant_lifetime(self) -> int | None:
        return TESTING_LIFETIME if self.settings.testing_project else self.settings.grant_lifetime

    def find_chat(self, chat_id: str) -> tuple[User, Broadcast] | None:
        """Whose chat this is and what it belongs to."""
        for user in self.users.values():
            for broadcast in user.broadcasts:
                if chat_id == broadcast.chat_id:
                    return user, broadcast
        return None
