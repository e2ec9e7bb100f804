"""What recognising a popout token costs."""

from __future__ import annotations

import django
from django.core.management import call_command
from django.db import connection


def token_check_queries() -> float:
    """SQL queries to resolve a popout token that was used within the last minute."""
    django.setup()
    from django.test.utils import CaptureQueriesContext

    from accounts.authentication import actor_from_token
    from tests.factories import make_token

    call_command("migrate", verbosity=0)
    _, secret = make_token(permissions={"events:read"})
    assert actor_from_token(secret.reveal(), "/popout/events"), "the token does not work"
    with CaptureQueriesContext(connection) as queries:
        assert actor_from_token(secret.reveal(), "/popout/events"), "the token does not work"
    return len(queries)
