"""The page of the panic button: pressing it, restoring, and what it does to OBS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import Permission
from accounts.gates import page
from accounts.http import render_part
from lumio.lib.errors import Refusal
from overlays.domain import controls, panic
from overlays.panic_forms import SettingsForm

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.http import ActorRequest


@require_safe
@page(Permission.EVENTS_READ)
def index(request: ActorRequest) -> HttpResponse:
    """The page; to htmx the part of it that says how it is."""
    shown = _state(request.actor)
    if request.headers.get("HX-Request"):
        return render_part(request, "panic/_state.html", shown, looks=str(shown["version"]))
    form = _form(request.actor, shown["panic"]) if _may_change(request.actor) else None
    return render(request, "panic/index.html", {**shown, "form": form})


@require_POST
@page(Permission.EVENTS_CREATE)
def press(request: ActorRequest) -> HttpResponse:
    """`on` is 1 or 0: pressed twice it does the same as once."""
    panic.press(request.actor, on=request.POST.get("on") == "1")
    return redirect("panic:index")


@require_POST
@page(Permission.OVERLAYS_EDIT)
def settings(request: ActorRequest) -> HttpResponse:
    request.actor.require(Permission.OBS_EDIT)
    shown = _state(request.actor)
    form = _form(request.actor, shown["panic"], request.POST)
    if form.is_valid():
        try:
            panic.change(request.actor, form.wanted)
        except Refusal as refusal:
            form.add_error(None, refusal.text)
        else:
            messages.success(request, _("The panic button does this from now on."))
            return redirect("panic:index")
    return render(request, "panic/index.html", {**shown, "form": form}, status=422)


def _state(actor: Actor) -> dict[str, Any]:
    return {
        "panic": panic.shown(actor),
        "version": controls.of_account(actor).version,
        "may_control": actor.can(Permission.EVENTS_CREATE),
    }


def _may_change(actor: Actor) -> bool:
    return actor.can(Permission.OVERLAYS_EDIT) and actor.can(Permission.OBS_EDIT)


def _form(actor: Actor, now: panic.Shown, data: Any = None) -> SettingsForm:
    scenes = {one.integration: one.scene for one in now.scenes}
    return SettingsForm(data, choices=panic.choices(actor), scenes=scenes)
