"""Who speaks for an account at each platform: its custom bot, else the bot of this Lumio, else the channel itself.

A custom bot is the account's connection for the purpose of a bot; the global bots are those of the instance's account.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from connections.domain import access, grants, notices, removal, vault
from connections.domain.oauth import SwitchedOff
from connections.enums import GrantState, Purpose, Use, Voice
from connections.models import BotPause, Connection
from connections.platforms import PLATFORMS
from connections.platforms.failures import stored
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

    from accounts.actor import Actor
    from accounts.models import Account
    from connections.platforms.base import Platform

#: What a bot says to show that it can.
HELLO = _("Hello from Lumio!")


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


class VoiceSilent(Refusal):
    code = "voice_silent"
    status = 409
    sentence = _(
        "Nobody can speak at {platform} as the {voice} right now. Choose another sender, or reconnect that one first."
    )


class BotState(StrEnum):
    UNAVAILABLE = "unavailable"
    NO_CONNECTION = "no_connection"
    PAUSED = "paused"
    ACTIVE = "active"


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
        """Who speaks unless somebody chooses; None where nobody can."""
        return next(iter(self.voices.values()), None)

    @property
    def successor(self) -> Connection | None:
        """Who speaks once the custom bot is disconnected."""
        return next((row for voice, row in self.voices.items() if voice != Voice.CUSTOM), None)

    @property
    def voices(self) -> dict[Voice, Connection]:
        """Whose sign-in works, the one first who speaks unless somebody chooses; nobody where there is no chat."""
        if self.channel is None or self.channels_off is not None:
            return {}
        if self.platform.bots_need_channel and self.channel.state != GrantState.CONNECTED:
            return {}
        bots = {Voice.CUSTOM: self.custom, Voice.GLOBAL: self.shared} if self.bots_off is None else {}
        rows = {**bots, Voice.CHANNEL: self.channel}
        return {voice: row for voice, row in rows.items() if row and row.state == GrantState.CONNECTED}

    @property
    def voice(self) -> Voice | None:
        return next(iter(self.voices), None)

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


@dataclass(frozen=True)
class Said:
    """A message that the platform showed."""

    text: str
    speaker: Connection
    channel: Connection
    #: The platform's; empty where it does not tell.
    message_id: str = ""


def statuses(actor: Actor) -> list[BotStatus]:
    """Who speaks where, for each platform that has bots. Three queries."""
    actor.require(Permission.BOT_CONNECTIONS_READ)
    return statuses_of(actor.account, [platform for platform in PLATFORMS.values() if platform.has_bots])


def own(actor: Actor) -> list[Connection]:
    """The bots of the actor's account itself; the operator's are the global ones."""
    actor.require(Permission.BOT_CONNECTIONS_READ)
    return list(Connection.objects.filter(account=actor.account, purpose=Purpose.BOT))


def trouble_of(bot: Connection) -> str:
    """What is wrong with a bot's sign-in, in the language of now; empty while it works."""
    return stored(bot.failure_code, bot.failure_params).text if bot.failure_code else ""


def speaker(account: Account, platform: Platform) -> Connection:
    """Whoever speaks for an account at a platform now. Raises SwitchedOff, NobodySpeaks or BotPaused."""
    return _speaking(status_of(account, platform))


def send(account: Account, platform: Platform, text: str, *, voice: Voice | None = None, reply_to: str = "") -> Said:
    """Send one message to the connected channel, as `voice` or else as whoever speaks there.

    `reply_to` is the platform's id of the message that it answers. Raises what `voice_of` does, GrantUnusable, or a
    PlatformFailure where the platform did not show it.
    """
    status = status_of(account, platform)
    (chosen, speaker), channel = voice_of(status, voice), channel_of(status)

    def say(sender: grants.Access, beside: grants.Access | None = None) -> str:
        return platform.say(text, channel_id=channel.channel_id, sender=sender, channel=beside, reply_to=reply_to)

    if chosen == Voice.CHANNEL or not platform.bots_need_channel:
        message_id = grants.call(speaker.pk, say)
    else:
        message_id = grants.call(channel.pk, lambda beside: grants.call(speaker.pk, lambda sender: say(sender, beside)))
    return Said(text, speaker, channel, message_id)


