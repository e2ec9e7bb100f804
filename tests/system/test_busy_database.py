"""A database that somebody else writes to, or that is away: pages wait, sockets are told to come back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.db import OperationalError, connection, transaction

from events import socket_consumer
from events.sockets import Close
from lumio.asgi import application
from tests import factories
from tests.processes.fixtures import valkey
from tests.system.test_bad_input import opened
from tests.waiting import in_db
from tokens.models import PopoutToken

__all__ = ["valkey"]


@contextmanager
def another_writer(*, seconds: float) -> Iterator[None]:
    """Something else holds the database, at most for so long."""
    is_locked, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:  # on SQLite this is the lock
                if connection.vendor == "postgresql":
                    cursor.execute("LOCK TABLE tokens_popouttoken IN ACCESS EXCLUSIVE MODE")
                is_locked.set()
                is_over.wait(seconds)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert is_locked.wait(10)
        yield
    finally:
        is_over.set()
        holder.join()


@pytest.mark.django_db(transaction=True)
def test_pages_wait_for_another_writer(ada_client) -> None:
    with another_writer(seconds=3):
        answers = [
            ada_client.get("/dashboard").status_code,
            ada_client.post("/dashboard/tokens/new", {"permissions": ["events:read"]}).status_code,
            ada_client.get("/dashboard/tokens").status_code,
        ]

    assert answers == [200, 200, 200]
    assert PopoutToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
async def test_a_socket_that_waits_for_another_writer_is_not_turned_away(
    ada_actor, valkey, settings, monkeypatch
) -> None:
    """The first use of a token is written down. Not to be let in is for good, so it must not come from waiting."""
    settings.REDIS_URL = valkey.url
    monkeypatch.setattr(socket_consumer, "AUTHENTICATE_WITHIN", 0.1)
    _, secret = await in_db(lambda: factories.make_token(actor=ada_actor, permissions={"events:read"}))

    with another_writer(seconds=0.5):
        wire = await opened(secret.reveal())

    await wire.disconnect()


@pytest.mark.parametrize("broken", ["events.credentials.actor_from_token", "events.fanout._last_seq"])
@pytest.mark.django_db(transaction=True)
async def test_a_socket_whose_database_is_away_is_told_to_come_back(
    ada_actor, valkey, settings, monkeypatch, broken
) -> None:
    settings.REDIS_URL = valkey.url
    _, secret = await in_db(lambda: factories.make_token(actor=ada_actor, permissions={"events:read"}))

    def away(*arguments: Any) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(broken, away)
    wire = WebsocketCommunicator(application, f"/v1/ws?token={secret.reveal()}", headers=[(b"host", b"localhost:8000")])
    await wire.connect(30)
    await wire.send_to(text_data=json.dumps({"type": "subscribe", "channel": f"events:{ada_actor.account.pk}"}))
    while (told := await wire.receive_output(30))["type"] != "websocket.close":
        assert json.loads(told["text"])["type"] == "ready"

    assert told["code"] == Close.RESTARTING
    await wire.disconnect()
