"""StreamElements tokens: adding, listing and removing them. Write-only: nothing ever gives a JWT back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from events.domain import sources
from events.enums import SourceState
from integrations.domain import access, notices, vault, verification
from integrations.enums import StreamPlatform, TokenState
from integrations.models import StreamElementsToken
from integrations.streamelements import api, jwt
from integrations.streamelements.failures import STORED, TipFailure, TokenRefused, stored
from lumio.lib import secrets
from lumio.lib.errors import Refusal
from lumio.lib.labels import one_line
from lumio.lib.secrets import Secret, digest

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.actor import Actor
    from integrations.streamelements.api import Channel

LABEL_LENGTH = 80
#: Longer than any of theirs.
JWT_LENGTH = 4_000
#: Of one account. Each is asked about every quarter of an hour.
MOST_TOKENS = 20


class NoSuchPlatform(Refusal):
    code = "no_such_platform"
    status = 422
    sentence = gettext_lazy("Choose the platform that the tips belong to: Twitch, YouTube, Kick or Trovo.")


class LabelTooLong(Refusal):
    code = "label_too_long"
    status = 422
    sentence = gettext_lazy("A label has {limit} characters at most.")


class NotAJwt(Refusal):
    code = "not_a_jwt"
    status = 422
    sentence = gettext_lazy(
        "This is no JWT. In the StreamElements dashboard open your account, Channels, Show secrets, and copy what "
        "stands under JWT Token: one long line with two dots in it."
    )


class JwtEnded(Refusal):
    code = "jwt_ended"
    status = 422
    sentence = gettext_lazy(
        "This JWT ended on {date}. Copy the current one from the StreamElements dashboard (your account, Channels, "
        "Show secrets)."
    )


class AddedBefore(Refusal):
    code = "added_before"
    status = 409
    sentence = gettext_lazy("This very JWT is on the list already. To replace it, copy a new one from StreamElements.")


class TooManyTokens(Refusal):
    code = "too_many_tokens"
    status = 409
    sentence = gettext_lazy("An account has {limit} tokens at most. Remove one that you do not need.")


@dataclass(frozen=True)
class Listed:
    """A token as one looks at it, its source loaded. `trouble` is what is wrong, in the language of now."""

    row: StreamElementsToken

    @property
    def platform(self) -> str:
        return StreamPlatform(self.row.platform).label

    @property
    def state(self) -> SourceState | None:
        """Whether tips arrive; None for a token that brings none, and before the ingest process has said a word."""
        if self.row.state != TokenState.VERIFIED or self.row.source is None:
            return None
        return sources.state_of(self.row.source)

    @property
    def since(self) -> datetime | None:
        return sources.since(self.row.source) if self.row.source else None

    @property
    def tone(self) -> str:
        if self.row.state == TokenState.BROKEN:
            return "bad"
        tones = {SourceState.DELIVERING: "ok", SourceState.RECONNECTING: "warn", SourceState.STOPPED: "bad"}
        tone = tones.get(self.state, "neutral") if self.state else "neutral"
        return "warn" if tone == "ok" and self.trouble else tone

    @property
    def trouble(self) -> str:
        source = self.row.source
        if self.row.state == TokenState.BROKEN:
            return stored(self.row.failure_code).text
        if source is not None and source.failure_code in STORED:
            return stored(source.failure_code).text
        return ""

    @property
    def mismatch(self) -> str:
        """What is said where StreamElements has the channel at another platform; empty where it does not."""
        if not self.row.is_elsewhere:
            return ""
        provider = self.row.channel_provider
        known = StreamPlatform(provider).label if provider in StreamPlatform.values else provider
        return _(
            "StreamElements has {channel} as a {provider} channel, and you chose {platform}. Its tips are shown as "
            "tips on {platform}."
        ).format(channel=self.row.channel_name, provider=known, platform=self.platform)


def listing(actor: Actor) -> list[Listed]:
    """Oldest first. One query."""
    actor.require(Permission.CONNECTIONS_READ)
    rows = StreamElementsToken.objects.filter(account=actor.account).select_related("source")
    return [Listed(row) for row in rows.order_by("created_at", "pk")]


def fingerprint(listed: list[Listed]) -> str:
    """Changes with everything that the list shows, so that a look-up that finds nothing new can say so."""
    seen = [
        (row.pk, row.state, row.channel_name, row.days_left, row.last_tip_at, row.verified_at)
        for row in (one.row for one in listed)
    ]
    return secrets.fingerprint((seen, [(one.state, one.since, one.trouble) for one in listed]))


def add(*, actor: Actor, platform: str, token: str, label: str = "") -> Listed:
    """Store a JWT, asking StreamElements first whose it is; an outage does not stand in the way.

    Raises TokenRefused for one that StreamElements does not accept, and the refusals above; nothing has changed then.
    """
    actor.require(Permission.CONNECTIONS_CREATE)
    if platform not in StreamPlatform.values:
        raise NoSuchPlatform
    label = one_line(label)
    if len(label) > LABEL_LENGTH:
        raise LabelTooLong(limit=LABEL_LENGTH)
    secret = _cleaned(token)
    row = StreamElementsToken(
        account=actor.account,
        platform=platform,
        label=label,
        hint=secret.hint,
        digest=digest(secret.reveal()),
        expires_at=jwt.expires_at(secret.reveal()),
        created_by=actor.user,
    )
    row.source_id = row.own_key
    row.jwt_encrypted = vault.seal(row, secret)
    if row.expires_at is not None and row.expires_at <= timezone.now():
        raise JwtEnded(date=date_format(row.expires_at, "DATE_FORMAT"))
    _check_room(row)
    channel = _channel_of(secret)
    _store(actor, row, channel)
    return Listed(access.get_token(actor, row.pk, Permission.CONNECTIONS_CREATE))


def _cleaned(token: str) -> Secret:
    token = token.strip()
    if len(token) > JWT_LENGTH or not jwt.looks_like_one(token):
        raise NotAJwt
    return Secret(token)


def _check_room(row: StreamElementsToken) -> None:
    digests = list(StreamElementsToken.objects.filter(account=row.account).values_list("digest", flat=True))
    if row.digest in digests:
        raise AddedBefore
    if len(digests) >= MOST_TOKENS:
        raise TooManyTokens(limit=MOST_TOKENS)


def _channel_of(secret: Secret) -> Channel | None:
    """Whose it is; None where StreamElements does not say. Raises TokenRefused."""
    try:
        return api.channel_of(secret, deadline=api.WHILE_SOMEBODY_WAITS)
    except TokenRefused:
        raise
    except TipFailure:
        return None


@transaction.atomic
def _store(actor: Actor, row: StreamElementsToken, channel: Channel | None) -> None:
    """Of two that add the same JWT at once, the second finds it."""
    actor.account.take_turns()
    _check_room(row)
    if channel is not None:
        verification.belongs_to(row, channel)
        notices.well(actor.account, row.channel_key)
    row.save()
    record(
        actor,
        Action.TIP_TOKEN_ADDED,
        row,
        after={"platform": row.platform, "channel": row.channel_name, "state": row.state, "hint": row.hint},
    )
    notices.tokens_changed(row.account_id)


@transaction.atomic
def remove(*, actor: Actor, token: StreamElementsToken) -> None:
    """Forget a JWT. Unless its channel has another that works, tips stop at once, those under way included.

    StreamElements knows no way to take one back: it stays good there until its owner revokes it.
    """
    actor.require(Permission.CONNECTIONS_DELETE)
    actor.account.take_turns()
    # Locked: whoever is finding out whose it is must not move it to another source meanwhile.
    row = StreamElementsToken.objects.select_for_update(of=("self",)).filter(pk=token.pk).first()
    if row is None:
        return
    record(
        actor,
        Action.TIP_TOKEN_REMOVED,
        row,
        before={"platform": row.platform, "channel": row.channel_name, "hint": row.hint},
    )
    row.delete()
    others = StreamElementsToken.objects.filter(account=actor.account, source__key=row.source_id)
    if not others.exists():
        notices.well(actor.account, notices.subject_of(row))
    if not others.exclude(state=TokenState.BROKEN).exists():
        sources.remove(notices.subject_of(row))
    notices.tokens_changed(row.account_id)
