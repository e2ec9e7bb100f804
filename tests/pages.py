"""Pages as tests ask for them and read them."""

from __future__ import annotations

import html
import re
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import Account, User
from tests import factories


def signed_in(user: User) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    return client


def member(account: Account, *permissions: str) -> Client:
    """The browser of somebody who may do this in the account and nothing else."""
    return signed_in(factories.make_member(account=account, permissions=set(permissions)).user)


def words(markup: str) -> str:
    """What a person reads in it."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def said(response: Any) -> list[str]:
    """The messages that the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)]
