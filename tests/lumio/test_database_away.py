"""A database that is locked, full up or gone: a page and a problem that say so, never a 500."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from psycopg_pool import PoolTimeout

from lumio.lib.errors import is_away


@pytest.fixture
def away(ada_client: Client, request) -> Iterator[None]:
    """Every query fails."""

    def refuse(*_: object) -> None:
        raise getattr(request, "param", OperationalError)("database is locked")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def browser(ada_client: Client) -> Client:
    ada_client.raise_request_exception = False
    return ada_client


@pytest.mark.parametrize("away", [OperationalError, InterfaceError], indirect=True)
def test_a_page_says_that_it_passes(browser, away):
    response = browser.get("/dashboard")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "The database does not answer" in response.content.decode()


def test_rest_says_so_as_a_problem(browser, away):
    response = browser.get("/v1/tokens")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "database_away"


def test_graphql_says_so_too(browser, away):
    response = browser.post(
        "/v1/gql", {"query": "{ channelConnections { platform } }"}, content_type="application/json"
    )

    assert response.status_code == 503
    assert response.json()["code"] == "database_away"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not the database")
def test_a_write_lock_that_somebody_keeps_is_a_503(ada, account, monkeypatch):
    client = Client(HTTP_HOST="localhost", raise_request_exception=False)
    client.force_login(ada)
    keeper = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
    keeper.execute("BEGIN IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    try:
        response = client.post("/account/logout/")
    finally:
        keeper.execute("ROLLBACK")
        keeper.close()
        connection.close()

    assert response.status_code == 503
    assert client.post("/account/logout/").status_code == 302


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (OperationalError("database is locked"), True),
        (OperationalError("the connection is closed"), True),
        (OperationalError("no such table: accounts_member"), False),
        (ValueError("database is locked"), False),
        (None, False),
    ],
)
def test_only_what_passes_is_called_away(error, away):
    assert is_away(error) is away


def test_a_full_pool_reaches_us_as_an_operational_error():
    with pytest.raises(OperationalError), connection.wrap_database_errors:
        raise connection.Database.OperationalError if connection.vendor == "sqlite" else PoolTimeout
