"""What follows from sign-ins, second factors and new passwords, whichever page they came through.

`accounts.apps` connects these to the signals of Django and allauth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts import rights
from accounts.domain.audit import record_of_person
from accounts.enums import Action
from accounts.models import User

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from django.http import HttpRequest


def signed_in(*, request: HttpRequest, user: User, **_: Any) -> None:
    record_of_person(Action.SIGNED_IN, user, request)


def sign_in_failed(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Noted with the accounts of the person whose address was used; an unknown address is left out of the log."""
    email = credentials.get("email") or credentials.get("username") or ""
    user = User.objects.filter(email__iexact=email).first()
    if user:
        record_of_person(Action.SIGN_IN_FAILED, user, request)


def factor_failed(*, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    record_of_person(Action.SIGN_IN_FAILED, user, request, name=str(authenticator))


def factor_added(*, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    record_of_person(Action.FACTOR_ADDED, user, request, name=str(authenticator))


def factor_removed(*, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    record_of_person(Action.FACTOR_REMOVED, user, request, name=str(authenticator))


def codes_renewed(*, request: HttpRequest, user: User, **_: Any) -> None:
    record_of_person(Action.CODES_RENEWED, user, request)


def password_changed(*, request: HttpRequest, user: User, **_: Any) -> None:
    """A new password ends the person's other sessions, and with them the sockets that their pages still hold open."""
    record_of_person(Action.PASSWORD_CHANGED, user, request)
    rights.changed_for(user)
