"""What recognising a popout token costs, and listing many of them."""

from __future__ import annotations

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

#: Where tokens are listed.
LISTS = ("/dashboard/tokens", "/v1/tokens")


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


def token_list_queries() -> float:
    """SQL queries to list 1,000 tokens of 20 people, on the page or over REST, whichever takes more."""
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    return max(list_queries(tokens=1000, people=20).values())


def list_queries(*, tokens: int, people: int) -> dict[str, int]:
    """By LISTS: queries for the first page of this many tokens, each assigned to somebody else than its creator."""
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.paging import PAGE
    from tests.factories import actor_of_member, make_account, make_member, make_user
    from tokens.domain.tokens import create

    owner = make_user()
    account = make_account(owner=owner)
    permissions = {"events:read", "chat:read"}
    members = [make_member(account=account, permissions=permissions) for _ in range(people)]
    actors = [actor_of_member(member) for member in members]
    with transaction.atomic():
        for number in range(tokens):
            actor, member = actors[number % people], members[number % people - 1]
            create(actor=actor, label=f"OBS {number}", permissions=permissions, member=member)
    client = Client(HTTP_HOST=settings.LUMIO_HOST)
    client.force_login(owner)
    client.get(LISTS[0])  # the first page of a session also notes where it was begun
    found = {}
    for address in LISTS:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        assert answer.content.decode().count("OBS ") >= min(tokens, PAGE), "tokens are missing"
        found[address] = len(queries)
    return found
