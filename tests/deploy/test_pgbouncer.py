"""Lumio with PgBouncer between it and PostgreSQL, as deploy/pgbouncer.ini has it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest
import requests

from lumio.env import ROOT
from lumio.up.watchdog import Watchdog
from tests.deploy.proxies import replaced
from tests.processes.cluster import Lumio
from tests.processes.postgres import Postgres
from tests.processes.process import Process, free_port, wait_for
from tests.system.page import Page

EVENTS, PAGES = 200, 5
SERVER_CONNECTIONS = 30


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@contextmanager
def pgbouncer(postgres: Postgres, database: str, mode: str = "transaction") -> Iterator[str]:
    """The address of a new, empty database behind it."""
    port = free_port()
    postgres.create(database)
    host = postgres.url.partition("host=")[2]
    with tempfile.TemporaryDirectory(prefix="lumio-pgbouncer-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "pgbouncer.ini").write_text(
            replaced(
                (ROOT / "deploy" / "pgbouncer.ini").read_text(),
                {
                    "lumio = host=127.0.0.1 port=5432 dbname=lumio": f"{database} = host={host} user=postgres",
                    "listen_port = 6432": f"listen_port = {port}\nunix_socket_dir =",
                    "auth_type = scram-sha-256": "auth_type = any",
                    "auth_file = /etc/pgbouncer/userlist.txt": "",
                    "pool_mode = transaction": f"pool_mode = {mode}",
                },
            )
        )
        watchdog = Watchdog()
        process = Process(
            "pgbouncer",
            [shutil.which("pgbouncer") or "/usr/sbin/pgbouncer", str(folder / "pgbouncer.ini")],
            environment=os.environ,
            log=folder / "output.log",
            watchdog=watchdog,
            user="nobody" if os.geteuid() == 0 else None,
            cwd=folder,
        )
        process.start()
        url = f"postgresql://postgres@127.0.0.1:{port}/{database}"
        try:
            wait_for(lambda: answers(process, url), seconds=20, what="starting PgBouncer")
            yield url
        finally:
            process.stop()
            watchdog.close()


def answers(process: Process, url: str) -> bool:
    assert process.is_running, process.output()
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_everything_works_through_it_on_few_connections(postgres: Postgres, valkey, mode: str):
    with ExitStack() as stack:
        url = stack.enter_context(pgbouncer(postgres, f"lumio_{mode}", mode))
        lumio = stack.enter_context(Lumio(redis_url=valkey.url, database_url=url, web=2, ingest=2))
        account = lumio.inside("tests.system.backstage.an_account")
        token = lumio.inside("tests.system.backstage.owners_token", account)
        pages = [
            stack.enter_context(Page(lumio.url_of(name), token=token, account=account, after={"events": 0}))
            for name in ("web", "web2")
            for _ in range(PAGES)
        ]

        lumio.inside("tests.system.backstage.follows", account, EVENTS)

        for page in pages:
            wait_for(lambda page=page: page.after["events"] == EVENTS, seconds=60, what="seeing everything")
        wait_for(lambda: is_ready(lumio), seconds=120, what="being ready with all processes")
        with psycopg.connect(postgres.url) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            (connections,) = connection.execute(query, [f"lumio_{mode}"]).fetchone()

    assert [[seq for seq, _ in page.seen["events"]] for page in pages] == [list(range(1, EVENTS + 1))] * 2 * PAGES
    assert [page.oddities for page in pages] == [[]] * 2 * PAGES
    assert 0 < connections <= SERVER_CONNECTIONS


def is_ready(lumio: Lumio) -> bool:
    answer = requests.get(f"{lumio.url_of('web')}/readyz", timeout=10)
    return answer.status_code == 200


def test_a_frozen_process_loses_its_locks_all_the_same(postgres: Postgres):
    with pgbouncer(postgres, "lumio_frozen") as url, closing(psycopg.connect(url)) as frozen:
        frozen.execute("SELECT 1")

        time.sleep(7)

        with pytest.raises(psycopg.OperationalError):
            frozen.execute("SELECT 1")
