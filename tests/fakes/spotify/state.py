"""What Spotify remembers in addition to apps, people, grants and tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fakes import oauth
from tests.fakes.oauth import LETTERS, OAuthSettings, random_token
from tests.fakes.spotify.player import Player


@dataclass
class SpotifySettings(OAuthSettings):
    """Switches of the stand-in; all times in seconds."""

    grant_lifetime: int | None = 181 * 24 * 3600
    """The shortest six months there are."""
    cdn_url: str = "https://i.scdn.co"
    owner_has_premium: bool = True
    """Without it the whole app fails; found out by calling, not by consenting."""
    everybody_registered: bool = True
    """Whether people are on the list of an app in Development Mode."""


@dataclass(slots=True)
class User(oauth.User):
    """A listener; `login` is the `id` of the profile, which people may never have chosen."""

    account_id: str = field(default_factory=lambda: random_token(22, LETTERS))
    """Without one as before 2026."""
    has_name: bool = True
    has_picture: bool = True
    player: Player = field(default_factory=Player)


class State(oauth.State[User]):
    settings: SpotifySettings
    user_class = User
    settings_class = SpotifySettings

    def new_code(self) -> str:
        return f"AQ{random_token(180, LETTERS)}"

    def new_access_token(self) -> str:
        return f"BQ{random_token(180, LETTERS)}"

    def new_refresh_token(self) -> str:
        return f"AQ{random_token(130, LETTERS)}"
