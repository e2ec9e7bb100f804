"""Who may do what in which chat: by their rights, by what the platform offers, and by what its sign-in was granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission
from connections.domain import bots
from connections.domain.oauth import SwitchedOff
from connections.enums import Act, GrantState, Voice
from connections.platforms import PLATFORMS
from connections.platforms.failures import stored
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from accounts.actor import Actor
    from connections.domain.bots import BotStatus
    from connections.models import Connection
    from connections.platforms.chatting import Chat

#: What each act asks for: any one of these.
RIGHTS: dict[Act, tuple[Permission, ...]] = {
    Act.SEND: (Permission.CHAT_WRITE,),
    Act.REPLY: (Permission.CHAT_WRITE,),
    Act.DELETE: (Permission.CHAT_DELETE,),
    Act.TIMEOUT: (Permission.CHAT_TIMEOUT,),
    Act.BAN: (Permission.CHAT_BAN,),
    Act.UNBAN: (Permission.CHAT_BAN, Permission.CHAT_TIMEOUT),
}
#: Whoever has any of these can give an order.
ANY_RIGHT = tuple(dict.fromkeys(right for rights in RIGHTS.values() for right in rights))

NO_WAY = _("Other programs cannot do this at {platform}. Do it there itself.")


class RightMissing(Refusal):
    code = "right_missing"
    status = 403
    sentence = _(
        "This needs the permission {permission}. Ask an account owner for a role or a popout token that has it."
    )


class ActLacking(Refusal):
    code = "act_lacking"
    status = 409
    sentence = "{why}"


class ChannelMissing(Refusal):
    code = "channel_missing"
    status = 409
    sentence = _("No channel at {platform} is connected. Connect it on the Connections page first.")


class ActNotGranted(Refusal):
    code = "act_not_granted"
    status = 409
    sentence = _(
        "The sign-in of {channel} at {platform} lacks the right for this: {right}. Click Reconnect on the Connections "
        "page to grant it."
    )


def acts(actor: Actor, status: BotStatus) -> dict[str, dict[str, Any]]:
    """Of each act whether the actor can do it there, and if not, why."""
    refusals = {act: why_not(actor, status, act) for act in Act}
    return {
        act.value: {"possible": refusal is None, "why": refusal.text if refusal else ""}
        for act, refusal in refusals.items()
    }


def why_not(actor: Actor, status: BotStatus, act: Act) -> Refusal | None:
    """Why the actor cannot do something in a platform's chat; None where they can."""
    platform, chat = status.platform, chat_of(status)
    if not actor.can_any(*RIGHTS[act]):
        return RightMissing(permission=RIGHTS[act][0].value)
    if act not in chat.acts:
        return ActLacking(why=chat.lacks.get(act) or str(NO_WAY).format(platform=platform.name))
    if act in (Act.SEND, Act.REPLY):
        return _why_silent(status, act)
    if status.channels_off is not None:
        return SwitchedOff(platform=platform.name)
    channel = status.channel
    if channel is None:
        return ChannelMissing(platform=platform.name)
    if channel.state != GrantState.CONNECTED:
        return stored(channel.failure_code, channel.failure_params)
    return _not_granted(channel, status, act)


def status_of(actor: Actor, slug: str) -> BotStatus:
    """How a platform with a chat stands. Raises Http404 for any other."""
    platform = PLATFORMS.get(slug)
    if platform is None or platform.chat is None:
        raise Http404
    return bots.status_of(actor.account, platform)


def statuses_of(actor: Actor) -> list[BotStatus]:
    """The same for every platform with a chat. Three queries."""
    return bots.statuses_of(actor.account, [platform for platform in PLATFORMS.values() if platform.chat])


def chat_of(status: BotStatus) -> Chat:
    """The platform's chat."""
    assert status.platform.chat is not None  # noqa: S101  whoever gives a status has looked
    return status.platform.chat


def _why_silent(status: BotStatus, act: Act) -> Refusal | None:
    try:
        voice, speaker = bots.voice_of(status)
    except Refusal as refusal:
        return refusal
    return _not_granted(speaker, status, act) if voice == Voice.CHANNEL else None


def _not_granted(channel: Connection, status: BotStatus, act: Act) -> Refusal | None:
    missing = [scope for scope in chat_of(status).acts[act] if scope not in channel.scopes]
    if not missing:
        return None
    return ActNotGranted(channel=channel.channel_name, platform=status.platform.name, right=", ".join(missing))
