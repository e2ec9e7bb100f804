"""What a request knows about the person behind it before any view runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import render
from django.utils import timezone, translation

from accounts.domain import people
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class PersonMiddleware:
    """Speaks the signed-in person's language and shows their time zone; page errors get a page of their own.

    A request with a popout token stays as `LocaleMiddleware` left it: beside a token no session is read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language, time_zone = "", ""
        # Without the cookie there is no session to ask, so strangers cost no query.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "token" not in request.GET:
            language = getattr(request.user, "language", "")
            time_zone = getattr(request.user, "time_zone", "")
        if language:
            translation.activate(language)
        if zone := people.zone_of(time_zone):
            timezone.activate(zone)
        else:
            timezone.deactivate()
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal that no view turned into a banner: a page with its sentence."""
        if not isinstance(exception, Refusal):
            return None
        return render(request, "refused.html", {"refusal": exception}, status=exception.status)
