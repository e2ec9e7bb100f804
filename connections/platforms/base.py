"""What a platform declares about itself. Everything else is the same for all of them."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connections.enums import Purpose
from connections.platforms.chatting import Profile
from connections.platforms.failures import (
    CredentialsRejected,
    GrantEnded,
    NotUnderstood,
    PlatformFailure,
    RateLimited,
    RefusedOddly,
    ScopeRejected,
    Unavailable,
)
from connections.platforms.metering import UNMETERED, Meter, Quota

if TYPE_CHECKING:
    from connections.platforms.chatting import Chat
    from connections.platforms.listening import Access, Grant
    from connections.platforms.playing import Player
    from connections.platforms.webhooks import Delivery, Listening
    from events.ingest.base import Outlet
    from events.types import Person, StreamEvent
    from lumio.lib.http import Answer
    from lumio.lib.secrets import Secret

Text = str | Promise
#: By set and id: the address of a badge's picture, and what it is called.
Badges = dict[tuple[str, str], tuple[str, str]]
#: By prefix, in lower case: from how many bits on, the address of the picture, and its colour; the least bits first.
Cheermotes = dict[str, list[tuple[int, str, str]]]

#: The spellings of this very machine.
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Seconds to wait where a platform asks for a pause and does not say how long.
PAUSE = 60
#: The longest pause we believe, in seconds, where the platform is not known for longer ones.
LONGEST_PAUSE = 15 * 60


@dataclass(frozen=True)
class Scope:
    """One right Lumio asks for: its name at the platform, what it is for, and the feature that needs it."""

    name: str
    sentence: Text
    unlocks: Text

    @property
    def label(self) -> str:
        """The name as there is room for it: some platforms make addresses of theirs."""
        return short_name(self.name)


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
    Dialect(ScopeRejected, "invalid_scope", (400,)),
    Dialect(RateLimited, statuses=(429,)),
)


@dataclass(frozen=True)
class OAuthServer:
    """A platform's authorisation server. Addresses come from the operator's settings, never from an account.

    `site` and `api` name the settings that hold the addresses of the page people sign in at and of the token endpoint;
    `api` empty: the same. The rest are paths below them; `refresh` empty: where codes are exchanged too; `revoke`
    empty: the platform has no way to hand a token back.
    """

    site: str
    scopes: tuple[Scope, ...]
    #: What a custom bot's own identity is asked for.
    bot_scopes: tuple[Scope, ...] = ()
    api: str = ""
    authorize: str = "/authorize"
    token: str = "/token"  # noqa: S105  a path
    refresh: str = ""
    revoke: str = "/revoke"
    #: Extra query parameters of the authorization request, always and on reconnect.
    parameters: Mapping[str, str] = field(default_factory=dict)
    reconnect_parameters: Mapping[str, str] = field(default_factory=dict)
    #: Whether handing back one token ends every sign-in that the same person made with the same app.
    revoking_ends_all: bool = False
    #: PKCE S256 is sent only where the platform supports it.
    pkce: bool = False
    #: Whether a client-credentials grant shows that a pair of app credentials works.
    client_credentials: bool = False
    dialects: tuple[Dialect, ...] = ()
    #: Header with the Unix time at which a rate limit ends, besides Retry-After.
    rate_reset_header: str = ""

    @property
    def authorize_url(self) -> str:
        return getattr(settings, self.site) + self.authorize

    @property
    def token_url(self) -> str:
        return self._api + self.token

    @property
    def refresh_url(self) -> str:
        return self._api + (self.refresh or self.token)

    @property
    def revoke_url(self) -> str:
        """Empty where there is none."""
        return self.revoke and self._api + self.revoke

    @property
    def _api(self) -> str:
        return getattr(settings, self.api or self.site)

    def scopes_for(self, purpose: Purpose) -> tuple[Scope, ...]:
        return self.bot_scopes if purpose == Purpose.BOT else self.scopes


@dataclass(frozen=True)
class Client:
    """A pair of app credentials, as the calls need it."""

    id: str = field(repr=False)
    secret: Secret
    #: What counts the calls that are made with it.
    meter: Meter = field(default=UNMETERED, compare=False, repr=False)


@dataclass(frozen=True)
class Tokens:
    """What a token endpoint granted, in seconds of life; None for a token without end.

    `scopes` None: the answer does not say. `grant_expires_in`: after that many seconds refreshing ends, too; None
    where the answer does not say.
    """

    access: Secret
    refresh: Secret | None
    expires_in: int | None
    scopes: list[str] | None
    grant_expires_in: int | None = None


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


class Section(StrEnum):
    """Where on the Connections page a platform's card is."""

    STREAMING = "streaming"
    MUSIC = "music"


