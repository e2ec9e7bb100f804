"""Who calls Lumio in the tests of deploy/, made inside of it (`Lumio.inside`)."""

from __future__ import annotations

from django.conf import settings
from django.test import Client

from accounts.models import User


def owners_session(account_id: str) -> str:
    """The key of a session in which the account's owner is signed in."""
    browser = Client()
    browser.force_login(User.objects.get(memberships__account=account_id, memberships__role__slug="owner"))
    return browser.cookies[settings.SESSION_COOKIE_NAME].value
