"""What the music page is drawn of by `static/js/popout/music.js`: the state of the player, and the words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission
from connections.domain import music
from connections.domain.pauses import PausedUntil
from connections.domain.players import PLATFORM, NotConnected
from connections.platforms import failures

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


def page(actor: Actor, *, has_controls: bool) -> dict[str, Any]:
    """The context of `popout/_music.html`. Without `has_controls` it only shows, whatever the actor may do."""
    return {
        "music": music.state(actor),
        "music_words": _catalogue(),
        "may_control": has_controls and actor.can(Permission.SPOTIFY_PLAYBACK),
    }


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
