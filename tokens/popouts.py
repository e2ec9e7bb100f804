"""The popouts: unattended pages, opened by a token in their address (or by a session), that run inside OBS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csp.constants import NONE, SELF
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from accounts.actor import PageRefused, PermissionRefused
from accounts.enums import Permission
from accounts.gates import popout
from accounts.throttle import RateLimited
from connections.domain import feed

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.http import ActorRequest

#: Stands in the address for a token that the page has taken out of it (`static/js/popout/link.js`).
HIDDEN = "hidden"


def in_obs(request: HttpRequest) -> bool:
    """Whether the page runs inside OBS, where nothing may become readable on air."""
    return "OBS/" in request.headers.get("User-Agent", "")


def answer(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A popout's response: kept nowhere, found by nobody, framed by nobody, and telling nobody where it came from."""
    response = render(request, template, context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    socket = f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    response["Content-Security-Policy"] = build_policy(
        replace={
            "style-src": settings.OBS_STYLE_SRC,
            "img-src": [SELF, "data:"],
            # 'self' covers sockets since CSP 3, which not every browser source knows.
            "connect-src": [SELF, socket],
            "form-action": [NONE],
        }
    )
    return response


def refused(request: HttpRequest, error: Exception) -> HttpResponse:
    """For whoever may not come in: the shell for a hidden token, nothing inside OBS, else a sentence."""
    if request.GET.get("token") == HIDDEN:
        return answer(request, "popout/shell.html")
    status = 403 if isinstance(error, PermissionDenied) else getattr(error, "status", 401)
    if in_obs(request):
        response = answer(request, "popout/blank.html", status=status)
        if isinstance(error, RateLimited):
            # Nobody sits in front of it to reload the page.
            response["Refresh"] = error.headers["Retry-After"]
        return response
    if isinstance(error, RateLimited):
        sentence = error.text
    elif isinstance(error, PageRefused):
        sentence = _("This link is for another page. Ask whoever gave it to you for one that opens this page.")
    elif isinstance(error, PermissionRefused):
        sentence = _("This link may not open this page: it lacks the permission “{permission}”.").format(
            permission=error.permission.label
        )
    elif "token" in request.GET:
        sentence = _("This link no longer works. Ask whoever gave it to you for a new one.")
    else:
        sentence = _("Sign in to Lumio first, or open the full link with its token.")
    return answer(request, "popout/refused.html", {"sentence": sentence}, status=status)


@gzip_page  # nothing in the page is secret: the token comes in and is never printed
@require_safe
@popout("events", Permission.EVENTS_READ, refused=refused)
def events(request: ActorRequest) -> HttpResponse:
    actor = request.actor
    context = {
        "feed": feed.feed(actor.account.pk, feed.chosen_groups(request.GET.get("types", ""))),
        "channels": feed.channels(actor.account.pk),
        "account_id": actor.account.pk,
        "by_token": actor.token_id is not None,
        **feed.vocabulary(),
    }
    return answer(request, "popout/events.html", context)
