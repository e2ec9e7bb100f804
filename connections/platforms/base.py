"""What a platform declares about itself. Everything else is the same for all of them."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.utils.functional import Promise

from connections.platforms.failures import (
    CredentialsRejected,
    GrantEnded,
    NotUnderstood,
    PlatformFailure,
    RateLimited,
    RefusedOddly,
    Unavailable,
)

if TYPE_CHECKING:
    from connections.platforms.listening import Grant
    from events.ingest.base import Outlet
    from lumio.lib.http import Answer
    from lumio.lib.secrets import Secret

Text = str | Promise

#: Seconds to wait where a platform asks for a pause and does not say how long.
PAUSE = 60
#: The longest pause we believe, in seconds.
LONGEST_PAUSE = 15 * 60


@dataclass(frozen=True)
class Scope:
    """One right Lumio asks for: its name at the platform, what it is for, and the feature that needs it."""

    name: str
    sentence: Text
    unlocks: Text


@dataclass(frozen=True)
class Dialect:
    """How a platform words one kind of failure at its token endpoint; all words are compared in lower case.

    `statuses` empty means any. `contains` is looked for in the body's `error`, `message` and `error_description`.
    """

    failure: type[PlatformFailure]
    contains: str = ""
    statuses: tuple[int, ...] = ()

    def fits(self, status: int, words: str) -> bool:
        return (not self.statuses or status in self.statuses) and self.contains in words


#: What RFC 6749 section 5.2 calls them. A platform's own dialect is asked first.
STANDARD = (
    Dialect(GrantEnded, "invalid_grant", (400, 401, 403)),
    Dialect(CredentialsRejected, "invalid_client", (400, 401, 403)),
    Dialect(CredentialsRejected, "unauthorized_client", (400, 401, 403)),
    Dialect(RateLimited, statuses=(429,)),
)


@dataclass(frozen=True)
class OAuthServer:
    """A platform's authorisation server. Addresses come from the operator's settings, never from an account."""

    base_url: str
    scopes: tuple[Scope, ...]
    authorize: str = "/authorize"
    token: str = "/token"  # noqa: S105  a path
    revoke: str = "/revoke"
    #: Extra query parameters of the authorization request, always and on reconnect.
    parameters: Mapping[str, str] = field(default_factory=dict)
    reconnect_parameters: Mapping[str, str] = field(default_factory=dict)
    #: PKCE S256 is sent only where the platform enforces it.
    pkce: bool = False
    #: Whether a client-credentials grant shows that a pair of app credentials works.
    client_credentials: bool = False
    dialects: tuple[Dialect, ...] = ()
    #: Header with the Unix time at which a rate limit ends, besides Retry-After.
    rate_reset_header: str = ""

    @property
    def authorize_url(self) -> str:
        return self.base_url + self.authorize

    @property
    def token_url(self) -> str:
        return self.base_url + self.token

    @property
    def revoke_url(self) -> str:
        return self.base_url + self.revoke


@dataclass(frozen=True)
class Client:
    """A pair of app credentials, as the calls need it."""

    id: str
    secret: Secret


@dataclass(frozen=True)
class Tokens:
    """What a token endpoint granted. `expires_in` in seconds, None for a token without end."""

    access: Secret
    refresh: Secret | None
    expires_in: int | None
    scopes: list[str]


@dataclass(frozen=True)
class Identity:
    """Whose token it is. For a streamer the id is the channel's."""

    id: str
    login: str
    name: str
    avatar_url: str = ""


@dataclass(frozen=True)
class Validated:
    """What a platform says about an access token: whose app it is for, whose it is, what it may, for how many seconds.

    `identity_id` is the `Identity.id` of its owner; `expires_in` None for a token without end.
    """

    client_id: str
    identity_id: str
    scopes: list[str]
    expires_in: int | None


