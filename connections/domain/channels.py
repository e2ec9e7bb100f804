"""The cards of the Connections page: what state each platform is in, and everything its card shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.enums import Permission
from connections.domain import access, removal
from connections.enums import GrantState, Purpose
from connections.models import AppCredentials, Connection, OAuthAttempt
from connections.platforms import PLATFORMS
from connections.platforms.failures import STORED, OtherApp, OtherIdentity, stored
from events.domain import sources
from events.enums import SourceState
from events.models import IngestSource
from lumio.lib.secrets import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.actor import Actor
    from connections.platforms.base import Platform, Scope

#: So many scopes are named on the card; the "+N" beside them opens the rest.
SCOPES_SHOWN = 3
#: A sign-in that has not come back after the first and before the second is worth a word.
NEVER_BACK = timedelta(minutes=2), timedelta(minutes=30)


class CardState(StrEnum):
    UNAVAILABLE = "unavailable"
    NO_CREDENTIALS = "no_credentials"
    READY = "ready"
    CONNECTED = "connected"
    NEEDS_SIGN_IN = "needs_sign_in"
    CREDENTIALS_REJECTED = "credentials_rejected"


@dataclass(frozen=True)
class Life:
    """Proof of life. `state` None: no word from the ingest process yet."""

    state: SourceState | None = None
    since: datetime | None = None
    active: int = 0
    wanted: int = 0
    last_event_at: datetime | None = None
    #: Why not everything is delivered, as a code and as a sentence.
    code: str = ""
    trouble: str = ""

    @property
    def tone(self) -> str:
        if self.state == SourceState.DELIVERING:
            return "ok" if self.active >= self.wanted else "warn"
        tones = {SourceState.RECONNECTING: "warn", SourceState.STOPPED: "bad"}
        return tones.get(self.state, "neutral") if self.state else "neutral"


@dataclass(frozen=True)
class Card:
    """One platform as one account sees it. `trouble` is the sentence about what is wrong, in the language of now."""

    platform: Platform
    state: CardState
    connection: Connection | None = None
    life: Life = field(default_factory=Life)
    reason: str = ""
    trouble: str = ""
    pause_until: datetime | None = None
    never_came_back: bool = False

    @property
    def fingerprint(self) -> str:
        """Changes with everything the card shows, so that a look-up that finds nothing new can say so."""
        row = self.connection
        seen = (self.state, self.life, self.reason, self.trouble, self.pause_until, self.never_came_back)
        of_row = row and (row.pk, row.version, row.updated_at, row.expires_at, row.scopes, self.token_is_dead)
        return digest(repr((seen, of_row)))[:16]

    @property
    def is_connected(self) -> bool:
        """Whether the card has the connected layout."""
        return self.connection is not None and self.state != CardState.UNAVAILABLE

    @property
    def needs_attention(self) -> bool:
        """Whether somebody has to do something, or nothing arrives from there again."""
        broken = self.state in (CardState.NEEDS_SIGN_IN, CardState.CREDENTIALS_REJECTED) or self.token_is_dead
        return broken or self.life.state == SourceState.STOPPED

    @property
    def scopes_shown(self) -> list[str]:
        return self.connection.scopes[:SCOPES_SHOWN] if self.connection else []

    @property
    def scopes_hidden(self) -> int:
        return max(0, len(self.connection.scopes) - SCOPES_SHOWN) if self.connection else 0

    @property
    def scopes(self) -> list[tuple[Scope, bool]]:
        """Every scope of the platform, each with whether it was granted."""
        granted = set(self.connection.scopes) if self.connection else set()
        return [(scope, scope.name in granted) for scope in self.platform.scopes]

    @property
    def missing(self) -> list[Scope]:
        """What a reconnect would add; said only where the sign-in works, as it is one more reason for the button."""
        if self.connection is None or self.state != CardState.CONNECTED:
            return []
        return self.platform.missing_scopes(self.connection.scopes)

    @property
    def missing_hidden(self) -> int:
        return max(0, len(self.missing) - SCOPES_SHOWN)

    @property
    def token_is_dead(self) -> bool:
        """The date is red: refreshing has failed for good, or the token ran out while it was failing."""
        if self.connection is None or not self.connection.failure_code:
            return False
        if self.connection.state != GrantState.CONNECTED:
            return True
        return self.connection.expires_at is not None and self.connection.expires_at <= timezone.now()

    @property
    def refresh_failed(self) -> bool:
        """Whether that is why the date is red: a validation may also have found that the tokens are not ours."""
        foreign = (OtherApp.code, OtherIdentity.code)
        return self.token_is_dead and self.connection is not None and self.connection.failure_code not in foreign


def cards(actor: Actor) -> list[Card]:
    """One card for each platform there is. Five queries, however much is connected."""
    actor.require(Permission.CONNECTIONS_READ)
    account = actor.account
    off = access.switched_off(account)
    with_credentials = set(AppCredentials.objects.filter(account=account).values_list("platform", flat=True))
    connections = {
        connection.platform: connection
        for connection in Connection.objects.filter(account=account, purpose=Purpose.CHANNEL)
    }
    sources = {source.key: source for source in IngestSource.objects.filter(account=account)}
    attempts: dict[str, Mapping[str, Any]] = {
        row["platform"]: row
        for row in OAuthAttempt.objects.filter(account=account)
        .values("platform")
        .annotate(pause_until=Max("pause_until"), started=Max("created_at"), finished=Max("used_at"))
    }
    return [
        _card(
            platform,
            off=off,
            has_credentials=slug in with_credentials,
            connection=(connection := connections.get(slug)),
            source=sources.get(connection.source_key) if connection else None,
            attempt=attempts.get(slug, {}),
        )
        for slug, platform in PLATFORMS.items()
    ]


def card(actor: Actor, platform: Platform) -> Card:
    return next(card for card in cards(actor) if card.platform is platform)


def connections(actor: Actor) -> list[Connection]:
    actor.require(Permission.CONNECTIONS_READ)
    return list(Connection.objects.filter(account=actor.account).order_by("platform", "purpose"))


@transaction.atomic
def disconnect(*, actor: Actor, connection: Connection) -> None:
    """Forget the tokens and stop listening; the app credentials stay. The platform is told after commit."""
    actor.require(Permission.CONNECTIONS_EDIT)
    removal.remove(actor, connection)


def _card(
    platform: Platform,
    *,
    off: dict[str, str],
    has_credentials: bool,
    connection: Connection | None,
    source: IngestSource | None,
    attempt: Mapping[str, Any],
) -> Card:
    if platform.slug in off:
        return Card(platform, CardState.UNAVAILABLE, connection, reason=off[platform.slug])
    now = timezone.now()
    pause_until = attempt.get("pause_until")
    waits = {
        "pause_until": pause_until if pause_until and pause_until > now else None,
        "never_came_back": _never_came_back(attempt, connection, now),
    }
    if connection is None:
        return Card(platform, CardState.READY if has_credentials else CardState.NO_CREDENTIALS, **waits)  # type: ignore[arg-type]
    state = CardState(connection.state)
    trouble = ""
    if connection.failure_code:
        trouble = stored(connection.failure_code, connection.failure_params).text
    life = _life(source) if source and state == CardState.CONNECTED else Life()
    return Card(platform, state, connection, life, trouble=trouble, **waits)  # type: ignore[arg-type]


def _life(source: IngestSource) -> Life:
    return Life(
        sources.state_of(source),
        sources.since(source),
        source.subscriptions_active,
        source.subscriptions_wanted,
        source.last_event_at,
        source.failure_code,
        stored(source.failure_code, source.failure_params).text if source.failure_code in STORED else "",
    )


def _never_came_back(attempt: Mapping[str, Any], connection: Connection | None, now: datetime) -> bool:
    started, finished = attempt.get("started"), attempt.get("finished")
    if started is None or (finished is not None and finished >= started):
        return False
    if connection is not None and connection.updated_at >= started:
        return False
    return NEVER_BACK[0] <= now - started <= NEVER_BACK[1]
