"""OBS and Streamer.bot, and the address of the bridge page. They are listed on the Connections page, which these views
lead back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import throttle
from accounts.enums import Permission
from accounts.gates import page
from accounts.http import render_part
from integrations import integration_section
from integrations.domain import access, bridge, dependents, integrations, testing
from integrations.domain.tokens import LabelTooLong
from integrations.enums import Tool
from integrations.integration_forms import FORMS, ToolForm
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.http import ActorRequest
    from integrations.models import Integration

#: Beside which field a refusal is said.
ABOUT = {
    integrations.LabelTaken: "label",
    LabelTooLong: "label",
    integrations.BadPort: "port",
    integrations.HostMissing: "host",
    integrations.BadHost: "host",
    integrations.BadEndpoint: "endpoint",
    integrations.PasswordTooLong: "password",
    integrations.PasswordOfAnotherHost: "password",
}


@require_GET
@page(Permission.CONNECTIONS_READ)
def index(request: ActorRequest) -> HttpResponse:
    """The list, for htmx."""
    shown = integration_section.rows(request.actor)
    return render_part(request, "integrations/_tools_fresh.html", {"shown": shown}, looks=shown["fingerprint"])


@require_GET
@page(Permission.CONNECTIONS_CREATE)
def choose(request: ActorRequest) -> HttpResponse:
    """The dialog in which one chooses what to add, as a page of its own."""
    return render(request, "integrations/choose.html")


@require_http_methods(["GET", "POST"])
@page(Permission.CONNECTIONS_CREATE)
@sensitive_post_parameters("password")
@sensitive_variables("form")
def add(request: ActorRequest, tool: str) -> HttpResponse:
    if tool not in FORMS:
        raise Http404
    form = FORMS[tool](request.POST if request.method == "POST" else None, account=request.actor.account)
    if form.is_valid():
        try:
            added = integrations.add(actor=request.actor, tool=tool, wanted=form.changes)
        except Refusal as refusal:
            form.add_error(ABOUT.get(type(refusal)), refusal.text)
        else:
            messages.success(request, _added_text(added))
            return _back(added.row)
    return _form(request, form)


@require_http_methods(["GET", "POST"])
@page(Permission.CONNECTIONS_EDIT)
@sensitive_post_parameters("password")
@sensitive_variables("form")
def edit(request: ActorRequest, integration_id: UUID) -> HttpResponse:
    row = access.get_integration(request.actor, integration_id, Permission.CONNECTIONS_EDIT)
    data = request.POST if request.method == "POST" else None
    form = FORMS[row.tool](data, account=request.actor.account, row=row)
    if form.is_valid():
        try:
            edited = integrations.edit(actor=request.actor, integration=row, wanted=form.changes)
        except Refusal as refusal:
            form.add_error(ABOUT.get(type(refusal)), refusal.text)
        else:
            messages.success(request, _("{label} was saved.").format(label=edited.label))
            return _back(edited)
    return _form(request, form, row)


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def switch(request: ActorRequest, integration_id: UUID) -> HttpResponse:
    """`on` is 1 or 0: pressed twice it does the same as once."""
    row = access.get_integration(request.actor, integration_id, Permission.CONNECTIONS_EDIT)
    row = integrations.switch(actor=request.actor, integration=row, on=request.POST.get("on") == "1")
    said = _("{label} is switched on.") if row.is_enabled else _("{label} is switched off.")
    messages.success(request, said.format(label=row.label))
    return _back(row)


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def test(request: ActorRequest, integration_id: UUID) -> HttpResponse:
    """What comes of it stands in the row that this leads back to."""
    row = access.get_integration(request.actor, integration_id, Permission.CONNECTIONS_EDIT)
    try:
        throttle.require(throttle.TOOL_TESTS, request.actor)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        testing.test(actor=request.actor, integration=row)
    return _back(row)


@require_GET
@page(Permission.CONNECTIONS_DELETE)
def uses(request: ActorRequest, integration_id: UUID) -> HttpResponse:
    """What would fail in part without it, for the dialog that asks."""
    row = access.get_integration(request.actor, integration_id, Permission.CONNECTIONS_DELETE)
    names = dependents.of(request.actor.account).get(row.pk, [])
    return render(request, "integrations/_uses.html", {"names": names})


@require_POST
@page(Permission.CONNECTIONS_DELETE)
def remove(request: ActorRequest, integration_id: UUID) -> HttpResponse:
    row = access.get_integration(request.actor, integration_id, Permission.CONNECTIONS_DELETE)
    integrations.remove(actor=request.actor, integration=row)
    messages.success(request, _("{label} was removed.").format(label=row.label))
    return _back()


@require_GET
@page(Permission.CONNECTIONS_EDIT)
@sensitive_variables("address")
def bridge_address(request: ActorRequest) -> HttpResponse:
    """To be copied into OBS without being seen."""
    try:
        address, trouble = bridge.address(request.actor.account).reveal(), ""
    except bridge.AddressUnreadable as refusal:
        address, trouble = "", refusal.text
    return render(request, "integrations/bridge_address.html", {"address": address, "trouble": trouble})


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def renew_bridge(request: ActorRequest) -> HttpResponse:
    bridge.renew(request.actor)
    messages.success(request, _("There is a new address. Put it into OBS: the old one no longer works."))
    return redirect("integrations:bridge")


def _added_text(added: integrations.Listed) -> str:
    if not added.is_local:
        return _("{label} was added. Lumio connects to it from now on.").format(label=added.row.label)
    said = _("{label} was added. It is tested by itself as soon as the bridge page runs in OBS.")
    return said.format(label=added.row.label)


def _form(request: ActorRequest, form: ToolForm, row: Integration | None = None) -> HttpResponse:
    context = {"form": form, "row": row, "is_obs": form.tool == Tool.OBS, "tool": form.tool.label}
    return render(request, "integrations/tool.html", context, status=422 if form.is_bound else 200)


def _back(row: Integration | None = None) -> HttpResponse:
    return redirect(f"{reverse('connections:index')}#{f'integration-{row.pk}' if row else 'integrations'}")
