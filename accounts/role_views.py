"""The Roles page: what each role allows, and changing that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain import access, roles
from accounts.enums import Permission
from accounts.gates import page
from accounts.role_forms import RoleForm, initial_of
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.http import ActorRequest

GET_OR_POST = ["GET", "HEAD", "POST"]


@require_safe
@page(Permission.ROLES_READ)
def index(request: ActorRequest) -> HttpResponse:
    found = roles.listing(request.actor)
    context = {
        "roles": [{"role": role, "is_default": roles.default_of(role) is not None} for role in found],
        "all": len(Permission),
        "may_create": request.actor.can(Permission.ROLES_CREATE),
    }
    return render(request, "roles/index.html", context)


@require_http_methods(GET_OR_POST)
@page(Permission.ROLES_CREATE)
def create(request: ActorRequest) -> HttpResponse:
    """Another role; `from` is the slug of one that it begins as a copy of."""
    actor = request.actor
    initial = {}
    if "from" in request.GET:
        model = access.get_role(actor, request.GET["from"], Permission.ROLES_READ)
        initial = initial_of(model, name="", permissions=model.codes & actor.permissions)
    form = RoleForm(actor, request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            made = roles.create(actor=actor, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.text)
        else:
            messages.success(request, _("The role {role} is there now.").format(role=made.label))
            return redirect("roles")
    return render(request, "roles/role.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(GET_OR_POST)
@page(Permission.ROLES_READ)
def role(request: ActorRequest, role_id: UUID) -> HttpResponse:
    """One role: what it allows, to be changed by whoever may.

    `?as=made` begins with what it was made with, `?delete` asks whether to delete it.
    """
    actor = request.actor
    found = access.get_role(actor, role_id, Permission.ROLES_READ)
    default, why_fixed = roles.default_of(found), roles.why_fixed(actor, found)
    may_edit = actor.can(Permission.ROLES_EDIT) and not why_fixed
    initial = initial_of(found)
    if default and may_edit and request.GET.get("as") == "made":
        codes = sorted(default.permissions & actor.permissions)
        initial = {"name": _(default.name), "colour": default.colour, "permissions": codes}
    posted = request.method == "POST"
    if posted:
        actor.require(Permission.ROLES_EDIT)
    form = RoleForm(actor, request.POST if posted else None, initial=initial, is_fixed=not may_edit and not posted)
    if form.is_valid():
        try:
            changed = roles.change(actor=actor, role=found, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.text)
        else:
            sentence = _("The role {role} is saved. It counts at once, on open pages too.")
            messages.success(request, sentence.format(role=changed.label))
            return redirect("roles")
    context = {
        "form": form,
        "role": found,
        "default": default,
        "why_fixed": why_fixed,
        "may_edit": may_edit,
        "may_create": actor.can(Permission.ROLES_CREATE),
        "may_delete": actor.can(Permission.ROLES_DELETE) and not why_fixed and not default,
        "is_deleting": "delete" in request.GET,
        "held_by": found.members.count(),
    }
    return render(request, "roles/role.html", context, status=422 if form.is_bound else 200)


@require_POST
@page(Permission.ROLES_DELETE)
def delete(request: ActorRequest, role_id: UUID) -> HttpResponse:
    found = access.get_role(request.actor, role_id, Permission.ROLES_DELETE)
    try:
        roles.delete(actor=request.actor, role=found)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("The role {role} is gone.").format(role=found.label))
    return redirect("roles" if request.actor.can(Permission.ROLES_READ) else "dashboard")