def voice_of(status: BotStatus, voice: Voice | None = None) -> tuple[Voice, Connection]:
    """As what whoever chose `voice` speaks, and who that is.

    Raises SwitchedOff, NobodySpeaks, BotPaused or VoiceSilent.
    """
    _speaking(status)
    if voice is None:
        return next(iter(status.voices.items()))
    if voice not in status.voices:
        raise VoiceSilent(platform=status.platform.name, voice=voice.label)
    return voice, status.voices[voice]


def say_hello(*, actor: Actor, platform: Platform) -> Said:
    """Send one short message. Raises what `send` does, and SwitchedOff where bots are."""
    actor.require(Permission.BOT_CONNECTIONS_CREATE)
    if platform.slug in access.switched_off(actor.account, Use.BOT):
        raise SwitchedOff(platform=platform.name)
    said = send(actor.account, platform, str(HELLO))
    record(actor, Action.BOT_SAID_HELLO, said.speaker, after={"channel": said.channel.channel_name})
    return said


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
    return status_of(actor.account, platform)


def resume(*, actor: Actor, platform: Platform) -> BotStatus:
    """End a pause, whatever the platform says; how it stands then."""
    actor.require(Permission.BOT_CONNECTIONS_CREATE)
    with transaction.atomic():
        for row in BotPause.objects.select_for_update().filter(account=actor.account, platform=platform.slug):
            _note(actor, Action.BOT_REJOINED, platform, row)
            row.delete()
    return status_of(actor.account, platform)


def rejoin(*, actor: Actor, platform: Platform) -> BotStatus:
    """End a pause once the platform has confirmed the sign-in of whoever speaks; how it stands then.

    Raises a Refusal, and the pause stays.
    """
    actor.require(Permission.BOT_CONNECTIONS_CREATE)
    status = status_of(actor.account, platform)
    if status.is_off:
        raise SwitchedOff(platform=platform.name)
    found = _able(status)
    client = vault.client_for(found.account_id, platform.slug)
    grants.call(found.pk, lambda access: platform.identity(access.token, client))
    with transaction.atomic():
        BotPause.objects.filter(account=actor.account, platform=platform.slug).delete()
        _note(actor, Action.BOT_REJOINED, platform, found)
    return status_of(actor.account, platform)


def _note(actor: Actor, action: Action, platform: Platform, row: Model) -> None:
    record(actor, action, row)
    notices.connection_changed(actor.account.pk, platform.slug)


def channel_of(status: BotStatus) -> Connection:
    """Where it is spoken. Raises NobodySpeaks without one."""
    if status.channel is None:
        raise NobodySpeaks(platform=status.platform.name)
    return status.channel


def status_of(account: Account, platform: Platform) -> BotStatus:
    return statuses_of(account, [platform])[0]


def statuses_of(account: Account, platforms: Iterable[Platform]) -> list[BotStatus]:
    """The same of several platforms. Three queries."""
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


def _speaking(status: BotStatus) -> Connection:
    found = _able(status)
    if status.is_paused:
        raise BotPaused(platform=status.platform.name)
    return found


def _able(status: BotStatus) -> Connection:
    """Whoever speaks but for a pause."""
    if status.channels_off is not None:
        raise SwitchedOff(platform=status.platform.name)
    if status.speaker is None:
        raise NobodySpeaks(platform=status.platform.name)
    return status.speaker


def _other_than(channel: Connection | None, shared: Connection | None) -> Connection | None:
    """The global bot, unless somebody streams with the very identity that is this Lumio's bot."""
    is_channel = shared is not None and channel is not None and shared.channel_id == channel.channel_id
    return None if is_channel else shared
