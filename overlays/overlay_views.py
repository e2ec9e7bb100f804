"""The Overlays page, and what there is about each: its editor, its address for OBS, its open pages, its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import Permission
from accounts.gates import page
from accounts.http import render_part
from connections.platforms import PLATFORMS
from connections.platforms.base import Section
from events import words
from events.enums import Unit
from lumio.lib import qr
from lumio.lib.errors import Refusal
from lumio.lib.secrets import fingerprint
from overlays import editor, editor_words
from overlays.domain import access, goals, overlays, sources, timers
from overlays.domain.overlays import AddressUnreadable
from overlays.enums import LayerType
from overlays.models import Goal, Timer
from overlays.overlay_forms import NewOverlayForm, OverlayForm

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.http import ActorRequest
    from overlays.domain.sources import SourceShown
    from overlays.models import Layer, Overlay

GET_OR_POST = ["GET", "HEAD", "POST"]
#: Beside which field a refusal is said.
ABOUT: dict[type[Refusal], str] = {
    overlays.NameTooLong: "name",
    overlays.NameTaken: "name",
    overlays.BadBackground: "background",
    overlays.NoSuchLanguage: "language",
}


@dataclass(frozen=True)
class Shown:
    """An overlay in the list, and the pages that have it open or had it lately, the newest first."""

    overlay: Overlay
    layers: list[Layer]
    sources: list[SourceShown]

    @property
    def connected(self) -> list[SourceShown]:
        return [source for source in self.sources if source.is_connected]

    @property
    def is_seen(self) -> bool:
        """Whether one of them is on the screen now, as far as it says."""
        return any(source.is_visible is not False for source in self.connected)

    @property
    def last(self) -> SourceShown | None:
        """The one that was heard of last."""
        return max(self.sources, key=lambda source: source.seen_at, default=None)


@require_safe
@page(Permission.OVERLAYS_READ)
def index(request: ActorRequest) -> HttpResponse:
    return render(request, "overlays/index.html", _list(request))


@require_safe
@page(Permission.OVERLAYS_READ)
def cards(request: ActorRequest) -> HttpResponse:
    """The list, for htmx."""
    context = _list(request)
    return render_part(request, "overlays/_cards.html", context, looks=context["seen"])


@require_safe
@page(Permission.OVERLAYS_READ)
def open_pages(request: ActorRequest, overlay_id: UUID) -> HttpResponse:
    """The same for the pages of one."""
    context = _open_pages(overlays.get(request.actor, overlay_id))
    return render_part(request, "overlays/_sources.html", context, looks=context["seen"])


@require_http_methods(GET_OR_POST)
@page(Permission.OVERLAYS_CREATE)
def new(request: ActorRequest) -> HttpResponse:
    initial = {"name": overlays.free_name(request.actor.account), "preset": "full", "language": request.LANGUAGE_CODE}
    form = NewOverlayForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            row = overlays.create(actor=request.actor, wanted=form.changes, preset=form.cleaned_data["preset"])
        except Refusal as refusal:
            form.add_error(ABOUT.get(type(refusal)), refusal.text)
        else:
            made = _("{name} is made. Lay it out, then copy its address, top right, into OBS.")
            messages.success(request, made.format(name=row))
            return redirect(_page_of(request, row))
    context = {"form": form, "back": _index_of(request)}
    return render(request, "overlays/new.html", context, status=422 if form.is_bound else 200)


@require_safe
@page(Permission.OVERLAYS_EDIT)
@sensitive_variables("address", "context")
def edit(request: ActorRequest, overlay_id: UUID) -> HttpResponse:
    """The editor. What it saves goes over REST; without a script the settings are on the page `overlay`."""
    row = overlays.get(request.actor, overlay_id, Permission.OVERLAYS_EDIT)
    try:
        address = overlays.address(actor=request.actor, overlay_id=row.pk)
    except AddressUnreadable as refusal:
        messages.error(request, refusal.text)
        return redirect(_overlay_of(request, row.pk))
    context = {
        "overlay": row,
        "editor": editor.facts(request.actor, row),
        "words": editor_words.catalogue(),
        "additions": editor.additions(),
        "tests": editor.tests(),
        "preview": f"{address.reveal()}/preview",
        "platforms": [one for one in PLATFORMS.values() if one.section == Section.STREAMING],
        "account_id": request.actor.account.pk,
        "back": _index_of(request),
    }
    return render(request, "overlays/editor.html", context)


@require_http_methods(GET_OR_POST)
@page(Permission.OVERLAYS_READ)
@sensitive_variables("address", "context")
def overlay(request: ActorRequest, overlay_id: UUID) -> HttpResponse:
    """All about one: how it gets into OBS, where it is open, its timers and goals, its settings."""
    actor, posted = request.actor, request.method == "POST"
    row = overlays.get(actor, overlay_id, Permission.OVERLAYS_EDIT if posted else Permission.OVERLAYS_READ)
    form = OverlayForm(request.POST if posted else None, overlay=row)
    if form.is_valid():
        try:
            row = overlays.save(actor=actor, overlay_id=row.pk, version=None, wanted=form.changes)
        except Refusal as refusal:
            form.add_error(ABOUT.get(type(refusal)), refusal.text)
        else:
            messages.success(request, _("{name} is saved. Its open pages show it already.").format(name=row))
            return redirect("overlays:overlay", row.pk)
    context = {
        **_open_pages(row),
        "form": form,
        "timers": _timers(row),
        "goals": _goals(row),
        "back": _index_of(request),
        **_address(request, row),
        **_rights(request),
    }
    return render(request, "overlays/overlay.html", context, status=422 if form.is_bound else 200)


@require_POST
@page(Permission.OVERLAYS_EDIT)
def rotate(request: ActorRequest, overlay_id: UUID) -> HttpResponse:
    overlays.rotate(actor=request.actor, overlay_id=overlay_id)
    messages.success(request, _("There is a new address. Put it into OBS: pages with the old one are blank."))
    return redirect(_overlay_of(request, overlay_id))


@require_POST
@page(Permission.OVERLAYS_EDIT)
def reload(request: ActorRequest, overlay_id: UUID) -> HttpResponse:
    row = overlays.get(request.actor, overlay_id, Permission.OVERLAYS_EDIT)
    sources.reload(actor=request.actor, overlay=row)
    messages.success(request, _("Every open page of {name} loads again.").format(name=row))
    return redirect(_overlay_of(request, overlay_id))


@require_POST
@page(Permission.OVERLAYS_CREATE)
def duplicate(request: ActorRequest, overlay_id: UUID) -> HttpResponse:
    try:
        row = overlays.duplicate(actor=request.actor, overlay_id=overlay_id)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("{name} is a copy with an address of its own.").format(name=row))
    return redirect(_index_of(request))


@require_http_methods(GET_OR_POST)
@page(Permission.OVERLAYS_DELETE)
def remove(request: ActorRequest, overlay_id: UUID) -> HttpResponse:
    """Asks first, naming what goes blank."""
    if request.method != "POST":
        row = overlays.get(request.actor, overlay_id, Permission.OVERLAYS_DELETE)
        shown = Shown(row, list(row.layers.all()), sources.of([row]).get(row.pk, []))
        return render(request, "overlays/remove.html", {"row": shown, "back": _index_of(request)})
    row = overlays.remove(actor=request.actor, overlay_id=overlay_id)
    messages.success(request, _("{name} is deleted.").format(name=row))
    return redirect(_index_of(request))


@require_POST
@page(Permission.OVERLAYS_EDIT)
def reset_goal(request: ActorRequest, goal_id: UUID) -> HttpResponse:
    goal = goals.reset(actor=request.actor, layer_id=goal_id)
    messages.success(request, _("{name} counts from now on.").format(name=goal.layer))
    return redirect(_overlay_of(request, goal.layer.overlay_id))


@require_POST
@page(Permission.OVERLAYS_EDIT)
def control_timer(request: ActorRequest, timer_id: UUID) -> HttpResponse:
    """`act` is a `TimerAct`."""
    layer = access.get_layer(request.actor, timer_id, Permission.OVERLAYS_EDIT, LayerType.TIMER)
    try:
        timers.control(actor=request.actor, layer_id=timer_id, act=request.POST.get("act", ""))
    except Refusal as refusal:
        messages.error(request, refusal.text)
    return redirect(_overlay_of(request, layer.overlay_id))


def _list(request: ActorRequest) -> dict[str, Any]:
    # Code can be long, and the page asks every few seconds.
    found = overlays.listing(request.actor, has_configs=False)
    opened = sources.of(found)
    rows = [Shown(row, list(row.layers.all()), opened.get(row.pk, [])) for row in found]
    seen = [(row.overlay.pk, row.overlay.version, _looks(row.sources)) for row in rows]
    return {"rows": rows, "seen": fingerprint(seen), **_rights(request)}


def _open_pages(row: Overlay) -> dict[str, Any]:
    found = sources.of([row]).get(row.pk, [])
    return {"overlay": row, "sources": found, "seen": fingerprint(_looks(found))}


def _looks(found: list[SourceShown]) -> list[tuple[Any, ...]]:
    """What changes how they are drawn. A frame a second more or less does not."""
    return [(one.id, one.is_connected, one.is_visible, one.is_active, one.is_current) for one in found]


def _address(request: ActorRequest, row: Overlay) -> dict[str, str]:
    """For whoever may have it; why there is none to copy, where its key cannot be read."""
    if not request.actor.can(Permission.OVERLAYS_EDIT):
        return {}
    try:
        address = overlays.address(actor=request.actor, overlay_id=row.pk).reveal()
    except AddressUnreadable as refusal:
        return {"trouble": refusal.text}
    return {"address": address, "picture": qr.data_uri(address)}


def _timers(row: Overlay) -> list[dict[str, Any]]:
    """Those that are started by hand."""
    layers = [layer for layer in row.layers.all() if timers.is_by_hand(layer)]
    known = {timer.layer_id: timer for timer in Timer.objects.filter(layer__in=layers)} if layers else {}
    now = timezone.now()
    found = []
    for layer in layers:
        timer = known.get(layer.pk) or Timer(layer=layer)
        ran = timedelta(seconds=int(timers.ran(timer, now)))
        found.append({"layer": layer, "is_running": timer.running_since is not None, "ran": str(ran)})
    return found


def _goals(row: Overlay) -> list[dict[str, Any]]:
    """Each with how far it is, in words."""
    layers = {layer.pk: layer for layer in row.layers.all() if layer.type == LayerType.GOAL}
    found = []
    for goal in Goal.objects.filter(layer__in=layers) if layers else ():
        unit = Unit.MONEY if goal.currency else Unit.NONE
        layer = layers[goal.layer_id]
        now, target = (words.amount(number, unit, goal.currency) for number in goals.progress(layer, goal))
        found.append({"layer": layer, "counts": goal.get_counts_display(), "now": now, "target": target, "goal": goal})
    return found


def _rights(request: ActorRequest) -> dict[str, bool]:
    may = request.actor.can
    return {
        "may_create": may(Permission.OVERLAYS_CREATE),
        "may_edit": may(Permission.OVERLAYS_EDIT),
        "may_delete": may(Permission.OVERLAYS_DELETE),
    }


def _index_of(request: ActorRequest) -> str:
    """Where to go back to: not everybody who may change overlays may see them."""
    return reverse("overlays:index" if request.actor.can(Permission.OVERLAYS_READ) else "dashboard")


def _overlay_of(request: ActorRequest, overlay_id: UUID) -> str:
    may_see = request.actor.can(Permission.OVERLAYS_READ)
    return reverse("overlays:overlay", args=[overlay_id]) if may_see else reverse("dashboard")


def _page_of(request: ActorRequest, row: Overlay) -> str:
    """Where one goes on with a new one."""
    may_edit = request.actor.can(Permission.OVERLAYS_EDIT)
    return reverse("overlays:edit", args=[row.pk]) if may_edit else _overlay_of(request, row.pk)
