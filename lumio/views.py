"""Pages that join everything, and the ones every site has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults

from accounts.actor import PermissionRefused
from accounts.gates import page
from accounts.problems import Problem, problem_of, respond
from lumio import home, onboarding
from lumio.lib.errors import DatabaseAway, is_away

if TYPE_CHECKING:
    from django.core.exceptions import PermissionDenied

    from accounts.http import ActorRequest


@page()
def dashboard(request: ActorRequest) -> HttpResponse:
    steps = onboarding.steps(request.actor)
    next_step = next((step for step in steps if not step.done), None)
    context: dict[str, Any] = {"steps": steps, "next_step": next_step}
    if next_step is None:
        context |= home.of(request.actor)
    return render(request, "dashboard/index.html", context)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request that Django itself could not make sense of."""
    if _is_api(request):
        return respond(Problem(400, "malformed", _("The request could not be understood.")))
    # Without the request: Django's own page reads the form again, which may be what could not be read.
    return HttpResponse(loader.get_template("400.html").render(), status=400)


def permission_refused(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """403: names the permission and says whom to ask."""
    if _is_api(request) and (problem := problem_of(exception)):
        return respond(problem)
    permission = exception.permission if isinstance(exception, PermissionRefused) else None
    return render(request, "403.html", {"permission": permission}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: also for what belongs to somebody else."""
    if _is_api(request) and (problem := problem_of(exception)):
        return respond(problem)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: says that it is our fault, and nothing else. 503 where the database is away, which passes."""
    if is_away(sys.exc_info()[1]):
        return _database_away(request)
    if _is_api(request):
        return respond(Problem(500, "internal_error", _("Something went wrong in Lumio. It has been logged.")))
    return defaults.server_error(request)


def _database_away(request: HttpRequest) -> HttpResponse:
    refusal = DatabaseAway()
    if _is_api(request) and (problem := problem_of(refusal)):
        return respond(problem)
    # Without the request: who is signed in stands in the database.
    content = loader.get_template("503.html").render()
    return HttpResponse(content, status=refusal.status, headers=dict(refusal.headers))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long, or came from elsewhere: say so and offer the way back."""
    return render(request, "403_csrf.html", status=403)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/v1/")
