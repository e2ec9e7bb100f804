"""Who speaks for an account at each platform: its custom bot, else the bot of this Lumio, else the channel itself.

A custom bot is the account's connection for the purpose of a bot; the global bots are those of the instance's account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from connections.domain import access, grants, notices, removal, vault
from connections.domain.channels import SCOPES_SHOWN
from connections.domain.oauth import SwitchedOff
from connections.enums import GrantState, Purpose, Use
from connections.models import AppCredentials, BotPause, Connection, OAuthAttempt
from connections.platforms import PLATFORMS
from connections.platforms.failures import stored
from lumio.lib.errors import Refusal
from lumio.lib.secrets import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

    from accounts.actor import Actor
    from accounts.models import Account
    from connections.platforms.base import Platform, Scope

#: What a bot says to show that it can.
HELLO = _("Hello from Lumio!")
#: Seconds that an answer about moderators is remembered.
MODERATOR_KEPT = 10 * 60


class BotPaused(Refusal):
    code = "bot_paused"
    status = 409
    sentence = _("The bot is paused at {platform}, so nothing was sent. Click Rejoin on the Bot Control page first.")


class NobodySpeaks(Refusal):
    code = "nobody_speaks"
    status = 409
    sentence = _(
        "Nobody can speak at {platform} for you. Connect your channel on the Connections page, or reconnect it if its "
        "sign-in has ended."
    )


class BotState(StrEnum):
    UNAVAILABLE = "unavailable"
    NO_CONNECTION = "no_connection"
    PAUSED = "paused"
    ACTIVE = "active"


class Voice(StrEnum):
    """As what a message goes out."""

    CUSTOM = "custom"
    GLOBAL = "global"
    CHANNEL = "channel"


@dataclass(frozen=True, kw_only=True)
class BotStatus:
    """What one account can speak with at one platform."""

    platform: Platform
    channel: Connection | None
    custom: Connection | None
    shared: Connection | None
    is_paused: bool
    #: The operator's reason (or "") where bots or channels are switched off, None where they are not.
    bots_off: str | None
    channels_off: str | None

    @property
    def state(self) -> BotState:
        if self.is_off:
            return BotState.UNAVAILABLE
        if self.speaker is None:
            return BotState.NO_CONNECTION
        return BotState.PAUSED if self.is_paused else BotState.ACTIVE

    @property
    def is_off(self) -> bool:
        return self.bots_off is not None or self.channels_off is not None

    @property
    def reason(self) -> str:
        return self.bots_off or self.channels_off or ""

    @property
    def speaker(self) -> Connection | None:
        """The first whose sign-in works; None where nobody's does, or where there is no chat to speak in."""
        return self._first(self.custom, self.shared, self.channel)

    @property
    def successor(self) -> Connection | None:
        """Who speaks once the custom bot is disconnected."""
        return self._first(self.shared, self.channel)

    def _first(self, *rows: Connection | None) -> Connection | None:
        if self.channel is None or self.channels_off is not None:
            return None
        if self.platform.bots_need_channel and self.channel.state != GrantState.CONNECTED:
            return None
        allowed = rows if self.bots_off is None else (self.channel,)
        return next((row for row in allowed if row and row.state == GrantState.CONNECTED), None)

    @property
    def voice(self) -> Voice | None:
        if self.speaker is None:
            return None
        return {self.custom: Voice.CUSTOM, self.shared: Voice.GLOBAL}.get(self.speaker, Voice.CHANNEL)

    @property
    def bot(self) -> Connection | None:
        """The bot that speaks; None where the channel does it itself."""
        return None if self.voice == Voice.CHANNEL else self.speaker

    @property
    def custom_works(self) -> bool:
        return self.custom is not None and self.custom.state == GrantState.CONNECTED and not self.is_off

    @property
    def has_fallen_back(self) -> bool:
        """Whether somebody else speaks because the custom bot cannot."""
        return self.custom is not None and self.speaker is not None and not self.is_off and self.voice != Voice.CUSTOM

    @property
    def tone(self) -> str:
        """How loudly it is said who speaks."""
        if self.state == BotState.NO_CONNECTION:
            return "bad" if self.channel else "neutral"
        return "warn" if self.is_paused else "ok"

    @property
    def trouble(self) -> str:
        """What is wrong with the custom bot's sign-in, in the language of now; empty while it works."""
        return trouble_of(self.custom) if self.custom else ""

    @property
    def needs_attention(self) -> bool:
        """Whether somebody has to do something about the custom bot."""
        return self.custom is not None and self.custom.state != GrantState.CONNECTED and not self.is_off


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
        rows = [row and (row.pk, row.version, row.updated_at, row.state, row.channel_name) for row in self._rows]
        said = (self.state, self.reason, self.trouble, self.has_credentials, self.pause_until, self.moderator)
        return digest(repr((rows, said)))[:16]

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


