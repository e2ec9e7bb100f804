"""What a pre-flight check looks at: what each app names, the pages that are open, and Lumio itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.domain.findings import Check, Finding, Group, Kind, Params, Tone, at
from connections.domain import preflight as connections
from events.domain import echo, heartbeat
from integrations.domain import preflight as integrations
from lumio import health
from overlays.domain import overlays as all_overlays
from overlays.domain import preflight as overlays
from tokens.domain import preflight as tokens
from tokens.enums import BY_SLUG

if TYPE_CHECKING:
    from accounts.actor import Actor
    from events.domain.echo import Echo

log = logging.getLogger(__name__)

_of_popout = at("tokens:index")
_of_overlay = at("overlays:sources", "overlay")
_again = at("preflight")


def _of_dashboard(params: Params) -> str:
    page: str = params["page"]
    return page if page.startswith("/dashboard") else reverse("dashboard")


def _health(params: Params) -> str:
    return "/readyz"


def _what(params: Params) -> dict[str, str]:
    """What a page is, as people call it."""
    page, name = params["page"], params["name"]
    if name:
        what = _("Overlay {name}").format(name=name)
    elif (popout := BY_SLUG.get(page.removeprefix("/popout/"))) and page.startswith("/popout/"):
        what = _("Popout {name}").format(name=popout.label)
    elif page.startswith("/dashboard"):
        what = _("Dashboard {path}").format(path=page.removeprefix("/dashboard").strip("/")).strip()
    else:
        what = str(_("A program"))
    return {"what": what}


NOT_CHECKED = Kind(
    "could_not_be_checked",
    Tone.WARN,
    _("This could not be checked in time. Check once more."),
    _("Check again"),
    _again,
)
PAGE_REACHED = Kind(
    "page_reached",
    Tone.GOOD,
    _("{browser}: a silent test event arrived and was answered in {milliseconds} ms."),
    words=_what,
    subject="{what}",
)
OVERLAY_SILENT = Kind(
    "overlay_silent",
    Tone.BAD,
    _("{browser}: a silent test event did not arrive. Refresh the browser source in OBS."),
    _("See its sources"),
    _of_overlay,
    _what,
    subject="{what}",
)
POPOUT_SILENT = Kind(
    "popout_silent",
    Tone.WARN,
    _("{browser}: a silent test event did not arrive. Load the page anew, or close it for good."),
    _("Popout tokens"),
    _of_popout,
    _what,
    subject="{what}",
)
DASHBOARD_SILENT = Kind(
    "dashboard_silent",
    Tone.WARN,
    _("{browser}: a silent test event did not arrive. Load the page anew."),
    _("Open it"),
    _of_dashboard,
    _what,
    subject="{what}",
)
NO_PAGE_OPEN = Kind(
    "no_page_open",
    Tone.WARN,
    _("No page is open that a test event could arrive at: no overlay, no popout, no feed."),
    _("Popout tokens"),
    _of_popout,
)
WORKER_LIVES = Kind(
    "worker_lives", Tone.GOOD, _("Background work is done: a worker ran this check."), subject=_("Worker")
)
SCHEDULE_LIVES = Kind("schedule_lives", Tone.GOOD, _("What is due every minute is done."), subject=_("Schedule"))
SCHEDULE_STANDS = Kind(
    "schedule_stands",
    Tone.BAD,
    _("What is due every minute is not done, so sign-ins run out. Have whoever runs this Lumio start beat."),
    _("What fails"),
    _health,
    subject=_("Schedule"),
)
INGEST_LIVES = Kind("ingest_lives", Tone.GOOD, _("The process that listens to platforms runs."), subject=_("Ingest"))
INGEST_GONE = Kind(
    "ingest_gone",
    Tone.BAD,
    _("The process that listens to platforms does not run. Have whoever runs this Lumio start ingest."),
    _("What fails"),
    _health,
    subject=_("Ingest"),
)
VALKEY_ANSWERS = Kind(
    "valkey_answers", Tone.GOOD, _("Valkey answers, so pages hear of events at once."), subject="Valkey"
)
VALKEY_AWAY = Kind(
    "valkey_away",
    Tone.BAD,
    _(
        "Valkey does not answer: pages hear of events late, and tools cannot be controlled. Have whoever runs this "
        "Lumio start it."
    ),
    _("What fails"),
    _health,
    subject="Valkey",
)

OWN = (
    NOT_CHECKED, PAGE_REACHED, OVERLAY_SILENT, POPOUT_SILENT, DASHBOARD_SILENT, NO_PAGE_OPEN, WORKER_LIVES,
    SCHEDULE_LIVES, SCHEDULE_STANDS, INGEST_LIVES, INGEST_GONE, VALKEY_ANSWERS, VALKEY_AWAY,
)  # fmt: skip
#: By code.
KINDS: dict[str, Kind] = {
    kind.code: kind
    for kinds in (connections.KINDS, integrations.KINDS, overlays.KINDS, tokens.KINDS, OWN)
    for kind in kinds
}


def checks(actor: Actor) -> list[Check]:
    """Everything that there is to check for an account, in the order of the groups."""
    found: list[Check] = []
    for group, listed in _APPS:
        try:
            found += listed(actor)
        except Exception:  # what one app cannot list keeps no other from being checked
            log.exception("A pre-flight check cannot tell what there is to check")
            found.append(Check(group, "", lambda: [NOT_CHECKED.found()]))
    order = list(Group)
    return sorted(found, key=lambda check: order.index(check.group))


def _of_lumio(actor: Actor) -> list[Check]:
    return [
        Check(Group.PAGES, "", partial(pages, actor)),
        Check(Group.LUMIO, "", processes),
        Check(Group.LUMIO, "", valkey),
    ]


_APPS: tuple[tuple[Group, Callable[[Actor], list[Check]]], ...] = (
    (Group.CONNECTIONS, connections.checks),
    (Group.TOOLS, integrations.checks),
    (Group.OVERLAYS, overlays.checks),
    (Group.PAGES, tokens.checks),
    (Group.LUMIO, _of_lumio),
)


def pages(actor: Actor) -> list[Finding]:
    """Send a silent test event and see which pages it arrives at. Without Valkey nothing is said: `valkey` says it."""
    echoes = echo.sound(actor.account.pk)
    if echoes is None:
        return []
    names = {row.pk: row.name for row in all_overlays.listing(actor, has_configs=False)}
    return [_page(one, names.get(one.overlay_id, "") if one.overlay_id else "") for one in echoes] or [
        NO_PAGE_OPEN.found()
    ]


def processes() -> list[Finding]:
    ages = heartbeat.ages()
    beat, ingest = ages.get("beat"), ages.get("ingest")
    return [
        WORKER_LIVES.found(),
        (SCHEDULE_LIVES if beat is not None and beat <= health.OLDEST_BEAT else SCHEDULE_STANDS).found(),
        (INGEST_LIVES if ingest is not None and ingest <= health.OLDEST_INGEST else INGEST_GONE).found(),
    ]


def valkey() -> list[Finding]:
    found: health.Answers = {}
    health.ask_valkey(found)
    return [(VALKEY_ANSWERS if found["valkey"].ok else VALKEY_AWAY).found()]


def _page(one: Echo, name: str) -> Finding:
    params = {"page": one.page, "name": name, "browser": one.browser}
    if one.overlay_id:
        params["overlay"] = str(one.overlay_id)
    if one.milliseconds is not None:
        return PAGE_REACHED.found(**params, milliseconds=one.milliseconds)
    if one.overlay_id:
        return OVERLAY_SILENT.found(**params)
    return (POPOUT_SILENT if one.is_popout else DASHBOARD_SILENT).found(**params)
