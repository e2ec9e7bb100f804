"""Pages that join everything, and the ones every site has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.http import require_http_methods
from django_guid import get_guid

from accounts.actor import PermissionRefused
from accounts.authentication import caller_of, carries_token
from accounts.domain import explain
from accounts.enums import Permission
from accounts.gates import page
from accounts.problems import Problem, problem_of, respond
from connections.domain import chat_page, feed, music_page
from events.domain import samples
from integrations.domain import obs_page
from lumio import event_log, first_steps, home
from lumio.forms import SearchForm, TestEventForm
from lumio.lib.errors import DatabaseAway, Refusal, is_away

if TYPE_CHECKING:
    from django.core.exceptions import PermissionDenied

    from accounts.http import ActorRequest


@page()
def dashboard(request: ActorRequest) -> HttpResponse:
    """The page, until the first event only the steps to it; to htmx its part about health, which is not live."""
    if request.headers.get("HX-Request") and request.actor.can(Permission.CONNECTIONS_READ):
        return render(request, "dashboard/_health.html", home.health(request.actor))
    left = first_steps.left(request.actor.account)
    if left == first_steps.Left.EVERYTHING:
        return render(request, "dashboard/first.html", {"guide": first_steps.guide(request.actor, has_events=False)})
    return render(request, "dashboard/index.html", {"left": left, **home.of(request.actor)})


@require_http_methods(["GET", "POST"])
@page(Permission.EVENTS_READ)
def events(request: ActorRequest) -> HttpResponse:
    """Everything that happened, to search; a form that is sent has a test event happen.

    The page itself asks for the rows alone: those that came meanwhile.
    """
    sent = TestEventForm(request.POST) if request.method == "POST" else None
    if sent and (answer := _send(request, sent)):
        return answer
    form = SearchForm({} if sent else request.GET)
    found = event_log.read(request.actor, form.search, **form.cursor) if form.is_valid() else event_log.NOTHING
    if request.headers.get("HX-Request"):
        return render(request, "dashboard/_event_rows.html", {"found": found})
    context = {
        "form": form,
        "found": found,
        "test_form": sent or TestEventForm(initial={"what": request.GET.get("test")}),
        "may_test": request.actor.can(Permission.EVENTS_CREATE),
        "is_testing": sent is not None or "test" in request.GET,
        "account_id": request.actor.account.pk,
        **feed.vocabulary(),
    }
    return render(request, "dashboard/events.html", context, status=422 if sent or not form.is_valid() else 200)


@page(Permission.CHAT_READ)
def chat(request: ActorRequest) -> HttpResponse:
    """The merged chat, to read, answer and moderate."""
    context = {"account_id": request.actor.account.pk, **feed.vocabulary()}
    return render(request, "dashboard/chat.html", context | chat_page.page(request.actor))


@page(Permission.SPOTIFY_READ)
def music(request: ActorRequest) -> HttpResponse:
    """What plays on stream, and its controls."""
    context = {"account_id": request.actor.account.pk, **feed.vocabulary()}
    return render(request, "dashboard/music.html", context | music_page.page(request.actor, has_controls=True))


@page(Permission.SETTINGS_READ)
def obs(request: ActorRequest) -> HttpResponse:
    """The account's OBS, live, and their controls."""
    context = {"account_id": request.actor.account.pk, **feed.vocabulary()}
    told = obs_page.page(request.actor, has_controls=True, wanted=request.GET.get("obs", ""))
    return render(request, "dashboard/obs.html", context | told)


@page()
def help_page(request: ActorRequest) -> HttpResponse:
    """What to do when something does not work; other pages lead to its parts."""
    return render(request, "help.html", {"can": request.actor.permissions})


def _send(request: ActorRequest, form: TestEventForm) -> HttpResponse | None:
    """Back to the page where the test event now stands; None for a form that says what is wrong with it."""
    request.actor.require(Permission.EVENTS_CREATE)
    if not form.is_valid():
        return None
    try:
        row = samples.send(actor=request.actor, **form.sample)
    except Refusal as refusal:
        form.add_error(None, refusal.text)
        return None
    messages.success(request, _("Sent as event {seq}, marked TEST.").format(seq=row.seq))
    return redirect(f"{reverse('events')}?{urlencode({'test': form.cleaned_data['what']})}")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request that Django itself could not make sense of."""
    if _is_api(request):
        return respond(Problem(400, "malformed", _("The request could not be understood.")))
    # Django's own page reads the form again, which may be what could not be read.
    return _without_request("400.html", 400)


def permission_refused(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """403: names the permission, the roles that have it, and whom to ask."""
    if _is_api(request) and (problem := problem_of(exception)):
        return respond(problem)
    permission = exception.permission if isinstance(exception, PermissionRefused) else None
    actor = caller_of(request) if permission and not carries_token(request) else None
    roles = explain.roles_with(actor.account, permission) if actor and permission else []
    return render(request, "403.html", {"permission": permission, "roles": roles}, status=403)


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
        told = {"request_id": get_guid()}
        return respond(Problem(500, "internal_error", _("Something went wrong in Lumio. It has been logged."), told))
    # What else the page would say may be what broke.
    return _without_request("500.html", 500)


def _database_away(request: HttpRequest) -> HttpResponse:
    refusal = DatabaseAway()
    if _is_api(request) and (problem := problem_of(refusal)):
        return respond(problem)
    # Who is signed in stands in the database.
    return _without_request("503.html", refusal.status, headers=dict(refusal.headers))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long, or came from elsewhere: say so and offer the way back."""
    return render(request, "403_csrf.html", status=403)


def _without_request(template: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    """A page that asks for nothing but the request's number."""
    content = loader.get_template(template).render({"request_id": get_guid()})
    return HttpResponse(content, status=status, headers=headers)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/v1/")
