"""The cards of the Connections page: what state each platform is in, and everything its card shows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.enums import Permission
from connections.domain import access, dressing, grants, quota, removal, vault, webhooks
from connections.enums import GrantState, Purpose
from connections.models import AppCredentials, Connection, OAuthAttempt
from connections.platforms import PLATFORMS
from connections.platforms.base import short_name
from connections.platforms.failures import STORED, OtherApp, OtherIdentity, stored
from events.domain import sources
from events.enums import SourceState
from events.models import IngestSource
from lumio.lib import secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.actor import Actor
    from connections.domain.quota import Gauge
    from connections.domain.webhooks import Address
    from connections.platforms.base import Platform, Scope

#: So many scopes are named on the card; the "+N" beside them opens the rest.
SCOPES_SHOWN = 3
#: The sign-ins that a card is about.
OF_CHANNEL = Q(purpose=Purpose.CHANNEL, link=None)
#: What is asked of all sign-ins that were begun with some app credentials.
NEWEST_ATTEMPT = {
    "pause_until": Max("pause_until"),
    "started": Max("created_at", filter=OF_CHANNEL),
    "finished": Max("used_at", filter=OF_CHANNEL),
}
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
class Renewal:
    """What came of one refresh; `trouble` empty: new tokens."""

    at: datetime
    trouble: str


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
    #: Until when the platform wants to be left alone by the app; then it is asked again by itself.
    api_paused_until: datetime | None = None
    never_came_back: bool = False
    #: What is left of the platform's daily quota, while it is listened to.
    quota: Gauge | None = None
    #: Another redirect URI was shown when the app credentials were saved.
    address_changed: bool = False
    #: Where the platform delivers, if it calls us.
    webhook: Address | None = None
    #: The custom bot there.
    bot: Connection | None = None

    @property
    def fingerprint(self) -> str:
        """Changes with everything the card shows, so that a look-up that finds nothing new can say so."""
        row = self.connection
        seen = (self.state, self.life, self.reason, self.trouble, self.pause_until, self.never_came_back)
        said = (self.address_changed, self.ends_soon, self.quota, self.webhook, self.api_paused_until)
        of_row = row and (row.pk, row.version, row.updated_at, row.expires_at, row.scopes, self.token_is_dead)
        log = row and (row.validated_at, row.refresh_log)
        return secrets.fingerprint((seen, said, of_row, log))

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
    def waits_for_delivery(self) -> bool:
        """Whether all is subscribed to where the platform calls us, and it never did: no proof of life yet."""
        never = self.webhook is not None and self.webhook.delivered_at is None
        return never and self.life.state == SourceState.DELIVERING

    @property
    def tone(self) -> str:
        """How its proof of life is drawn."""
        return "warn" if self.waits_for_delivery else self.life.tone

    @property
    def scopes_shown(self) -> list[str]:
        return [short_name(scope) for scope in self.connection.scopes[:SCOPES_SHOWN]] if self.connection else []

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
    def has_emotes(self) -> bool:
        """Whether emotes or badges of the channel come from somewhere, and can be asked for anew."""
        row = self.connection if self.state == CardState.CONNECTED else None
        return row is not None and bool(dressing.questions(row.platform, row.channel_id))

    @property
    def renewals(self) -> list[Renewal]:
        """The last refreshes, newest first."""
        log = self.connection.refresh_log if self.connection else []
        return [
            Renewal(
                datetime.fromisoformat(entry["at"]),
                stored(entry["code"], entry["params"]).text if entry["code"] else "",
            )
            for entry in log
        ]

    @property
    def ends_soon(self) -> bool:
        """Whether the whole sign-in is about to end, whatever is refreshed."""
        ends = self.connection.grant_ends_at if self.connection and self.state == CardState.CONNECTED else None
        return ends is not None and ends - self.platform.warns_ahead <= timezone.now()

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


@dataclass(frozen=True)
class Tested:
    """A connection that works: how long the platform took to answer, and who it says that we are."""

    name: str
    milliseconds: int
    life: Life


def cards(actor: Actor) -> list[Card]:
    """One card for each platform there is. Five queries, however much is connected."""
    actor.require(Permission.CONNECTIONS_READ)
    account = actor.account
    off = access.switched_off(account)
    attempts = {name: _of_attempts(newest) for name, newest in NEWEST_ATTEMPT.items()}
    credentials = {row.platform: row for row in AppCredentials.objects.filter(account=account).annotate(**attempts)}
    connections: dict[str, dict[str, Connection]] = {Purpose.CHANNEL: {}, Purpose.BOT: {}}
    rows: QuerySet[Any] = Connection.objects.filter(account=account).annotate(quota_day=quota.newest_day())
    for row in rows:
        connections[row.purpose][row.platform] = row
    sources = {source.key: source for source in IngestSource.objects.filter(account=account)}
    addresses = webhooks.of_account(actor)
    gauges = {
        row.platform: quota.gauge_of(its, row.quota_day)
        for row in rows
        if row.purpose == Purpose.CHANNEL and (its := PLATFORMS[row.platform].quota)
    }
    return [
        _card(
            platform,
            gauge=gauges.get(slug),
            off=off,
            credentials=credentials.get(slug),
            connection=(connection := connections[Purpose.CHANNEL].get(slug)),
            source=sources.get(connection.source_key) if connection else None,
            attempt={name: getattr(credentials.get(slug), name, None) for name in attempts},
            webhook=addresses.get(slug),
            bot=connections[Purpose.BOT].get(slug),
        )
        for slug, platform in PLATFORMS.items()
    ]


def _of_attempts(newest: Max) -> Subquery:
    """To annotate app credentials with: no query of its own."""
    attempts = OAuthAttempt.objects.filter(account=OuterRef("account"), platform=OuterRef("platform"))
    return Subquery(attempts.order_by().values("platform").annotate(newest=newest).values("newest"))


def card(actor: Actor, platform: Platform) -> Card:
    return next(card for card in cards(actor) if card.platform is platform)


def connected(actor: Actor) -> list[Card]:
    """The cards of what is connected."""
    return [card for card in cards(actor) if card.connection is not None]


def test(*, actor: Actor, connection: Connection) -> Tested:
    """Ask the platform who we are with the stored tokens, refreshed once if it refuses them.

    Raises GrantUnusable or a PlatformFailure; a sign-in that turns out to be somebody else's is marked as lost.
    """
    actor.require(Permission.CONNECTIONS_EDIT)
    platform = PLATFORMS[connection.platform]
    client = vault.client_for(connection.account_id, connection.platform)
    began = time.monotonic()
    version, identity = grants.call(
        connection.pk, lambda access: (access.version, platform.identity(access.token, client))
    )
    milliseconds = round((time.monotonic() - began) * 1000)
    if identity.id != connection.channel_id:
        found: dict[str, Any] = {"platform": platform.name, "channel": connection.channel_name}
        grants.mark_lost(connection.pk, OtherIdentity.code, found, version=version)
        raise OtherIdentity(**found)
    Connection.objects.filter(pk=connection.pk, version=version).update(
        channel_login=identity.login,
        channel_name=identity.name,
        avatar_url=identity.avatar_url,
        validated_at=timezone.now(),
    )
    return Tested(identity.name, milliseconds, card(actor, platform).life)


@transaction.atomic
def disconnect(*, actor: Actor, connection: Connection) -> None:
    """Forget the tokens and stop listening; the app credentials stay. The platform is told after commit."""
    actor.require(Permission.CONNECTIONS_EDIT)
    removal.remove(actor, connection)


def _card(
    platform: Platform,
    *,
    gauge: Gauge | None,
    off: dict[str, str],
    credentials: AppCredentials | None,
    connection: Connection | None,
    source: IngestSource | None,
    attempt: Mapping[str, Any],
    webhook: Address | None,
    bot: Connection | None,
) -> Card:
    if platform.slug in off:
        return Card(platform, CardState.UNAVAILABLE, connection, reason=off[platform.slug])
    now = timezone.now()
    pause_until = attempt.get("pause_until")
    paused = credentials.paused_until if credentials else None
    told: dict[str, Any] = {
        "pause_until": pause_until if pause_until and pause_until > now else None,
        "never_came_back": _never_came_back(attempt, connection, now),
        "api_paused_until": paused if paused and paused > now else None,
        "address_changed": credentials is not None and credentials.redirect_uri != platform.redirect_uri,
        "webhook": webhook,
        "bot": bot,
    }
    if connection is None:
        return Card(platform, CardState.NO_CREDENTIALS if credentials is None else CardState.READY, **told)
    state = CardState(connection.state)
    trouble = ""
    if connection.failure_code:
        trouble = stored(connection.failure_code, connection.failure_params).text
    alive = _life(source) if source and state == CardState.CONNECTED else Life()
    told["quota"] = gauge if state == CardState.CONNECTED else None
    return Card(platform, state, connection, alive, trouble=trouble, **told)


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
