"""What a platform remembers about apps, people, grants and tokens."""

from __future__ import annotations

import dataclasses
import secrets
import string
import time
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar, cast

from tests.fakes.server import Settings

LOWER = string.ascii_lowercase + string.digits
LETTERS = string.ascii_letters + string.digits


def random_token(length: int = 30, alphabet: str = LOWER) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


@dataclass
class OAuthSettings(Settings):
    """Switches of every platform with OAuth, each with its own defaults; all times in seconds."""

    rotation: bool = False
    """Every refresh gives a new refresh token and spends the old one."""
    rotation_grace: bool = False
    """With rotation: the refresh token that was spent last still works, for clients that lost the answer."""
    spent_tokens_work: bool = False
    """With rotation: every older refresh token works as well, until it expires."""
    reuse_ends_grant: bool = False
    """With rotation: a spent refresh token that comes back kills its family."""
    refresh_survives_revoke: bool = False
    access_lifetime: int = 3600
    refresh_lifetime: int | None = None
    """Of each refresh token, from the day it was given; None for ever."""
    grant_lifetime: int | None = None
    """From the consent on, however often it is refreshed; None for ever."""
    cdn_url: str = ""
    """Where the pictures in answers are, if that is not the stand-in itself."""


@dataclass(slots=True)
class App:
    """A client application in the developer console."""

    client_id: str
    client_secret: str
    redirect_uris: list[str]
    name: str = "Lumio"
    confidential: bool = True


@dataclass(slots=True)
class User:
    """A person; where a platform has channels, also the channel of the same id."""

    id: str
    login: str
    name: str
    email: str = ""


Person = TypeVar("Person", bound=User)


@dataclass(slots=True)
class Code:
    """`challenge` is the PKCE challenge (S256), `offline` whether a refresh token comes with the access token."""

    client_id: str
    user_id: str
    scopes: list[str]
    redirect_uri: str
    expires_at: float
    challenge: str = ""
    offline: bool = True
    used: bool = False


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


@dataclass(slots=True)
class RefreshToken:
    value: str
    expires_at: float | None


@dataclass(slots=True, eq=False)
class Grant:
    """One consent turned into tokens. The last refresh token is in force, the others are spent."""

    client_id: str
    user_id: str
    scopes: list[str]
    ends_at: float | None = None
    refresh_tokens: list[RefreshToken] = field(default_factory=list)
    access_tokens: list[str] = field(default_factory=list)
    ended: bool = False

    @property
    def refresh_token(self) -> str | None:
        return self.refresh_tokens[-1].value if self.refresh_tokens else None


