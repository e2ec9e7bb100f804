"""Fixtures that start real processes; list `tests.processes.fixtures` in `pytest_plugins` to have them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.processes.cluster import Lumio
from tests.processes.postgres import Postgres, fresh_database
from tests.processes.valkey import TestValkey


@pytest.fixture(scope="session")
def valkey() -> Iterator[TestValkey]:
    """A Valkey for the whole run. A test that kills it starts it again."""
    with TestValkey() as server:
        yield server


@pytest.fixture
def start_lumio(valkey: TestValkey) -> Iterator[Callable[..., Lumio]]:
    """Starts process sets with the options of `Lumio`, and stops them after the test."""
    with ExitStack() as started:

        def start(**options: object) -> Lumio:
            return started.enter_context(Lumio(redis_url=valkey.url, **options))  # type: ignore[arg-type]

        yield start


@pytest.fixture
def cluster(start_lumio: Callable[..., Lumio]) -> Lumio:
    """One of each process, on SQLite."""
    return start_lumio()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of an empty database: of the server that the tests run on, or of one started here."""
    if os.environ.get("DATABASE_URL"):
        with fresh_database() as url:
            yield url
    else:
        with Postgres() as server:
            yield server.url