class Platform(ABC):
    """A platform. Subclasses fill in the attributes and the abstract methods, nothing branches on `slug`."""

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
    section: ClassVar[Section] = Section.STREAMING
    #: How the platform wants loopback spelled in a redirect URI, whichever spelling `LUMIO_URL` has.
    loopback: ClassVar[str] = "localhost"
    #: How long a sign-in lasts whatever is refreshed; None where the platform sets no such end.
    grant_lasts: ClassVar[timedelta | None] = None
    #: How long before such an end people are warned.
    warns_ahead: ClassVar[timedelta] = timedelta(days=2)
    #: Whether `listen` delivers what happens on a channel.
    listens: ClassVar[bool] = True
    #: What it is subscribed to there, as the card counts it.
    listened_to: ClassVar[Text] = _("subscriptions")
    #: Whether `listen` needs no more than the client id, and goes on when the sign-in is over.
    listens_without_grant: ClassVar[bool] = False
    #: Whether events come as deliveries to an address of ours, which people enter at the platform.
    calls_us: ClassVar[bool] = False
    #: What to look at when nothing is delivered.
    delivery_fixes: ClassVar[Sequence[Text]] = ()
    #: What is particular about bots there, for the Bot Connections page.
    bot_notice: ClassVar[Text] = ""
    #: Whether the channel's own sign-in speaks as a bot that belongs to the streamer's app, where the app has one.
    app_has_bot: ClassVar[bool] = False
    #: Whether a bot finds the chat to speak in only with the channel's access beside its own.
    bots_need_channel: ClassVar[bool] = False
    #: Whether `is_moderator` can say yes or no.
    tells_moderators: ClassVar[bool] = False
    #: What a streamer types in the own chat to make the person of a `{login}` a moderator; empty: there is no command.
    mod_command: ClassVar[str] = ""
    #: What one may do in its chat; None where there is none.
    chat: ClassVar[Chat | None] = None
    #: What plays there, for a platform of music; None for the others.
    player: ClassVar[Player | None] = None
    #: What an app may spend there in a day; None where nobody counts.
    quota: ClassVar[Quota | None] = None
    #: Which providers of emotes know its channels, by the names that `LUMIO_EMOTES` has for them.
    emote_providers: ClassVar[Collection[str]] = ()
    #: Whether the platform tells what its badges and cheermotes look like.
    has_badges: ClassVar[bool] = False
    #: How often each token in use is to be validated; None where the platform does not ask for it.
    validates_every: ClassVar[timedelta | None] = None
    #: The longest pause, in seconds, that we believe the platform means.
    longest_pause: ClassVar[int] = LONGEST_PAUSE

    @abstractmethod
    def identity(self, token: Secret, client: Client) -> Identity:
        """Whose token it is. Raises PlatformFailure."""

    def validate(self, token: Secret, client: Client) -> Validated:
        """What the platform says about a token, where `validates_every` is set.

        Raises TokenRefused for one that is dead, another PlatformFailure where there is no telling.
        """
        raise NotImplementedError

    async def listen(self, channel_id: str, outlet: Outlet, *, grant: Grant) -> None:
        """Deliver what happens on a channel until cancelled, or until the platform takes the grant back.

        Never called where `listens` is False.
        """
        raise NotImplementedError

    @property
    def reaches_us(self) -> bool:
        """Whether deliveries can come, as far as the addresses show."""
        return True

    def is_authentic(self, delivery: Delivery) -> bool:
        """Whether a delivery bears the platform's signature. Never raises. Asked where `calls_us` is set."""
        raise NotImplementedError

    def read(self, delivery: Delivery, listening: Listening) -> StreamEvent:
        """The event of an authentic delivery. Raises a DeliveryRefused for one that is not for whoever listens."""
        raise NotImplementedError

    def leave(self, channel: Access) -> None:  # noqa: B027  most have nothing to undo
        """Undo at the platform what was set up to listen to a channel that is about to be disconnected.

        Raises PlatformFailure.
        """

    def is_moderator(self, bot_id: str, channel: Access) -> bool | None:
        """Whether the bot is a moderator of the channel whose access this is; None where the platform does not tell.

        Raises PlatformFailure.
        """
        return None

    def say(
        self, text: str, *, channel_id: str, sender: Access, channel: Access | None = None, reply_to: str = ""
    ) -> str:
        """Send one chat message as `sender` into a channel; the id it has at the platform, "" where that is not told.

        `channel` is the channel's own access, given to a bot where `bots_need_channel`; `reply_to` the id of the
        message that it answers. Raises NotSent with the platform's reason, or another PlatformFailure.
        """
        raise NotImplementedError

    def delete_message(self, message_id: str, author: Person, *, channel: Access) -> None:
        """Take one message out of the chat. This and the next three are called for what `chat.acts` has, with the
        channel's own access. Raises ActRefused with the platform's reason, or another PlatformFailure."""
        raise NotImplementedError

    def time_out(self, viewer: Person, seconds: int, reason: str, *, channel: Access) -> str:
        """Silence a viewer for so many seconds (`chat.timeouts` has fitted them); what `lift` needs to end that."""
        raise NotImplementedError

    def ban(self, viewer: Person, reason: str, *, channel: Access) -> str:
        """Silence a viewer for good; what `lift` needs to end that."""
        raise NotImplementedError

    def lift(self, viewer: Person, reference: str, *, channel: Access) -> None:
        """End a ban or a timeout. `reference` is what it was answered with, "" for one that was made elsewhere."""
        raise NotImplementedError

    def profile(self, viewer: Person, *, channel: Access) -> Profile:
        """What the platform tells about a viewer, nothing where it tells nothing. Raises PlatformFailure."""
        return Profile()

    def emote_url(self, emote_id: str) -> str:
        """Where the picture of one of the platform's own emotes is; empty where nobody can tell."""
        return ""

    def badges(self, access: Access, channel_id: str = "") -> Badges:
        """The pictures of the badges that a channel has of its own, or else of those that all channels have.

        Asked where `has_badges`. Raises PlatformFailure.
        """
        raise NotImplementedError

    def cheermotes(self, access: Access, channel_id: str) -> Cheermotes:
        """The pictures of what a channel's viewers may cheer with. Asked where `has_badges`. Raises PlatformFailure."""
        raise NotImplementedError

    def granted_scopes(self, token: Secret, client: Client, purpose: Purpose) -> list[str]:
        """What was granted where the token answer does not say. Raises PlatformFailure.

        By RFC 6749 section 5.1 that is what was asked for; overridden where the platform has to be asked.
        """
        return [scope.name for scope in self.oauth.scopes_for(purpose)]

    def token_request(self, client: Client, fields: Mapping[str, str]) -> dict[str, Any]:
        """How the token endpoint wants to be asked: arguments of `lumio.lib.http.call`."""
        return {"data": {**fields, "client_id": client.id, "client_secret": client.secret.reveal()}}

    def revoke_request(self, client: Client, token: Secret) -> dict[str, Any]:
        """How a token is handed back at `oauth.revoke_url`: arguments of `lumio.lib.http.call`."""
        return {"data": {"client_id": client.id, "token": token.reveal()}}

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What a streamer's own channel is asked for."""
        return self.oauth.scopes

    @property
    def has_bots(self) -> bool:
        """Whether messages can go out under an identity of their own."""
        return bool(self.oauth.bot_scopes)

    @property
    def redirect_uri(self) -> str:
        """The one address people are sent back to; compared character by character by the platforms."""
        parts = urlsplit(settings.LUMIO_URL)
        if parts.scheme == "http" and parts.hostname in LOOPBACK:
            port = f":{parts.port}" if parts.port else ""
            parts = parts._replace(netloc=self.loopback + port)
        return f"{parts.geturl()}/connections/{self.slug}/callback"

    def missing_scopes(self, granted: Sequence[str], purpose: Purpose = Purpose.CHANNEL) -> list[Scope]:
        """What a reconnect would ask for in addition."""
        return [scope for scope in self.oauth.scopes_for(purpose) if scope.name not in granted]

    def classify(self, answer: Answer) -> PlatformFailure:
        """The failure behind an answer of the token endpoint that is not a token."""
        words = self.said(answer)
        return self.failure(self._kind(answer.status, words), answer, reason=words[0] if words else str(answer.status))

    def said(self, answer: Answer) -> list[str]:
        """What an error body says in words, the most telling first; empty for one that is none of the platform's."""
        return said(answer)

    def _kind(self, status: int, words: Sequence[str]) -> type[PlatformFailure]:
        if status < 400:
            return NotUnderstood
        for dialect in (*self.oauth.dialects, *STANDARD):
            # Behind a 5xx words mean nothing, unless a dialect names that very status.
            if (status < 500 or status in dialect.statuses) and dialect.fits(status, " ".join(words).lower()):
                return dialect.failure
        if status >= 500:
            return Unavailable
        return RefusedOddly if words else NotUnderstood

    def failure(self, kind: type[PlatformFailure], answer: Answer, *, reason: str) -> PlatformFailure:
        pause = None
        if kind is RateLimited:
            pause = pause_of(answer, self.oauth.rate_reset_header, longest=self.longest_pause)
        return kind(platform=self.name, reason=reason, redirect_uri=self.redirect_uri, seconds=pause, retry_after=pause)


def short_name(scope: str) -> str:
    """A scope's name without the address in front that Google's have."""
    return scope.rpartition("/")[2]


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


def pause_of(answer: Answer, reset_header: str = "", *, longest: int = LONGEST_PAUSE) -> int:
    """Seconds that a 429 asks us to wait, within reason."""
    pause = whole_number(answer.headers.get("Retry-After", ""))
    if pause is None and reset_header:
        reset = whole_number(answer.headers.get(reset_header, ""))
        pause = None if reset is None else reset - int(time.time())
    return PAUSE if pause is None else max(1, min(pause, longest))


def whole_number(text: str) -> int | None:
    """The number that a string of digits writes out; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