class State(Generic[Person]):
    """Tables and the look-ups that several endpoints share."""

    user_class: ClassVar[type[User]] = User
    settings_class: ClassVar[type[OAuthSettings]] = OAuthSettings
    first_user_id: ClassVar[int] = 40_001
    code_lifetime: ClassVar[float] = 600.0
    app_token_lifetime: ClassVar[int] = 3600
    most_access_tokens: ClassVar[int | None] = None
    """Of one grant; the oldest dies when there are more."""

    def __init__(self) -> None:
        self.settings = self.settings_class()
        self.apps: dict[str, App] = {}
        self.users: dict[str, Person] = {}
        self.codes: dict[str, Code] = {}
        self.grants: list[Grant] = []
        self.access_tokens: dict[str, AccessToken] = {}
        self.consents: dict[tuple[str, str], set[str]] = {}
        self._users_by_login: dict[str, Person] = {}
        self._grants_by_refresh_token: dict[str, Grant] = {}

    # What tokens look like

    def new_secret(self) -> str:
        return random_token()

    def new_code(self) -> str:
        return random_token()

    def new_access_token(self) -> str:
        return random_token()

    def new_refresh_token(self) -> str:
        return random_token(50)

    # People

    def new_user_id(self) -> str:
        return str(self.first_user_id + len(self.users))

    def find_user(self, login_or_id: str) -> Person | None:
        return self.users.get(login_or_id) or self._users_by_login.get(login_or_id.lower())

    def user(self, login_or_id: str) -> Person:
        """The user of that login or id, made up on the spot if nobody has it yet."""
        return self.find_user(login_or_id) or self.add_user(login_or_id)

    def add_user(self, login: str, **details: Any) -> Person:
        user_id = details.pop("id", None) or self.new_user_id()
        name = details.pop("name", None) or login
        user = cast(Person, self.user_class(id=user_id, login=login.lower(), name=name, **details))
        self.users[user.id] = self._users_by_login[user.login] = user
        return user

    # Consents and codes

    def consent(self, client_id: str, user_id: str, scopes: list[str]) -> None:
        """The user lets the app do this, on top of what it could do before."""
        self.consents.setdefault((client_id, user_id), set()).update(scopes)

    def has_consented(self, client_id: str, user_id: str, *scopes: str) -> bool:
        """Whether the user lets the app do at least this."""
        given = self.consents.get((client_id, user_id))
        return given is not None and given.issuperset(scopes)

    def code(self, client_id: str, user_id: str, scopes: list[str], redirect_uri: str, **more: Any) -> str:
        value = self.new_code()
        self.codes[value] = Code(client_id, user_id, scopes, redirect_uri, time.time() + self.code_lifetime, **more)
        return value

    # Grants and tokens

    @property
    def grant_lifetime(self) -> int | None:
        """Of the next grant."""
        return self.settings.grant_lifetime

    def grant(
        self, client_id: str, user_id: str, scopes: list[str], *, offline: bool = True
    ) -> tuple[Grant, AccessToken]:
        """A new grant with its first access token; without `offline` it has no refresh token."""
        grant = Grant(client_id, user_id, scopes, _after(self.grant_lifetime))
        self.grants.append(grant)
        if offline:
            self.rotate(grant)
        return grant, self.access_token(grant)

    def access_token(self, grant: Grant) -> AccessToken:
        """One more access token of a grant."""
        token = self._keep(grant.client_id, grant.user_id, grant.scopes, self.settings.access_lifetime)
        grant.access_tokens.append(token.value)
        if self.most_access_tokens is not None and len(grant.access_tokens) > self.most_access_tokens:
            self.access_tokens.pop(grant.access_tokens.pop(0), None)
        return token

    def app_token(self, client_id: str) -> AccessToken:
        return self._keep(client_id, None, [], self.app_token_lifetime)

    def _keep(self, client_id: str, user_id: str | None, scopes: list[str], lifetime: float) -> AccessToken:
        token = AccessToken(self.new_access_token(), client_id, user_id, scopes, time.time() + lifetime)
        self.access_tokens[token.value] = token
        return token

    def valid_token(self, value: str) -> AccessToken | None:
        token = self.access_tokens.get(value)
        return token if token is not None and token.expires_at > time.time() else None

    def bearer(self, header: str | None, kind: str = "Bearer") -> AccessToken | None:
        """The token in force that an `Authorization` header holds after this word."""
        given, _, value = (header or "").partition(" ")
        return self.valid_token(value) if given == kind else None

    def rotate(self, grant: Grant) -> None:
        """Put a new refresh token in force."""
        token = RefreshToken(self.new_refresh_token(), _after(self.settings.refresh_lifetime))
        grant.refresh_tokens.append(token)
        self._grants_by_refresh_token[token.value] = grant

    def grant_of_refresh_token(self, value: str) -> Grant | None:
        """The grant this refresh token belongs or once belonged to, also after its end."""
        return self._grants_by_refresh_token.get(value)

    def is_dead(self, grant: Grant, refresh_token: str) -> bool:
        """Whether the grant was ended, or its time or that of the refresh token is over."""
        [token] = [token for token in grant.refresh_tokens if token.value == refresh_token]
        ends = [end for end in (grant.ends_at, token.expires_at) if end is not None]
        return grant.ended or any(end <= time.time() for end in ends)

    def is_spent(self, grant: Grant, refresh_token: str) -> bool:
        """Whether another refresh token is in force in its place."""
        if self.settings.spent_tokens_work:
            return False
        in_force = grant.refresh_tokens[-2 if self.settings.rotation_grace else -1 :]
        return refresh_token not in {token.value for token in in_force}

    # Ends

    def grants_of(self, client_id: str, user_id: str | None = None) -> list[Grant]:
        """The living grants of an app, or those of one of its users."""
        return [g for g in self.grants if g.client_id == client_id and user_id in (None, g.user_id)]

    def end_grant(self, grant: Grant) -> None:
        """No refresh token of the family and no access token made with it works any longer."""
        grant.ended = True
        self.grants.remove(grant)
        for value in grant.access_tokens:
            self.access_tokens.pop(value, None)

    def grant_of(self, value: str) -> Grant | None:
        """The living grant that an access token or a refresh token comes from."""
        for grant in self.grants:
            if value in grant.access_tokens or self._grants_by_refresh_token.get(value) is grant:
                return grant
        return None

    def revoke(self, value: str) -> bool:
        """End a token and with it its whole grant; False for a token that is already dead.

        With `refresh_survives_revoke` an access token goes alone.
        """
        grant = self.grant_of(value)
        token = self.access_tokens.pop(value, None)
        if grant is not None and not (token and self.settings.refresh_survives_revoke):
            self.end_grant(grant)
        return grant is not None or token is not None

    def snapshot(self) -> dict[str, Any]:
        return {
            "settings": dataclasses.asdict(self.settings),
            "apps": [dataclasses.asdict(app) for app in self.apps.values()],
            "users": [dataclasses.asdict(user) for user in self.users.values()],
            "grants": [dataclasses.asdict(grant) for grant in self.grants],
        }


def _after(lifetime: float | None) -> float | None:
    return None if lifetime is None else time.time() + lifetime
