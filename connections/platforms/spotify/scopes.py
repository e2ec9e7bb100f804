"""The 3 rights Lumio asks for. Facts: https://developer.spotify.com/documentation/web-api/concepts/scopes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.platforms.base import Scope

NOW_PLAYING = _("now playing")
PLAYBACK = _("playback control")

SCOPES = (
    Scope("user-read-currently-playing", _("See what is playing and what comes next."), NOW_PLAYING),
    Scope("user-read-playback-state", _("See how far it is, how loud, and on which device it plays."), NOW_PLAYING),
    Scope("user-modify-playback-state", _("Play, pause, skip, and change the volume."), PLAYBACK),
)
