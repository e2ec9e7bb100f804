"""A process set's database, looked at past Lumio. Statements are plain SQL that SQLite and PostgreSQL both take."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from uuid import uuid4

import psycopg

from tests.processes.cluster import Lumio


@contextmanager
def fresh_database() -> Iterator[str]:
    """The DATABASE_URL for a process set: on the server that the tests run on, or "" for SQLite."""
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        yield ""
        return
    name = f"lumio_system_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield make_url(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def make_url(server: str, name: str) -> str:
    """The address of another database on the same server."""
    head, separator, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{separator}{query}"


class Database:
    def __init__(self, lumio: Lumio) -> None:
        self._url = lumio.environment["DATABASE_URL"]
        self._file = lumio.var / "lumio.sqlite3"

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(self.connect()) as connection:
            return connection.execute(statement).fetchall()

    def change(self, statement: str) -> None:
        with closing(self.connect()) as connection:
            connection.execute(statement)
            connection.commit()

    def connect(self) -> Any:
        """A connection of one's own, sqlite3's or psycopg's; they agree on what is used here."""
        if self._url:
            return psycopg.connect(self._url)
        return sqlite3.connect(self._file, timeout=20)
