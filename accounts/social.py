"""Signing in with an account elsewhere (Google, Twitch, …), where the operator set it up. allauth does the work.

An identity opens only what its owner linked to it before, signed in: never somebody's account by an e-mail address.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.forms import DisconnectForm
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import joining
from accounts.domain.audit import record_of_person
from accounts.enums import Action

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialAccount, SocialLogin
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User

log = logging.getLogger(__name__)

#: Gives the providers that are switched off by allauth's names for them, each with the reason (or "").
Switches = Callable[[], Mapping[str, str]]
_switches: list[Switches] = []


def register_switches(switches: Switches) -> None:
    """Let an upper app switch providers off. Called once, from `AppConfig.ready()`."""
    _switches.append(switches)


def switched_off() -> dict[str, str]:
    """The providers nobody may sign in with now, each with the reason (or ""). One query."""
    return {provider: reason for switches in _switches for provider, reason in switches().items()}


def offered() -> list[tuple[str, str]]:
    """The providers that somebody may sign in with: allauth's name, and the one people know."""
    off = switched_off() if settings.LUMIO_SOCIAL else {}
    return [(provider, settings.SOCIAL_NAMES[provider]) for provider in settings.LUMIO_SOCIAL if provider not in off]


class SocialAdapter(DefaultSocialAccountAdapter):
    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "email_taken": _(
            "Somebody already signs in with this e-mail address. If it is you, sign in and link your %s account there."
        ),
        "no_password": _("Set a password first: without this one nothing would let you in any more."),
        "connected_other": _("Somebody else here signs in with it. Unlink it there first."),
    }

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Turn strangers away with a sentence, unless they may sign up."""
        signs_in = sociallogin.state.get("process") != "connect"
        if signs_in and not sociallogin.is_existing and not joining.may_sign_up(request):
            sentence = gettext(
                "Nobody here has linked this {provider} account. Sign in another way, then link it under Security."
            )
            messages.error(request, sentence.format(provider=sociallogin.provider.name))
            raise ImmediateHttpResponse(redirect("account_login"))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return super().is_open_for_signup(request, sociallogin) and sociallogin.account.provider not in switched_off()

    def on_authentication_error(self, request: HttpRequest, provider: Any, error: Any = None, **details: Any) -> None:
        if error != AuthError.CANCELLED:
            log.warning("Signing in with %s failed: %s", provider.name, type(details.get("exception")).__name__)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user = super().populate_user(request, sociallogin, data)
        user.email = user.email.lower()
        longest = user._meta.get_field("name").max_length
        user.name = str(data.get("name") or data.get("username") or "").replace("\x00", "")[:longest]
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """A new person, in the account they belong to; where there was a form, `AccountAdapter` sees to that."""
        with transaction.atomic():
            user = super().save_user(request, sociallogin, form)
            if form is None:
                joining.settle_in(request, user)
        return user


class UnlinkForm(DisconnectForm):
    #: Every form's `account` is the account it was made for, so this one's is called "identity-account".
    prefix = "identity"


def linked(*, request: HttpRequest, sociallogin: SocialLogin, **_: Any) -> None:
    record_of_person(Action.IDENTITY_LINKED, sociallogin.user, request)


def unlinked(*, request: HttpRequest, socialaccount: SocialAccount, **_: Any) -> None:
    record_of_person(Action.IDENTITY_UNLINKED, socialaccount.user, request)


def unless_switched_off(provider: str, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A door of allauth's that is closed, with a sentence, while the operator has switched the provider off."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        off = switched_off()
        if provider not in off:
            return view(request, *args, **kwargs)
        sentence = gettext("Signing in with {provider} is switched off by whoever runs this Lumio.")
        said = (sentence.format(provider=settings.SOCIAL_NAMES[provider]), off[provider])
        messages.error(request, " ".join(filter(None, said)))
        return redirect("socialaccount_connections" if request.user.is_authenticated else "account_login")

    return guarded


def believing_nothing(provider: str, callback: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """allauth's callback, for a provider that may answer anything: what it cannot make sense of is a failed sign-in."""

    @wraps(callback)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return callback(request, *args, **kwargs)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            log.exception("What %s answered makes no sense", provider)
            found = SocialAdapter(request).get_provider(request, provider)
            return render_authentication_error(request, found, exception=error)

    return view
