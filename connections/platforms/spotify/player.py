"""Spotify's player: what plays, and telling it. Facts: https://developer.spotify.com/documentation/web-api/reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from connections.platforms.answers import ask, json_object
from connections.platforms.playing import (
    Command,
    Device,
    DeviceGone,
    NoActiveDevice,
    NotNow,
    Playback,
    Player,
    PremiumNeeded,
)
from connections.platforms.spotify import parse
from connections.platforms.spotify.api import NAME, failure_of, said
from lumio.lib.payload import mapping, text

if TYPE_CHECKING:
    from connections.platforms.failures import PlatformFailure
    from lumio.lib.http import Answer
    from lumio.lib.secrets import Secret

#: How each command is sent, below `/me/player`.
SENT_AS = {
    Command.PLAY: ("PUT", "/play"),
    Command.PAUSE: ("PUT", "/pause"),
    Command.NEXT: ("POST", "/next"),
    Command.PREVIOUS: ("POST", "/previous"),
}
#: Seconds: somebody waits with a finger on the button.
DEADLINE = 8.0
REASON_LENGTH = 60

NOT_HERE = _("This device cannot be controlled from outside. Use its own buttons, or choose another device.")
NOT_ALLOWED = _("What is playing does not allow it right now.")
#: What `reason` says of commands that do no harm.
#: https://developer.spotify.com/documentation/web-api/reference/pause-a-users-playback
WHY = {
    "ALREADY_PAUSED": _("It is paused already."),
    "NOT_PAUSED": _("It is playing already."),
    "ALREADY_PLAYING": _("It is playing already."),
    "NO_NEXT_TRACK": _("There is nothing after this."),
    "ENDLESS_CONTEXT": _("There is nothing after this."),
    "NO_PREV_TRACK": _("There is nothing before this."),
    "NO_SPECIFIC_TRACK": _("There is nothing to play. Choose something in Spotify first."),
    "CONTEXT_DISALLOW": NOT_ALLOWED,
    "UNKNOWN": NOT_ALLOWED,
    "DEVICE_NOT_CONTROLLABLE": NOT_HERE,
    "REMOTE_CONTROL_DISALLOW": NOT_HERE,
    "VOLUME_CONTROL_DISALLOW": _("The volume of this device cannot be changed from outside. Use its own buttons."),
    "RATE_LIMITED": _("It was told too much at once. Wait a moment."),
}


class SpotifyPlayer(Player):
    to_read = frozenset({"user-read-playback-state"})
    to_control = frozenset({"user-modify-playback-state"})

    def playback(self, token: Secret) -> Playback | None:
        """204 where nothing plays, and where the session is private. An empty 200 has been seen, too."""
        # Without `additional_types` an episode comes as nothing at all.
        answer = _call("GET", "", token, params={"additional_types": "track,episode"})
        if answer.ok and not answer.body.strip():
            return None
        return parse.playback(json_object(NAME, answer, failure_of))

    def devices(self, token: Secret) -> list[Device]:
        return parse.devices(json_object(NAME, _call("GET", "/devices", token), failure_of))

    def tell(self, command: Command, token: Secret) -> None:
        method, path = SENT_AS[command]
        _done(_call(method, path, token))

    def set_volume(self, percent: int, token: Secret) -> None:
        _done(_call("PUT", "/volume", token, params={"volume_percent": percent}))

    def move_to(self, device_id: str, token: Secret) -> None:
        answer = _call("PUT", "", token, json={"device_ids": [device_id]})
        if answer.status == 404:
            raise DeviceGone(platform=NAME)
        _done(answer)


def _call(method: str, path: str, token: Secret, **arguments: Any) -> Answer:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token.reveal()}"}
    if method != "GET" and "json" not in arguments:
        headers["Content-Length"] = "0"  # without one it is answered 411
    url = f"{settings.SPOTIFY_API_URL}/me/player{path}"
    return ask(NAME, method, url, headers=headers, deadline=DEADLINE, **arguments)


def _done(answer: Answer) -> None:
    """200, 202 and 204 are success; their bodies mean nothing."""
    if not answer.ok:
        raise refusal_of(answer)


def refusal_of(answer: Answer) -> PlatformFailure:
    """Why the player did not do what it was told."""
    reason = reason_of(answer)
    if reason == "NO_ACTIVE_DEVICE" or answer.status == 404:
        return NoActiveDevice(platform=NAME)
    if reason == "PREMIUM_REQUIRED":
        return PremiumNeeded(platform=NAME)
    if answer.status == 403 and (reason in WHY or "restriction violated" in said(answer).lower()):
        return NotNow(platform=NAME, why=WHY.get(reason, NOT_ALLOWED))
    return failure_of(answer)


def reason_of(answer: Answer) -> str:
    """The `reason` of an error object; "" for whatever has none."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    return text(mapping(mapping(body).get("error")).get("reason"), REASON_LENGTH)