@dataclass(frozen=True)
class Said:
    """A message that the platform showed."""

    text: str
    speaker: Connection
    channel: Connection


def cards(actor: Actor) -> list[BotCard]:
    """One card for each platform that has bots. Five queries, however much is connected."""
    account = actor.account
    found = statuses(actor)
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


def statuses(actor: Actor) -> list[BotStatus]:
    """Who speaks where, for each platform that has bots. Three queries."""
    actor.require(Permission.BOT_CONNECTIONS_READ)
    return _statuses(actor.account, [platform for platform in PLATFORMS.values() if platform.has_bots])


def own(actor: Actor) -> list[Connection]:
    """The bots of the actor's account itself; the operator's are the global ones."""
    actor.require(Permission.BOT_CONNECTIONS_READ)
    return list(Connection.objects.filter(account=actor.account, purpose=Purpose.BOT))


def trouble_of(bot: Connection) -> str:
    """What is wrong with a bot's sign-in, in the language of now; empty while it works."""
    return stored(bot.failure_code, bot.failure_params).text if bot.failure_code else ""


def speaker(account: Account, platform: Platform) -> Connection:
    """Whoever speaks for an account at a platform now. Raises SwitchedOff, NobodySpeaks or BotPaused."""
    status = _status(account, platform)
    found = _able(status)
    if status.is_paused:
        raise BotPaused(platform=platform.name)
    return found


def say_hello(*, actor: Actor, platform: Platform) -> Said:
    """Send one short message to the connected channel, as whoever speaks there.

    Raises a Refusal where nothing was sent, or the platform did not show it.
    """
    actor.require(Permission.BOT_CONNECTIONS_CREATE)
    status = _status(actor.account, platform)
    if status.is_off:
        raise SwitchedOff(platform=platform.name)
    said = Said(str(HELLO), speaker(actor.account, platform), _channel(status))
    _send(platform, said)
    record(actor, Action.BOT_SAID_HELLO, said.speaker, after={"channel": said.channel.channel_name})
    return said


def check_moderator(*, actor: Actor, platform: Platform) -> bool | None:
    """Ask the platform whether the bot that speaks is a moderator of the channel, and remember it for a while.

    None where no bot speaks or the platform does not tell. Raises GrantUnusable or a PlatformFailure.
    """
    actor.require(Permission.BOT_CONNECTIONS_READ)
    status = _status(actor.account, platform)
    bot, key = status.bot, _moderator_key(status)
    if bot is None or not platform.tells_moderators:
        return None
    answer = grants.call(_channel(status).pk, lambda access: platform.is_moderator(bot.channel_id, access))
    if answer is not None:
        cache.set(key, answer, MODERATOR_KEPT)
    return answer


@transaction.atomic
def disconnect(*, actor: Actor, platform: Platform) -> None:
    """Forget the bot of the actor's account; from now on the next one speaks. The platform is told after commit."""
    removal.remove(actor, access.get_bot(actor, platform, Permission.BOT_CONNECTIONS_DELETE))


def pause(*, actor: Actor, platform: Platform) -> BotStatus:
    """Keep silent at a platform until somebody lets the bot speak again; how it stands then."""
    actor.require(Permission.BOT_CONNECTIONS_CREATE)
    with transaction.atomic():
        row, is_new = BotPause.objects.get_or_create(account=actor.account, platform=platform.slug)
        if is_new:
            _note(actor, Action.BOT_PAUSED, platform, row)
    return _status(actor.account, platform)


