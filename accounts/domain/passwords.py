"""A new password for somebody who has forgotten theirs. There may be no mail: an operator hands the link over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth import logout
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import rights
from accounts.domain import sessions
from accounts.domain.audit import record_of_person
from accounts.enums import Action, Via
from accounts.models import User
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest


class NoSuchPerson(Refusal):
    code = "no_such_person"
    status = 404
    sentence = _("Nobody signs in with this e-mail address.")


class SwitchedOff(Refusal):
    code = "switched_off"
    status = 409
    sentence = _("This person's sign-in is switched off. Switch it on in Django admin first.")


@dataclass(frozen=True)
class ResetLink:
    """The parts of the one-time address, and how many second factors were taken away."""

    uidb36: str
    key: str = field(repr=False)
    removed: int


@transaction.atomic
def new_reset_link(email: str, *, without_second_factor: bool = False) -> ResetLink:
    """A link that sets a new password once, within `settings.PASSWORD_RESET_TIMEOUT` seconds.

    It ends with any other change of the password, and with the next sign-in. `without_second_factor` also forgets
    every authenticator app, passkey and recovery code. Raises NoSuchPerson or SwitchedOff.
    """
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        raise NoSuchPerson
    if not user.is_active:
        raise SwitchedOff
    removed = 0
    if without_second_factor:
        for factor in Authenticator.objects.filter(user=user):
            record_of_person(Action.FACTOR_REMOVED, user, via=Via.SYSTEM, name=str(factor))
            factor.delete()
            removed += 1
    record_of_person(Action.RESET_LINK_MADE, user, via=Via.SYSTEM)
    key = default_token_generator.make_token(user)
    return ResetLink(uidb36=user_pk_to_url_str(user), key=key, removed=removed)


@transaction.atomic
def link_used(*, request: HttpRequest, user: User, **_: Any) -> None:
    """The link set a new password: whoever was signed in with the old one is out, on this browser too."""
    record_of_person(Action.RESET_LINK_USED, user, request)
    if request.user == user:
        logout(request)
    sessions.end_all(user=user, request=request)
    rights.changed_for(user)
