"""The pre-flight check: its page, and the one that whoever was sent its address sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts import throttle
from accounts.discreet import discreet
from accounts.enums import Permission
from accounts.gates import page, public
from lumio import preflight
from lumio.lib.errors import Refusal
from lumio.preflight_shown import shown

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.http import ActorRequest
    from lumio.models import Preflight


@require_safe
@page(Permission.CONNECTIONS_READ)
def index(request: ActorRequest) -> HttpResponse:
    """The newest one."""
    rows = preflight.listing(request.actor)
    return _drawn(request, rows[0] if rows else None, rows)


@require_safe
@page(Permission.CONNECTIONS_READ)
def show(request: ActorRequest, preflight_id: UUID) -> HttpResponse:
    """One of them; to htmx what it has found so far."""
    row = preflight.get(request.actor, preflight_id)
    if request.headers.get("HX-Request"):
        return render(request, "preflight/_run.html", {"one": shown(row), **_rights(request)})
    return _drawn(request, row, preflight.listing(request.actor))


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def start(request: ActorRequest) -> HttpResponse:
    try:
        throttle.require(throttle.PREFLIGHTS, request.actor)
        preflight.start(request.actor)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    return redirect("preflight" if request.actor.can(Permission.CONNECTIONS_READ) else "dashboard")


@require_POST
@page(Permission.CONNECTIONS_EDIT)
@sensitive_variables("address")
def share(request: ActorRequest, preflight_id: UUID) -> HttpResponse:
    """The one page that ever shows the address: no redirect, so nothing has to carry it."""
    try:
        row, address = preflight.share(request.actor, preflight_id)
    except Refusal as refusal:
        messages.error(request, refusal.text)
        return redirect("show_preflight", preflight_id)
    response = _drawn(request, row, [], address=address.reveal())
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def unshare(request: ActorRequest, preflight_id: UUID) -> HttpResponse:
    preflight.unshare(request.actor, preflight_id)
    messages.success(request, _("The link shows nothing any more."))
    return redirect("show_preflight", preflight_id)


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return render(request, "refused.html", {"refusal": refusal}, status=refusal.status)


@public("opened by an unguessable code, which works for a day")
@discreet(_refused)
@require_safe
@sensitive_variables("code")
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """What was found, to read: no links, no addresses, no ids."""
    try:
        row = preflight.shared(code)
    except Refusal as refusal:
        return _refused(request, refusal)
    return render(request, "preflight/shared.html", {"one": shown(row, hides=True), "account": row.account})


def _drawn(request: ActorRequest, row: Preflight | None, rows: list[Preflight], *, address: str = "") -> HttpResponse:
    context = {
        "one": shown(row) if row else None,
        "others": [shown(other) for other in rows if row and other.pk != row.pk],
        "address": address,
        **_rights(request),
    }
    return render(request, "preflight/index.html", context)


def _rights(request: ActorRequest) -> dict[str, bool]:
    return {"may_edit": request.actor.can(Permission.CONNECTIONS_EDIT)}
