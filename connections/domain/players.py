"""What plays for each account, as everybody who may see it is told: the one state of the channel `music:{account}`.

Whoever asks the platform (`connections.music_ingest`) keeps it in Valkey. What the database knows counts for more: that
nothing is connected, that the sign-in is over, that the platform wants a pause.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connections.domain.oauth import SwitchedOff
from connections.domain.pauses import PausedUntil
from connections.enums import GrantState, Purpose, Use
from connections.models import AppCredentials, Connection, PlatformSwitch
from connections.platforms import PLATFORMS
from connections.platforms.failures import ScopeMissing, stored
from connections.platforms.playing import Command, ItemKind, Playback, Player
from events import channels
from events.domain import watching
from events.ingest.base import Failure
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from connections.platforms.base import Platform

#: The platform that plays music, and its player.
PLATFORM: Final[Platform] = next(platform for platform in PLATFORMS.values() if platform.player)
PLAYER: Final[Player] = PLATFORM.player  # type: ignore[assignment]  # the line above
#: Seconds for which it is remembered that an account has no Premium: nobody tells when that changes.
PREMIUM_REMEMBERED = 24 * 3600


class NotConnected(Refusal):
    code = "music_not_connected"
    status = 409
    sentence = _("{platform} is not connected. Connect it on the Connections page of Lumio.")


class NotKnown(Refusal):
    """Nobody has found out yet, or nobody can: ingest does not run, or Valkey is away."""

    code = "music_not_known"
    status = 503
    sentence = _(
        "Lumio is asking {platform} what is playing. If this stays, the part of Lumio that asks does not run: tell "
        "whoever runs it."
    )


def message(data: Mapping[str, Any]) -> dict[str, Any]:
    """The one message of a music channel."""
    return {"id": "player", "type": "music.player", "data": dict(data)}


def data_of(playback: Playback | None, *, read_at: datetime, needs_premium: bool) -> dict[str, Any]:
    """What plays as everybody is told. Times are ISO 8601 in UTC.

    `state` is playing, paused, nothing, private (a session that nobody is to see) or trouble. `can` has what the player
    would do now.
    """
    device = playback.device if playback else None
    told = _blank(read_at) | {"needs_premium": needs_premium}
    if device:
        told["device"] = {name: value for name, value in asdict(device).items() if name != "is_active"}
    if playback is None or (device and device.is_private):
        return told | {"state": "private" if device else "nothing", "can": _can(playback)}
    item = playback.item
    if item is None and not playback.is_playing:
        return told | {"state": "nothing", "can": _can(playback)}
    shown = asdict(item) | {"kind": item.kind.value} if item else {**_ITEM, "kind": ItemKind.UNKNOWN.value}
    return told | {
        "state": "playing" if playback.is_playing else "paused",
        "item": shown,
        "progress_ms": playback.progress_ms,
        "can": _can(playback),
    }


def trouble(refusal: Refusal, *, at: datetime, paused_until: datetime | None = None) -> dict[str, Any]:
    """The same where nobody can tell what plays. `trouble` has the sentence in the language of now, and what a page
    needs to say it in its own."""
    return _blank(at) | {
        "state": "trouble",
        "trouble": {**Failure.of(refusal).as_json, "detail": refusal.text},
        "paused_until": paused_until.isoformat() if paused_until else None,
    }


_ITEM = {"title": "", "subtitle": "", "image": "", "duration_ms": None, "link": "", "explicit": False}
_NOTHING = {**dict.fromkeys(map(str, Command), False), "volume": False}


def _blank(at: datetime) -> dict[str, Any]:
    return {
        "state": "nothing",
        "item": None,
        "progress_ms": None,
        "read_at": at.isoformat(),
        "device": None,
        "can": _NOTHING,
        "needs_premium": False,
        "trouble": None,
        "paused_until": None,
    }


def _can(playback: Playback | None) -> dict[str, bool]:
    """Without a device, playing is worth a try: what it is answered says what to do."""
    if playback is None:
        return _NOTHING | {"play": True}
    device = playback.device
    is_reachable = device is None or not device.is_restricted
    has_item = playback.item is not None
    can = {
        Command.PLAY: not playback.is_playing,
        Command.PAUSE: playback.is_playing,
        Command.NEXT: has_item,
        Command.PREVIOUS: has_item,
    }
    return {
        **{str(name): fits and is_reachable and name not in playback.refuses for name, fits in can.items()},
        "volume": is_reachable and device is not None and device.can_volume,
    }


# --- What the database knows ----------------------------------------------------------------------------------------


def messages(account_ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The message of each account's channel as it would be sent now. Three queries and a round trip to Valkey."""
    obstacles = _obstacles(account_ids, _rows(account_ids))
    kept = watching.kept([channels.music(account_id) for account_id in account_ids])
    now = timezone.now()
    found: dict[UUID, list[dict[str, Any]]] = {}
    for account_id in account_ids:
        why = obstacles.get(account_id)
        known = kept.get(channels.music(account_id))
        if why is not None:
            found[account_id] = [message(trouble(why, at=now, paused_until=getattr(why, "until", None)))]
        else:
            found[account_id] = [known or message(trouble(NotKnown(platform=PLATFORM.name), at=now))]
    return found


