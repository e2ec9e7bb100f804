"""People, credentials and grants, put into a process set's own database (`manage.py shell` runs this there)."""

from __future__ import annotations

import json
from typing import Any

from connections.models import Connection
from tests import factories
from tests.fakes import cast

EMAIL = "ada@example.com"
PERMISSIONS = frozenset({"events:read", "chat:read"})


def set_stage(*grants: dict[str, Any]) -> None:
    """An account for each grant (`user` and what the token endpoint answered); prints what a test needs, as JSON."""
    print(json.dumps([_account(number, **grant) for number, grant in enumerate(grants)]))


def _account(number: int, *, channel_id: str, login: str, answer: dict[str, Any]) -> dict[str, str]:
    owner = factories.make_user(email=EMAIL if number == 0 else None, name=login, password=factories.PASSWORD)
    account = factories.make_account(owner=owner, name=login)
    factories.make_credentials(account=account, client_id=cast.CLIENT_ID, client_secret=cast.CLIENT_SECRET)
    connection: Connection = factories.make_connection(
        account=account,
        access_token=answer["access_token"],
        refresh_token=answer["refresh_token"],
        expires_in=answer["expires_in"],
        channel_id=channel_id,
        channel_login=login,
        channel_name=login,
        scopes=answer["scope"],
    )
    _, secret = factories.make_token(actor=factories.make_actor(account=account), permissions=PERMISSIONS)
    return {"account": str(account.pk), "connection": str(connection.pk), "token": secret.reveal()}
