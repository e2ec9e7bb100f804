"""The bell of every page, the page of notifications, and marking them as read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from accounts import paging
from accounts.domain import notifications
from accounts.gates import page

if TYPE_CHECKING:
    from accounts.http import ActorRequest

ROWS = 25


@require_GET
@page()
def index(request: ActorRequest) -> HttpResponse:
    before, after = (paging.number(request.GET.get(name), name, 0, paging.LAST) for name in ("before", "after"))
    found = notifications.listing(request.actor, limit=ROWS, before=before, after=after)
    if after is not None and not found.has_more:
        return redirect("notifications")  # the newest page is full, whatever it began with
    entries = found.rows if after is None else found.rows[::-1]
    context = {
        "entries": entries,
        "newer": entries[0].id if entries and (before is not None or after is not None) else None,
        "older": entries[-1].id if entries and (after is not None or found.has_more) else None,
    }
    return render(request, "notifications/index.html", context)


@require_GET
@page()
def latest(request: ActorRequest) -> HttpResponse:
    """What the bell opens, for htmx. 204 while it is as it was (`?seen=`), to redraw nothing under a finger."""
    found = notifications.bell(request.actor)
    if request.GET.get("seen") == found.fingerprint:
        return HttpResponse(status=204)
    return _drawn(request, found)


@require_POST
@page()
def read(request: ActorRequest, notification_id: int) -> HttpResponse:
    """Mark one as read, and with `follow` go where its button leads."""
    entry = notifications.mark_read(request.actor, notification_id)
    return redirect(entry.url) if "follow" in request.POST else _done(request)


@require_POST
@page()
def read_all(request: ActorRequest) -> HttpResponse:
    notifications.mark_all_read(request.actor)
    return _done(request)


def _done(request: ActorRequest) -> HttpResponse:
    """To htmx the bell as it is now, to a form without scripts the page."""
    if request.headers.get("HX-Request") != "true":
        return redirect("notifications")
    return _drawn(request, notifications.bell(request.actor), is_answer=True)


def _drawn(request: ActorRequest, found: notifications.Bell, *, is_answer: bool = False) -> HttpResponse:
    response = render(request, "notifications/_fresh.html", {"bell": found, "is_answer": is_answer})
    # The list on the page of notifications, where that is open, draws itself again.
    return trigger_client_event(response, "notifications")