def usable(account_id: UUID, rights: frozenset[str]) -> Connection:
    """The sign-in to ask with. Raises a Refusal that says why there is none, or PausedUntil."""
    rows = _rows([account_id])
    if why := _obstacles([account_id], rows, rights).get(account_id):
        raise why
    return rows[account_id]


def _obstacles(
    account_ids: list[UUID], rows: Mapping[UUID, Connection], rights: frozenset[str] = PLAYER.to_read
) -> dict[UUID, Refusal]:
    """Why an account's player cannot be asked, as one that has no row; nothing for one that can."""
    off = set(
        PlatformSwitch.objects.filter(platform=PLATFORM.slug, use=Use.CHANNEL).values_list("account_id", flat=True)
    )
    pauses = dict(
        AppCredentials.objects.filter(
            account_id__in=account_ids, platform=PLATFORM.slug, paused_until__gt=timezone.now()
        ).values_list("account_id", "paused_until")
    )
    found: dict[UUID, Refusal] = {}
    for account_id in account_ids:
        row, pause = rows.get(account_id), pauses.get(account_id)
        if off & {None, account_id}:
            found[account_id] = SwitchedOff(platform=PLATFORM.name)
        elif row is None:
            found[account_id] = NotConnected(platform=PLATFORM.name)
        elif row.state != GrantState.CONNECTED:
            found[account_id] = stored(row.failure_code, row.failure_params)
        elif missing := sorted(rights - set(row.scopes)):
            found[account_id] = ScopeMissing(platform=PLATFORM.name, reason=", ".join(missing))
        elif pause is not None:
            found[account_id] = PausedUntil(platform=PLATFORM.name, until=pause)
    return found


def _rows(account_ids: list[UUID]) -> dict[UUID, Connection]:
    rows = Connection.objects.filter(account_id__in=account_ids, platform=PLATFORM.slug, purpose=Purpose.CHANNEL)
    return {row.account_id: row for row in rows}


# --- Premium --------------------------------------------------------------------------------------------------------


def needs_premium(connection: Connection) -> bool:
    """Whether the last command was refused for want of it."""
    return bool(cache.get(_premium_key(connection)))


def remember_premium(connection: Connection, *, is_needed: bool) -> None:
    """Found out by trying, as the profile no longer tells. Another sign-in is tried anew."""
    if is_needed:
        cache.set(_premium_key(connection), True, PREMIUM_REMEMBERED)
    else:
        cache.delete(_premium_key(connection))


def _premium_key(connection: Connection) -> str:
    return f"needs-premium:{connection.pk}:{connection.connected_at.timestamp()}"
