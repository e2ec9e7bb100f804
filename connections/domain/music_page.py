"""What the music page says, in words: as it is first painted, and the words with which it goes on by itself.

The rules are written twice, here and in `static/js/popout/music-face.js`; `tests/js/music.json` holds both to the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission
from connections.domain import music
from connections.domain.pauses import PausedUntil
from connections.domain.players import PLATFORM, NotConnected, NotKnown
from connections.platforms import failures
from events import words

if TYPE_CHECKING:
    from accounts.actor import Actor
    from lumio.lib.errors import Refusal

WORDS = {
    "asking": _("Asking {platform} what is playing…"),
    "no_news": _("No news from {platform}"),
    "nothing": _("Nothing is playing"),
    "nothing_open": _("Open {platform} on a phone or a computer, or choose a device here."),
    "private": _("Private session"),
    "private_why": _("{platform} tells nobody what is playing in it."),
    "ad": _("Advertisement"),
    "ad_why": _("The music goes on after it."),
    "unknown": _("Something is playing"),
    "unknown_why": _("{platform} does not say what."),
    "no_title": _("Without a title"),
    "play": _("Play"),
    "pause": _("Pause"),
    "no_devices": _("{platform} is not open on any device. Open it on a phone or a computer, then look again."),
}
#: What is said above the sentence of a trouble. Those that only a new sign-in ends have SIGN_IN, others NO_NEWS.
HEADINGS: dict[type[Refusal], Any] = {
    NotConnected: _("{platform} is not connected"),
    PausedUntil: _("{platform} wants a pause"),
    failures.OwnerNeedsPremium: _("{platform} Premium is needed"),
    failures.NotRegistered: _("{platform} does not let you in yet"),
    failures.ScopeMissing: _("A permission is missing"),
}
SIGN_IN = _("Sign in to {platform} again")
#: The troubles that the page can put into words by itself; of others it shows the sentence that comes with them.
SAID = (*music.TROUBLES, *failures.STORED.values())


@dataclass(frozen=True)
class Face:
    """What stands beside the cover. `is_track`: there is something with progress and a cover."""

    title: str
    subtitle: str
    is_track: bool = False


def page(actor: Actor, *, has_controls: bool) -> dict[str, Any]:
    """The context of `popout/_music.html`. Without `has_controls` it only shows, whatever the actor may do."""
    data = music.state(actor)
    catalogue = _catalogue()
    may_control = has_controls and actor.can(Permission.SPOTIFY_PLAYBACK)
    return {
        "music": data,
        "music_words": catalogue,
        "may_control": may_control,
        "face": face(data, catalogue, may_control=may_control),
        "volume": (data["device"] or {}).get("volume"),
        "progress": clock(data["progress_ms"]),
        "length": clock((data["item"] or {}).get("duration_ms")),
    }


def face(data: dict[str, Any], catalogue: dict[str, Any], *, may_control: bool) -> Face:
    """What is said of a state (`players.data_of`). Only to whoever may control is said what to do."""
    if trouble := data["trouble"]:
        if trouble["code"] == NotKnown.code:
            return Face(catalogue["asking"], "")
        return Face(catalogue["headings"].get(trouble["code"], catalogue["no_news"]), trouble["detail"])
    if data["state"] == "private":
        return Face(catalogue["private"], catalogue["private_why"])
    item = data["item"]
    if data["state"] == "nothing" or item is None:
        return Face(catalogue["nothing"], catalogue["nothing_open"] if may_control and not data["device"] else "")
    if item["kind"] in ("ad", "unknown"):
        return Face(catalogue[item["kind"]], catalogue[f"{item['kind']}_why"])
    title = words.clean(item["title"], words.MESSAGE_LENGTH) or catalogue["no_title"]
    return Face(title, words.clean(item["subtitle"], words.MESSAGE_LENGTH), is_track=True)


def clock(milliseconds: int | None) -> str:
    """“3:20”, “1:02:03”; nothing for a length that nobody knows."""
    if milliseconds is None:
        return ""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _catalogue() -> dict[str, Any]:
    """The words for a page, in the reader's language."""
    headings = {refusal.code: SIGN_IN for refusal in failures.STORED.values() if refusal.is_final}
    headings |= {refusal.code: heading for refusal, heading in HEADINGS.items()}
    return {
        **{name: _of_platform(text) for name, text in WORDS.items()},
        "headings": {code: _of_platform(text) for code, text in headings.items()},
        "troubles": {refusal.code: str(refusal.sentence) for refusal in SAID},
    }


def _of_platform(text: Any) -> str:
    return str(text).replace("{platform}", PLATFORM.name)
