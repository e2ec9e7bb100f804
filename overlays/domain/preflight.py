"""What a pre-flight check looks at here: whether each overlay is open somewhere, and whether alerts are played."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain.findings import Check, Finding, Group, Kind, Tone, at
from overlays.domain import controls, overlays, panic, sources

if TYPE_CHECKING:
    from accounts.actor import Actor
    from overlays.models import Overlay


_overlay = at("overlays:sources", "overlay")
_alerts = at("alerts:index")

OVERLAY_OPEN = Kind("overlay_open", Tone.GOOD, _("It is open in {where}."))
OVERLAY_CLOSED = Kind(
    "overlay_closed",
    Tone.WARN,
    _("It is open nowhere. Start OBS, or put its address into OBS as a browser source."),
    _("See its sources"),
    _overlay,
)
ALERTS_PLAY = Kind("alerts_play", Tone.GOOD, _("Alerts are played as they come."), subject=_("Alerts"))
ALERTS_PAUSED = Kind(
    "alerts_paused",
    Tone.WARN,
    _("Alerts are paused: they wait until somebody lets them go on."),
    _("Alerts"),
    _alerts,
    subject=_("Alerts"),
)
ALERTS_MUTED = Kind(
    "alerts_muted", Tone.WARN, _("Alerts are muted: nobody hears them."), _("Alerts"), _alerts, subject=_("Alerts")
)
PANIC_PRESSED = Kind(
    "panic_pressed",
    Tone.BAD,
    _("The panic button is pressed: alerts are silent and held, and no overlay shows chat. Press Restore."),
    _("Alerts"),
    _alerts,
    subject=_("Alerts"),
)

KINDS = (OVERLAY_OPEN, OVERLAY_CLOSED, ALERTS_PLAY, ALERTS_PAUSED, ALERTS_MUTED, PANIC_PRESSED)


def checks(actor: Actor) -> list[Check]:
    """Each overlay; with one, the alerts as well."""
    rows = overlays.listing(actor, has_configs=False)
    found = [Check(Group.OVERLAYS, row.name, partial(overlay, row)) for row in rows]
    return [*found, Check(Group.OVERLAYS, "", partial(alerts, actor))] if rows else []


def overlay(row: Overlay) -> list[Finding]:
    pages = [one for one in sources.of([row]).get(row.pk, ()) if one.is_connected]
    params = {"overlay": str(row.pk), "where": ", ".join(sorted({one.browser for one in pages}))}
    if not pages:
        return [OVERLAY_CLOSED.found(**params)]
    return [OVERLAY_OPEN.found(**params)]


def alerts(actor: Actor) -> list[Finding]:
    """The panic button mutes and pauses as well, so it is said alone."""
    if panic.pressed_in([actor.account.pk]):
        return [PANIC_PRESSED.found()]
    queue = controls.of_account(actor)
    found = [ALERTS_PAUSED.found()] if queue.paused else []
    return [*found, *([ALERTS_MUTED.found()] if queue.muted else [])] or [ALERTS_PLAY.found()]
