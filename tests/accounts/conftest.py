from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from tests import factories
from tests.processes.valkey import TestValkey


@pytest.fixture
def fresh(client: Client, account: Account) -> Client:
    """Ada, who has just entered her password."""
    client.post("/account/login/", {"login": "ada@example.com", "password": factories.PASSWORD})
    client.post("/account/reauthenticate/", {"password": factories.PASSWORD})
    return client


@pytest.fixture
def valkey(settings: Any) -> Iterator[TestValkey]:
    """A Valkey of one's own, to be hurt."""
    with TestValkey() as valkey:
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": valkey.url}}
        yield valkey
