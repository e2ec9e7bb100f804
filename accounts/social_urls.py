"""The doors to sign in with an account elsewhere. There are none for what the operator has not set up."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.decorators import reauthentication_required
from allauth.socialaccount import views
from django.conf import settings
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.module_loading import import_string

from accounts.gates import page, public
from accounts.social import believing_nothing, unless_switched_off

anybody = public("anybody may try to sign in with an identity; only one that is linked opens anything")


def patterns(providers: Iterable[str]) -> list[URLPattern]:
    """The doors of these providers, by allauth's names for them; without any, none at all."""
    doors: list[URLPattern] = []
    for provider in providers:
        package = f"allauth.socialaccount.providers.{provider}.views"
        begin, callback = (import_string(f"{package}.{name}") for name in ("oauth2_login", "oauth2_callback"))
        doors += [
            path(f"{provider}/login/", anybody(unless_switched_off(provider, begin)), name=f"{provider}_login"),
            path(
                f"{provider}/login/callback/",
                anybody(unless_switched_off(provider, believing_nothing(provider, callback))),
                name=f"{provider}_callback",
            ),
        ]
    if doors:
        doors += [
            path("", page()(reauthentication_required(views.connections)), name="socialaccount_connections"),
            path("cancelled/", anybody(views.login_cancelled), name="socialaccount_login_cancelled"),
            path("error/", anybody(views.login_error), name="socialaccount_login_error"),
            path("signup/", anybody(views.signup), name="socialaccount_signup"),
        ]
    return doors


urlpatterns = patterns(settings.LUMIO_SOCIAL)
