"""What a socket was opened with. Kept as long as the socket is open, to ask again when rights change."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from accounts.actor import Actor
from accounts.authentication import ACCOUNT_KEY, actor_from_session, actor_from_token


@dataclass(frozen=True)
class TokenText:
    """A popout token, and the page it was used on."""

    text: str = field(repr=False)
    page: str

    def actor(self) -> Actor | None:
        """Who this is now, from the database; None once the token is unknown or revoked."""
        return actor_from_token(self.text, self.page)


@dataclass(frozen=True)
class SessionCookie:
    """The key of a session, and the address it came from."""

    key: str = field(repr=False)
    address: str | None = None

    def actor(self) -> Actor | None:
        """Who this is now, from the database; None once the session or the membership has ended."""
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(self.key)
        user = get_user(request)
        if not user.is_authenticated:
            return None
        return actor_from_session(user, request.session.get(ACCOUNT_KEY), address=self.address)


Credential = TokenText | SessionCookie
