"""The Alerts page: what plays, what waits, what was, and how alerts are played."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Permission
from accounts.gates import page
from accounts.http import render_part
from lumio.lib.errors import Refusal
from overlays.alert_forms import SettingsForm
from overlays.domain import access, controls, history, panic
from overlays.enums import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.actor import Actor
    from accounts.http import ActorRequest

#: Rows of a list.
WAITING = 20
OVER = 50


@require_GET
@page(Permission.EVENTS_READ)
def index(request: ActorRequest) -> HttpResponse:
    """The page; to htmx the part that changes by itself."""
    shown = _queue(request.actor)
    if request.headers.get("HX-Request"):
        return render_part(request, "alerts/_queue.html", shown, looks=str(shown["version"]))
    form = SettingsForm(row=controls.of_account(request.actor))
    return render(request, "alerts/index.html", {**shown, "form": form})


@require_POST
@page(Permission.EVENTS_CREATE)
def switch(request: ActorRequest) -> HttpResponse:
    """`paused` and `muted` are 1 or 0: pressed twice it does the same as once."""
    wanted = {name: request.POST[name] == "1" for name in ("paused", "muted") if name in request.POST}
    controls.switch(request.actor, **wanted)
    return redirect("alerts:index")


@require_POST
@page(Permission.EVENTS_CREATE)
def skip(request: ActorRequest, alert_id: int) -> HttpResponse:
    alert = access.get_alert(request.actor, alert_id, Permission.EVENTS_CREATE)
    return _done(request, lambda: controls.skip(request.actor, alert), _("The alert was skipped."))


@require_POST
@page(Permission.EVENTS_CREATE)
def replay(request: ActorRequest, alert_id: int) -> HttpResponse:
    alert = access.get_alert(request.actor, alert_id, Permission.EVENTS_CREATE)
    return _done(request, lambda: controls.replay(request.actor, alert), _("The alert plays next."))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EVENTS_CREATE)
def clear(request: ActorRequest) -> HttpResponse:
    """The question, as a page of its own, and the answer."""
    if request.method != "POST":
        return render(request, "alerts/clear.html")
    ended = controls.clear(request.actor)
    said = ngettext("{n} alert was taken out of the queue.", "{n} alerts were taken out of the queue.", ended)
    messages.success(request, said.format(n=ended))
    return redirect("alerts:index")


@require_POST
@page(Permission.OVERLAYS_EDIT)
def settings(request: ActorRequest) -> HttpResponse:
    form = SettingsForm(request.POST, row=controls.of_account(request.actor))
    if not form.is_valid():
        return render(request, "alerts/index.html", {**_queue(request.actor), "form": form}, status=422)
    controls.change(request.actor, form.wanted)
    messages.success(request, _("Alerts are played like this from now on."))
    return redirect("alerts:index")


def _queue(actor: Actor) -> dict[str, Any]:
    """What the part of the page shows that changes by itself."""
    row = controls.of_account(actor)
    over = history.page(actor, OVER, states=sorted(ENDED))
    waiting = history.waiting(actor, WAITING + 1)
    return {
        "queue": row,
        "version": row.version,
        "current": history.Shown(row.current) if row.current else None,
        "waiting": [history.Shown(alert) for alert in waiting[:WAITING]],
        "more_wait": len(waiting) > WAITING,
        "over": [history.Shown(alert) for alert in over.rows],
        "panic": panic.shown(actor),
        "may_control": actor.can(Permission.EVENTS_CREATE),
        "may_edit": actor.can(Permission.OVERLAYS_EDIT),
    }


def _done(request: ActorRequest, act: Callable[[], object], said: str) -> HttpResponse:
    """Back to the page, which says what came of it."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, said)
    return redirect("alerts:index")
