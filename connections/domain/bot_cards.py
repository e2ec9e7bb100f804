"""The cards of the Bot Connections page, and whether the bot that speaks is a moderator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Max
from django.utils import timezone

from accounts.enums import Permission
from connections.domain import bots, grants
from connections.domain.bots import BotStatus
from connections.domain.channels import SCOPES_SHOWN
from connections.enums import Purpose
from connections.models import AppCredentials, Connection, OAuthAttempt
from lumio.lib import secrets

if TYPE_CHECKING:
    from accounts.actor import Actor
    from connections.platforms.base import Platform, Scope

#: Seconds that an answer about moderators is remembered.
MODERATOR_KEPT = 10 * 60


@dataclass(frozen=True, kw_only=True)
class BotCard(BotStatus):
    """One platform on the Bot Connections page."""

    has_credentials: bool
    #: The platform asked for a pause of sign-ins until then.
    pause_until: datetime | None
    #: Whether the bot that speaks is a moderator of the channel; None while nobody knows.
    moderator: bool | None

    @property
    def fingerprint(self) -> str:
        """Changes with everything the card shows."""
        rows = [row and (row.pk, row.version, row.state, row.channel_name, row.validated_at) for row in self._rows]
        said = (self.state, self.reason, self.trouble, self.has_credentials, self.pause_until, self.moderator)
        return secrets.fingerprint((rows, said))

    @property
    def _rows(self) -> tuple[Connection | None, ...]:
        return (self.channel, self.custom, self.shared, self.speaker)

    @property
    def asks_moderator(self) -> bool:
        """Whether the platform can be asked if the bot that speaks is a moderator."""
        return self.bot is not None and self.platform.tells_moderators

    @property
    def mod_command(self) -> str:
        """What makes the bot that speaks a moderator, to the letter; empty where it is one, or no command does it."""
        may_be_needed = self.moderator is False or not self.platform.tells_moderators
        if self.bot is None or not may_be_needed:
            return ""
        return self.platform.mod_command.format(login=self.bot.channel_login or self.bot.channel_name)

    @property
    def missing(self) -> list[Scope]:
        """What reconnecting the custom bot would add."""
        if self.custom is None or not self.custom_works:
            return []
        return self.platform.missing_scopes(self.custom.scopes, Purpose.BOT)

    @property
    def missing_hidden(self) -> int:
        return max(0, len(self.missing) - SCOPES_SHOWN)


def cards(actor: Actor) -> list[BotCard]:
    """One card for each platform that has bots. Five queries, however much is connected."""
    account = actor.account
    found = bots.statuses(actor)
    with_credentials = set(AppCredentials.objects.filter(account=account).values_list("platform", flat=True))
    now = timezone.now()
    pauses = dict(
        OAuthAttempt.objects.filter(account=account, pause_until__gt=now)
        .values_list("platform")
        .annotate(until=Max("pause_until"))
    )
    keys = {status.platform.slug: key for status in found if (key := _moderator_key(status))}
    known = cache.get_many(keys.values())
    return [
        BotCard(
            **vars(status),
            has_credentials=status.platform.slug in with_credentials,
            pause_until=pauses.get(status.platform.slug),
            moderator=known.get(keys.get(status.platform.slug, "")),
        )
        for status in found
    ]


def card(actor: Actor, platform: Platform) -> BotCard:
    return next(card for card in cards(actor) if card.platform is platform)


def check_moderator(*, actor: Actor, platform: Platform) -> bool | None:
    """Ask the platform whether the bot that speaks is a moderator of the channel, and remember it for a while.

    None where no bot speaks or the platform does not tell. Raises GrantUnusable or a PlatformFailure.
    """
    actor.require(Permission.BOT_CONNECTIONS_READ)
    status = bots.status_of(actor.account, platform)
    bot, key = status.bot, _moderator_key(status)
    if bot is None or not platform.tells_moderators:
        return None
    answer = grants.call(bots.channel_of(status).pk, lambda access: platform.is_moderator(bot.channel_id, access))
    if answer is not None:
        cache.set(key, answer, MODERATOR_KEPT)
    return answer


def _moderator_key(status: BotStatus) -> str:
    """Where the answer about the bot that speaks is remembered; empty where there is none to ask about."""
    if status.bot is None or status.channel is None:
        return ""
    return f"bot-moderator:{status.channel.pk}:{status.bot.pk}"
