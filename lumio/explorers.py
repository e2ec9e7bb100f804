"""The APIs described: OpenAPI document and GraphQL schema for programs, two explorers for people."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page

from accounts.gates import NOT_KEPT, public
from lumio import openapi, sdl
from lumio.lib.errors import Refusal

View = Callable[[HttpRequest], HttpResponse]

DESCRIBES = "describes the API, which is the same for everybody and stands in the source"


class OnlyRead(Refusal):
    code = "method_not_allowed"
    status = 405
    sentence = _("This can only be read.")
    headers = {"Allow": "GET, HEAD"}


def only_read(view: View) -> View:
    """Refuses everything else as the API does, which `require_safe` and the CSRF check do not."""

    @wraps(view)
    def safe(request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            raise OnlyRead
        return view(request)

    return csrf_exempt(safe)


@gzip_page
@only_read
@cache_control(public=True, max_age=300)
@public(DESCRIBES)
def openapi_document(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_read(openapi.FILE), content_type="application/json")


@gzip_page
@only_read
@cache_control(public=True, max_age=300)
@public(DESCRIBES)
def graphql_schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_read(sdl.FILE), content_type="text/plain; charset=utf-8")


@only_read
@public(DESCRIBES)
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI. What is tried out there is asked for as whoever is signed in here, or with a token."""
    return _kept_nowhere(render(request, "api/docs.html"))


@only_read
@public("there only in development, and asks as whoever is signed in")
def graphiql(request: HttpRequest) -> HttpResponse:
    """GraphiQL. It draws what introspection tells, which is open in development alone."""
    if not settings.DEBUG:
        raise Http404
    return _kept_nowhere(render(request, "api/graphiql.html"))


def _kept_nowhere(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = NOT_KEPT  # it carries the CSRF token of a session
    return response


@cache
def _read(file: Path) -> bytes:
    return file.read_bytes()