class Platform(ABC):
    """A streaming platform. Subclasses fill in the attributes and the abstract methods, nothing branches on `slug`."""

    slug: ClassVar[str]
    name: ClassVar[str]
    #: File in templates/icons/; the colour of its tile is `.platform--{slug}` in static/css/components/platform.css.
    icon: ClassVar[str]
    used_for: ClassVar[Sequence[Text]]
    oauth: ClassVar[OAuthServer]
    console_url: ClassVar[str]
    console_name: ClassVar[Text]
    #: Numbered steps of the App Credentials page; `{redirect_uri}` is filled in.
    steps: ClassVar[Sequence[Text]]
    traps: ClassVar[Sequence[Text]]
    notice: ClassVar[Text] = ""
    #: How often each token in use is to be validated; None where the platform does not ask for it.
    validates_every: ClassVar[timedelta | None] = None

    @abstractmethod
    def identity(self, token: Secret, client: Client) -> Identity:
        """Whose token it is. Raises PlatformFailure."""

    def validate(self, token: Secret, client: Client) -> Validated:
        """What the platform says about a token, where `validates_every` is set.

        Raises TokenRefused for one that is dead, another PlatformFailure where there is no telling.
        """
        raise NotImplementedError

    @abstractmethod
    async def listen(self, channel_id: str, outlet: Outlet, *, grant: Grant) -> None:
        """Deliver what happens on a channel until cancelled, or until the platform takes the grant back."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return self.oauth.scopes

    @property
    def redirect_uri(self) -> str:
        """The one address people are sent back to; compared character by character by the platforms.

        Overridden where a platform insists on another spelling of loopback than `LUMIO_URL` has.
        """
        return f"{settings.LUMIO_URL}/connections/{self.slug}/callback"

    def missing_scopes(self, granted: Sequence[str]) -> list[Scope]:
        """What a reconnect would ask for in addition."""
        return [scope for scope in self.scopes if scope.name not in granted]

    def classify(self, answer: Answer) -> PlatformFailure:
        """The failure behind an answer of the token endpoint that is not a token."""
        words = said(answer)
        return self.failure(self._kind(answer.status, words), answer, reason=words[0] if words else str(answer.status))

    def _kind(self, status: int, words: Sequence[str]) -> type[PlatformFailure]:
        if status >= 500:
            return Unavailable
        if status < 400:
            return NotUnderstood
        for dialect in (*self.oauth.dialects, *STANDARD):
            if dialect.fits(status, " ".join(words).lower()):
                return dialect.failure
        return RefusedOddly if words else NotUnderstood

    def failure(self, kind: type[PlatformFailure], answer: Answer, *, reason: str) -> PlatformFailure:
        pause = pause_of(answer, self.oauth.rate_reset_header) if kind is RateLimited else None
        return kind(platform=self.name, reason=reason, redirect_uri=self.redirect_uri, seconds=pause, retry_after=pause)


def said(answer: Answer) -> list[str]:
    """What an error body says in words, the most telling first; empty for one that is not a JSON object."""
    try:
        body: Any = answer.json()
    except ValueError:
        return []
    if not isinstance(body, dict):
        return []
    values = (body.get(name) for name in ("message", "error_description", "error"))
    return [words for words in map(plain, values) if words]


def plain(value: Any) -> str:
    """Somebody else's words, short and without what a page or a database chokes on; "" for anything but a string."""
    return "".join(filter(str.isprintable, value[:200])) if isinstance(value, str) else ""


def pause_of(answer: Answer, reset_header: str = "") -> int:
    """Seconds that a 429 asks us to wait, within reason."""
    pause = whole_number(answer.headers.get("Retry-After", ""))
    if pause is None and reset_header:
        reset = whole_number(answer.headers.get(reset_header, ""))
        pause = None if reset is None else reset - int(time.time())
    return PAUSE if pause is None else max(1, min(pause, LONGEST_PAUSE))


def whole_number(text: str) -> int | None:
    """The number that a string of digits writes out; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
