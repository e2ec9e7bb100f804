"""A process set's database, looked at past Lumio. Statements are plain SQL that SQLite and PostgreSQL both take."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.processes.cluster import Lumio


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

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """The database takes nobody in, and on PostgreSQL throws everybody out; on SQLite it is locked."""
        if not self._url:
            with closing(sqlite3.connect(self._file, timeout=20, isolation_level=None)) as connection:
                connection.execute("BEGIN EXCLUSIVE")
                try:
                    yield
                finally:
                    connection.execute("ROLLBACK")
            return
        name = urlsplit(self._url).path.strip("/")
        with psycopg.connect(self._url.replace(f"/{name}", "/postgres"), autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            try:
                yield
            finally:
                connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    def connect(self) -> Any:
        """A connection of one's own, sqlite3's or psycopg's; they agree on what is used here."""
        if self._url:
            return psycopg.connect(self._url)
        return sqlite3.connect(self._file, timeout=20)
