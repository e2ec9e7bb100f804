"""What a person may know of the music, and do to it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from connections.domain import pauses, players
from connections.domain.oauth import SwitchedOff
from connections.domain.pauses import PausedUntil
from connections.domain.players import PLAYER, NotConnected, NotKnown
from connections.platforms.failures import STORED, ScopeMissing
from connections.platforms.playing import Command, Device, DeviceGone, NoActiveDevice, NotNow, PremiumNeeded
from events import channels
from events.domain import watching
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.actor import Actor
    from lumio.lib.secrets import Secret

#: Why nothing is told of what plays, and why nothing is done to it, beside what any sign-in can run into.
TROUBLES: tuple[type[Refusal], ...] = (NotKnown, NotConnected, SwitchedOff, PausedUntil)
REFUSALS: tuple[type[Refusal], ...] = (
    NotConnected,
    SwitchedOff,
    PausedUntil,
    ScopeMissing,
    NoActiveDevice,
    DeviceGone,
    PremiumNeeded,
    NotNow,
)


class NotAVolume(Refusal):
    code = "not_a_volume"
    status = 422
    sentence = _("The volume is a whole number from 0 to 100.")


def state(actor: Actor) -> dict[str, Any]:
    """What plays, as `players.data_of` has it, with sentences in the language of now. Somebody looks, so it is asked
    for from now on, for half a minute."""
    actor.require(Permission.SPOTIFY_READ)
    watching.watch(channels.music(actor.account.pk))
    [told] = players.messages([actor.account.pk])[actor.account.pk]
    return worded(told["data"])


def worded(data: dict[str, Any]) -> dict[str, Any]:
    """The same with its sentence in the language of now."""
    known = STORED.get((data["trouble"] or {}).get("code", ""))
    if known is None:
        return data
    return data | {"trouble": data["trouble"] | {"detail": known(**data["trouble"]["params"]).text}}


def tell(actor: Actor, command: Command) -> None:
    """Have the player play, pause or skip. This and the next ones raise a Refusal of REFUSALS, GrantUnusable, or a
    PlatformFailure."""
    _told(actor, partial(PLAYER.tell, command), command=command.value)


def set_volume(actor: Actor, percent: int) -> None:
    if not 0 <= percent <= 100:
        raise NotAVolume
    _told(actor, partial(PLAYER.set_volume, percent), volume=percent)


def devices(actor: Actor) -> list[Device]:
    """Where it could play. Those that cannot be addressed are left out."""
    actor.require(Permission.SPOTIFY_PLAYBACK)
    connection = players.usable(actor.account.pk, PLAYER.to_read)
    found = pauses.call(connection, lambda access: PLAYER.devices(access.token))
    return [device for device in found if device.id]


def move_to(actor: Actor, device_id: str) -> None:
    _told(actor, partial(PLAYER.move_to, device_id), device=device_id)


def _told(actor: Actor, order: Callable[[Secret], None], **what: Any) -> None:
    """Have the player do something. It is looked at again as soon as the effect shows."""
    actor.require(Permission.SPOTIFY_PLAYBACK)
    connection = players.usable(actor.account.pk, PLAYER.to_control)
    try:
        pauses.call(connection, lambda access: order(access.token))
    except PremiumNeeded:
        players.remember_premium(connection, is_needed=True)
        raise
    else:
        players.remember_premium(connection, is_needed=False)
    finally:
        watching.watch(channels.music(actor.account.pk), acted=True)
    record(actor, Action.MUSIC_CONTROLLED, connection, after=what)
