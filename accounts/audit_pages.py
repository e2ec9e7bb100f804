"""The page of the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audit_forms import AuditFilterForm
from accounts.audit_words import line
from accounts.domain import audit_log
from accounts.downloads import download, file_name
from accounts.enums import Permission
from accounts.gates import page
from accounts.paging import PAGE, Page

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from accounts.http import ActorRequest
    from accounts.models import AuditEntry


@page(Permission.AUDIT_READ)
@require_safe
def index(request: ActorRequest) -> HttpResponse:
    """Who did what, newest first. Three queries, beside those of every page."""
    actor = request.actor
    form = AuditFilterForm(request.GET, people=audit_log.people(actor))
    found: Page[AuditEntry] = Page([], has_more=False)
    cursor: dict[str, int | None] = {}
    if form.is_valid():
        cursor = form.cursor
        found = audit_log.page(actor, form.filter, limit=PAGE, **cursor)
    turned = cursor.get("after") is not None
    rows = found.rows[::-1] if turned else found.rows
    context = {
        "form": form,
        "lines": [line(entry) for entry in rows],
        # A page that was turned to from a newer or an older one has that one beside it.
        "newer": rows[0].pk if rows and (found.has_more if turned else cursor.get("before") is not None) else None,
        "older": rows[-1].pk if rows and (turned or found.has_more) else None,
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "audit/index.html", context, status=200 if form.is_valid() else 422)


@page(Permission.AUDIT_READ)
@require_POST
def export(request: ActorRequest) -> HttpResponseBase:
    """What the page's filter shows, as CSV."""
    form = AuditFilterForm(request.POST, people=audit_log.people(request.actor))
    if not form.is_valid():
        return redirect("audit")
    pieces = audit_log.export(request.actor, form.filter)
    return download(
        request, pieces, name=file_name("audit-log", request.actor.account, "csv"), kind="text/csv; charset=utf-8"
    )
