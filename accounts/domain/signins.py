"""What follows from sign-ins and new passwords, whichever page they came through; see `accounts.apps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts import rights
from accounts.domain.audit import record_of_person as _record
from accounts.enums import Action
from accounts.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest


def signed_in(*, request: HttpRequest, user: User, **_: Any) -> None:
    _record(Action.SIGNED_IN, user, request)


def sign_in_failed(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Noted with the accounts of the person whose address was used; an unknown address is left out of the log."""
    email = credentials.get("email") or credentials.get("username") or ""
    user = User.objects.filter(email__iexact=email).first()
    if user:
        _record(Action.SIGN_IN_FAILED, user, request)


def password_changed(*, user: User, **_: Any) -> None:
    """A new password ends the person's other sessions, and with them the sockets that their pages still hold open."""
    rights.changed_for(user)
