"""How people sign in and up, where that differs from allauth's ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import joining, rights
from accounts.domain.sessions import NO_ADDRESS
from accounts.domain.setup import EmailTaken

if TYPE_CHECKING:
    from django.forms import BaseForm
    from django.http import HttpRequest

    from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Signing up is by invitation unless the operator opens it; who signs up openly gets an account of their own."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _("Too many failed login attempts. Try again in five minutes."),
        "rate_limited": _("Too many attempts. Try again in five minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return joining.may_sign_up(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """What `lumio.hosts` worked out; on a unix socket without a proxy's word nobody has an address."""
        return super().get_client_ip(request) if request.META.get("REMOTE_ADDR") else NO_ADDRESS

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failures count for the address that is signed in with. allauth would put the Host header in front of it,
        in which anybody may write another port, or capital letters, for another five attempts."""
        return str(credentials.get("email") or credentials.get("username") or "").lower()

    def logout(self, request: HttpRequest) -> None:
        """End the session, and with it the sockets that its pages still hold open."""
        user = request.user if request.user.is_authenticated else None
        super().logout(request)
        if user is not None:
            rights.changed_for(user)

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Raises EmailTaken for the slower of two who sign up with one address at once."""
        try:
            with transaction.atomic():
                user = super().save_user(request, user, form, commit)
                if commit:
                    joining.settle_in(request, user)
        except IntegrityError as error:
            raise EmailTaken from error
        return user
