"""What the stand-in remembers about apps, people, grants and tokens."""

from __future__ import annotations

import dataclasses
import secrets
import string
import time
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.server import Settings

TOKEN_ALPHABET = string.ascii_lowercase + string.digits
ACCESS_TOKENS_PER_GRANT = 50
CODE_LIFETIME = 600.0
APP_TOKEN_LIFETIME = 4_999_199
FIRST_USER_ID = 40_001


def random_token(length: int = 30) -> str:
    return "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(length))


@dataclass
class TwitchSettings(Settings):
    """Switches of the stand-in; all times in seconds."""

    rotation: bool = False
    """Every refresh gives a new refresh token; a spent one that comes back kills its family."""
    rotation_grace: bool = False
    """With rotation: the refresh token that was spent last still works, for clients that lost the answer."""
    refresh_survives_revoke: bool = False
    access_lifetime: int = 14_124
    keepalives: bool = True
    keepalive_timeout: int | None = None
    """Overrides what the client asks for, so that silence can be tested within a second or two."""
    unused_timeout: float = 10.0
    reconnect_grace: float = 30.0
    ping_interval: float = 20.0
    points_per_minute: int = 800


@dataclass(slots=True)
class App:
    """A client application in the developer console."""

    client_id: str
    client_secret: str
    redirect_uris: list[str]
    name: str = "Lumio"
    confidential: bool = True


@dataclass(slots=True)
class Stream:
    id: str
    started_at: str
    viewers: int


@dataclass(slots=True)
class User:
    """A person and the channel of the same id."""

    id: str
    login: str
    name: str
    color: str = ""
    email: str = ""
    created_at: str = "2016-12-14T20:32:28Z"
    broadcaster_type: str = ""
    title: str = ""
    category_id: str = ""
    category_name: str = ""
    language: str = "en"
    tags: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    moderators: set[str] = field(default_factory=set)
    banned: set[str] = field(default_factory=set)
    stream: Stream | None = None


@dataclass(slots=True)
class Code:
    client_id: str
    user_id: str
    scopes: list[str]
    redirect_uri: str
    expires_at: float


@dataclass(slots=True)
class AccessToken:
    """A user's token, or with no user an app token."""

    value: str
    client_id: str
    user_id: str | None
    scopes: list[str]
    expires_at: float

    @property
    def expires_in(self) -> int:
        return max(0, round(self.expires_at - time.time()))


@dataclass(slots=True, eq=False)
class Grant:
    """One consent turned into tokens. The last refresh token is in force, the others are spent."""

    client_id: str
    user_id: str
    scopes: list[str]
    refresh_tokens: list[str]
    access_tokens: list[str] = field(default_factory=list)

    @property
    def refresh_token(self) -> str:
        return self.refresh_tokens[-1]

    def takes(self, refresh_token: str, *, grace: bool) -> bool:
        """Whether this is the one in force, or with `grace` the one before."""
        return refresh_token in self.refresh_tokens[-2 if grace else -1 :]


class State:
    """Tables and the look-ups that several endpoints share."""

    def __init__(self) -> None:
        self.settings = TwitchSettings()
        self.apps: dict[str, App] = {}
        self.users: dict[str, User] = {}
        self.codes: dict[str, Code] = {}
        self.grants: list[Grant] = []
        self.access_tokens: dict[str, AccessToken] = {}
        self.consents: dict[tuple[str, str], set[str]] = {}
        self._users_by_login: dict[str, User] = {}
        self._grants_by_refresh_token: dict[str, Grant] = {}

    # People

    def find_user(self, login_or_id: str) -> User | None:
        return self.users.get(login_or_id) or self._users_by_login.get(login_or_id.lower())

    def user(self, login_or_id: str) -> User:
        """The user of that login or id, made up on the spot if nobody has it yet."""
        return self.find_user(login_or_id) or self.add_user(login_or_id)

    def add_user(self, login: str, **details: Any) -> User:
        user_id = details.pop("id", None) or str(FIRST_USER_ID + len(self.users))
        name = details.pop("name", None) or login
        user = User(id=user_id, login=login.lower(), name=name, **details)
        self.users[user.id] = self._users_by_login[user.login] = user
        return user

    # Grants and tokens

    def consent(self, client_id: str, user_id: str, scopes: list[str]) -> None:
        """The user lets the app do this, on top of what it could do before."""
        self.consents.setdefault((client_id, user_id), set()).update(scopes)

    def has_consented(self, client_id: str, user_id: str, *scopes: str) -> bool:
        """Whether the user lets the app do at least this."""
        given = self.consents.get((client_id, user_id))
        return given is not None and given.issuperset(scopes)

    def grant(self, client_id: str, user_id: str, scopes: list[str]) -> tuple[Grant, AccessToken]:
        """A new grant with its first access token."""
        grant = Grant(client_id, user_id, scopes, [])
        self.grants.append(grant)
        self.rotate(grant)
        return grant, self.access_token(grant)

    def access_token(self, grant: Grant) -> AccessToken:
        """One more access token of a grant; the oldest dies when there are too many."""
        token = AccessToken(
            random_token(),
            grant.client_id,
            grant.user_id,
            grant.scopes,
            time.time() + self.settings.access_lifetime,
        )
        self.access_tokens[token.value] = token
        grant.access_tokens.append(token.value)
        if len(grant.access_tokens) > ACCESS_TOKENS_PER_GRANT:
            self.access_tokens.pop(grant.access_tokens.pop(0), None)
        return token

    def app_token(self, client_id: str) -> AccessToken:
        token = AccessToken(random_token(), client_id, None, [], time.time() + APP_TOKEN_LIFETIME)
        self.access_tokens[token.value] = token
        return token

    def valid_token(self, value: str) -> AccessToken | None:
        token = self.access_tokens.get(value)
        return token if token is not None and token.expires_at > time.time() else None

    def rotate(self, grant: Grant) -> None:
        """Put a new refresh token in force."""
        grant.refresh_tokens.append(random_token(50))
        self._grants_by_refresh_token[grant.refresh_token] = grant

    def grant_of_refresh_token(self, value: str) -> Grant | None:
        """The grant this refresh token belongs or once belonged to."""
        return self._grants_by_refresh_token.get(value)

    def end_grant(self, grant: Grant) -> None:
        """No refresh token of the family and no access token made with it works any longer."""
        self.grants.remove(grant)
        for value in grant.refresh_tokens:
            del self._grants_by_refresh_token[value]
        for value in grant.access_tokens:
            self.access_tokens.pop(value, None)

    def snapshot(self) -> dict[str, Any]:
        return {
            "settings": dataclasses.asdict(self.settings),
            "apps": [dataclasses.asdict(app) for app in self.apps.values()],
            "users": [dataclasses.asdict(user) for user in self.users.values()],
            "grants": [dataclasses.asdict(grant) for grant in self.grants],
        }
