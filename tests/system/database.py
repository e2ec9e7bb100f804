"""A process set's database, looked at past Lumio. Statements are plain SQL that SQLite and PostgreSQL both take."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

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

    def connect(self) -> Any:
        """A connection of one's own, sqlite3's or psycopg's; they agree on what is used here."""
        if self._url:
            return psycopg.connect(self._url)
        return sqlite3.connect(self._file, timeout=20)
