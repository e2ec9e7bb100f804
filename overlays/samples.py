"""Invented alerts, for the editor to show what an alert box looks like. They are neither stored nor told to anybody."""

from __future__ import annotations

from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from events import platforms
from events.domain.samples import SAMPLES, Sample
from events.enums import Kind, Origin, Unit
from lumio.lib.payload import one_piece
from overlays.domain import variables
from overlays.layers import ALERTS

CURRENCY = "EUR"
#: Those that people write something with.
SAID = frozenset(
    {
        Kind.RESUB,
        Kind.MEMBERSHIP_MILESTONE,
        Kind.TIP,
        Kind.SUPERCHAT,
        Kind.CHEER,
        Kind.CHARITY_DONATION,
        Kind.WATCH_STREAK,
        Kind.REDEMPTION,
    }
)
#: Those that cannot be tested for real.
UNTESTED = {Kind.WATCH_STREAK: Sample((Unit.STREAMS,), 5)}


def plays(language: str) -> dict[str, dict[str, Any]]:
    """Of every kind that alerts are made of, `{"event", "variables"}` as a `play` message has them, in a language."""
    with translation.override(language):
        return {kind.value: _play(kind, language) for kind in ALERTS}


def _play(kind: Kind, language: str) -> dict[str, Any]:
    sample = SAMPLES.get(kind) or UNTESTED.get(kind, Sample())
    unit = sample.units[0] if sample.units else Unit.NONE
    message = _("Love the stream, keep it up!") if kind in SAID else ""
    data = {
        "id": "",
        "platform": platforms.known()[0],
        "origin": Origin.TEST.value,
        "occurred_at": timezone.now().isoformat(),
        "actor": {"name": _("Test viewer"), "avatar": "", "anonymous": False},
        "amount": sample.amount,
        "unit": unit.value,
        "currency": CURRENCY if unit == Unit.MONEY else "",
        "message": message,
        "fragments": list(one_piece(message)),
        "extra": dict(sample.extra),
    }
    event = {"seq": 0, "type": kind.value, "data": data}
    return {"event": {**data, "type": kind.value}, "variables": variables.of_event(event, language)}
