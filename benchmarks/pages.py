"""What pages cost."""

from __future__ import annotations

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection


def connections_page_queries() -> float:
    """SQL queries of the Connections page with everything connected, broken and announced that it can show."""
    django.setup()
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.factories import make_user
    from tests.pictures.cards import fill

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    owner = make_user()
    fill(owner)
    client = Client(HTTP_HOST=settings.LUMIO_HOST)
    client.force_login(owner)
    client.get("/dashboard/connections")  # the first page of a session also notes where it was begun
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/dashboard/connections")
    assert page.content.decode().count("</article>") >= 5, "a card is missing"
    return len(queries)
