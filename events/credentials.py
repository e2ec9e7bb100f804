"""What a socket was opened with. Kept as long as the socket is open, to ask again when rights change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from accounts.actor import Actor
from accounts.authentication import ACCOUNT_KEY, actor_from_session, actor_from_token


class Credential(Protocol):
    """One of those below, or what an upper app lets its pages in with. Two that are equal are the same caller."""

    def within(self, account_id: UUID) -> Credential:
        """The same, for sockets of this account alone."""

    def actor(self) -> Actor | None:
        """Who this is now, from the database; None for nobody any more."""


@dataclass(frozen=True)
class TokenText:
    """A popout token, and the page it was used on, which makes no difference to what it is."""

    text: str = field(repr=False)
    page: str = field(compare=False)

    def within(self, account_id: UUID) -> TokenText:
        """The same: a token belongs to one account."""
        return self

    def actor(self) -> Actor | None:
        """Who this is now, from the database; None once the token is unknown or revoked."""
        return actor_from_token(self.text, self.page)


@dataclass(frozen=True)
class SessionCookie:
    """The key of a session, the address it came from, and the account whose page opened the socket."""

    key: str = field(repr=False)
    address: str | None = None
    account_id: str | None = None

    def within(self, account_id: UUID) -> SessionCookie:
        """The same, kept to one account: the session may change to another while the page of this one stays open."""
        return replace(self, account_id=str(account_id))

    def actor(self) -> Actor | None:
        """Who this is now, from the database; None once the session or the membership has ended."""
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(self.key)
        user = get_user(request)
        if not user.is_authenticated:
            return None
        account_id = self.account_id or request.session.get(ACCOUNT_KEY)
        return actor_from_session(user, account_id, address=self.address)
