"""What follows from sign-ins, second factors and new passwords, whichever page they came through.

`accounts.apps` connects these to the signals of Django and allauth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts import rights
from accounts.authentication import memberships
from accounts.enums import Action, Via
from accounts.models import AuditEntry, User

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from django.http import HttpRequest


def signed_in(*, request: HttpRequest, user: User, **_: Any) -> None:
    note(Action.SIGNED_IN, user, request)


def sign_in_failed(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Noted with the accounts of the person whose address was used; an unknown address is left out of the log."""
    email = credentials.get("email") or credentials.get("username") or ""
    user = User.objects.filter(email__iexact=email).first()
    if user:
        note(Action.SIGN_IN_FAILED, user, request)


def factor_failed(*, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    note(Action.SIGN_IN_FAILED, user, request, name=str(authenticator))


def factor_added(*, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    note(Action.FACTOR_ADDED, user, request, name=str(authenticator))


def factor_removed(*, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    note(Action.FACTOR_REMOVED, user, request, name=str(authenticator))


def codes_renewed(*, request: HttpRequest, user: User, **_: Any) -> None:
    note(Action.CODES_RENEWED, user, request)


def password_changed(*, request: HttpRequest, user: User, **_: Any) -> None:
    """A new password ends the person's other sessions, and with them the sockets that their pages still hold open."""
    note(Action.PASSWORD_CHANGED, user, request)
    rights.changed_for(user)


def note(
    action: Action, user: User, request: HttpRequest | None = None, *, via: Via = Via.SESSION, name: str = ""
) -> None:
    """One line in every account of `user`: each of them is what an intruder would reach.

    `via` SYSTEM is an operator on the machine: the line then names the person as what was changed. `name` says which
    factor or browser it is about.
    """
    by_person = via == Via.SESSION
    AuditEntry.objects.bulk_create(
        AuditEntry(
            account=member.account,
            actor_id=user.pk if by_person else None,
            actor_name=user.display_name if by_person else "Lumio",
            via=via,
            action=action,
            target_type="" if by_person else "user",
            target_id="" if by_person else str(user.pk),
            target_name=(name if by_person else f"{user.display_name}: {name}" if name else user.display_name)[:254],
            address=(request.META.get("REMOTE_ADDR") or None) if request else None,
        )
        for member in memberships(user.pk)
    )
