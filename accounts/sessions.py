"""Sessions in Django's table, for whatever browsers send as their key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.sessions.backends import db

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        """Only what could be a key is looked up: a NUL in a cookie would be an error of PostgreSQL's, and a 500."""
        return key is not None and len(key) >= 8 and key.isascii() and key.isalnum()


class LastSeen:
    """Middleware: keeps when and from where a session was last used. Beside a popout token no session is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        from accounts.domain import sessions  # Django reads this module before there are models

        response = self.get_response(request)
        carries_session = settings.SESSION_COOKIE_NAME in request.COOKIES and "token" not in request.GET
        if carries_session and request.user.is_authenticated:
            sessions.seen(request)
        return response
