"""What Lumio says on overlays, and what a page needs to draw layers: as JSON in the page, in the overlay's language."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from events import words
from overlays.layers import ALERTS, SOUNDS

#: What invented viewers write in the editor's preview.
SAYINGS = (
    _("That jump was insane"),
    _("Hello from the night shift"),
    _("First time here, this is cosy"),
    _("Which keyboard is that?"),
    _("One more round, please"),
)


def catalogue() -> dict[str, Any]:
    """`words.catalogue()`, a sentence for each kind that a list of events shows, the addresses of Lumio's own sounds,
    and what the editor's samples say."""
    return {
        **words.catalogue(),
        "sentences": {kind.value: str(words.SENTENCES[kind].words) for kind in ALERTS},
        "sounds": sounds(),
        "sayings": [str(saying) for saying in SAYINGS],
        "sample_title": str(_("Until the new microphone")),
    }


def sounds() -> dict[str, str]:
    """The addresses of Lumio's own sounds."""
    return {name: static(f"sounds/{name.removeprefix('@')}.wav") for name, _label in SOUNDS}