def resume(*, actor: Actor, platform: Platform) -> BotStatus:
    """End a pause, whatever the platform says; how it stands then."""
    actor.require(Permission.BOT_CONNECTIONS_CREATE)
    with transaction.atomic():
        for row in BotPause.objects.select_for_update().filter(account=actor.account, platform=platform.slug):
            _note(actor, Action.BOT_REJOINED, platform, row)
            row.delete()
    return _status(actor.account, platform)


def rejoin(*, actor: Actor, platform: Platform) -> BotStatus:
    """End a pause once the platform has confirmed the sign-in of whoever speaks; how it stands then.

    Raises a Refusal, and the pause stays.
    """
    actor.require(Permission.BOT_CONNECTIONS_CREATE)
    status = _status(actor.account, platform)
    if status.is_off:
        raise SwitchedOff(platform=platform.name)
    found = _able(status)
    client = vault.client_for(found.account_id, platform.slug)
    grants.call(found.pk, lambda access: platform.identity(access.token, client))
    cache.delete(_moderator_key(status))
    with transaction.atomic():
        BotPause.objects.filter(account=actor.account, platform=platform.slug).delete()
        _note(actor, Action.BOT_REJOINED, platform, found)
    return _status(actor.account, platform)


def _send(platform: Platform, said: Said) -> None:
    """Raises GrantUnusable or a PlatformFailure where the platform did not show it."""

    def say(sender: grants.Access, channel: grants.Access | None = None) -> None:
        platform.say(said.text, channel_id=said.channel.channel_id, sender=sender, channel=channel)

    if said.speaker == said.channel or not platform.bots_need_channel:
        grants.call(said.speaker.pk, say)
    else:
        grants.call(said.channel.pk, lambda channel: grants.call(said.speaker.pk, lambda sender: say(sender, channel)))


def _note(actor: Actor, action: Action, platform: Platform, row: Model) -> None:
    record(actor, action, row)
    notices.connection_changed(actor.account.pk, platform.slug)


def _able(status: BotStatus) -> Connection:
    """Whoever could speak if nobody kept them from it."""
    if status.channels_off is not None:
        raise SwitchedOff(platform=status.platform.name)
    if status.speaker is None:
        raise NobodySpeaks(platform=status.platform.name)
    return status.speaker


def _channel(status: BotStatus) -> Connection:
    if status.channel is None:
        raise NobodySpeaks(platform=status.platform.name)
    return status.channel


def _moderator_key(status: BotStatus) -> str:
    """Where the answer about the bot that speaks is remembered; empty where there is none to ask about."""
    if status.bot is None or status.channel is None:
        return ""
    return f"bot-moderator:{status.channel.pk}:{status.bot.pk}"


def _status(account: Account, platform: Platform) -> BotStatus:
    return _statuses(account, [platform])[0]


def _statuses(account: Account, platforms: Iterable[Platform]) -> list[BotStatus]:
    off = access.all_switched_off(account)
    paused = set(BotPause.objects.filter(account=account).values_list("platform", flat=True))
    is_own, is_shared = Q(account=account), Q(account__is_instance=True, purpose=Purpose.BOT)
    own: dict[tuple[str, str], Connection] = {}
    shared: dict[str, Connection] = {}
    for row in Connection.objects.filter(is_own | is_shared):
        if row.account_id == account.pk:
            own[row.platform, row.purpose] = row
        else:
            shared[row.platform] = row
    return [
        BotStatus(
            platform=platform,
            channel=(channel := own.get((platform.slug, Purpose.CHANNEL))),
            custom=own.get((platform.slug, Purpose.BOT)),
            shared=_other_than(channel, shared.get(platform.slug)),
            is_paused=platform.slug in paused,
            bots_off=off[Use.BOT].get(platform.slug),
            channels_off=off[Use.CHANNEL].get(platform.slug),
        )
        for platform in platforms
    ]


def _other_than(channel: Connection | None, shared: Connection | None) -> Connection | None:
    """The global bot, unless somebody streams with the very identity that is this Lumio's bot."""
    is_channel = shared is not None and channel is not None and shared.channel_id == channel.channel_id
    return None if is_channel else shared
