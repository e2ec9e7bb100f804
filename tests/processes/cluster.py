"""Lumio as it runs: real web, worker, beat and ingest processes against a database and a Valkey of a test's choice."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType

import requests

from lumio.env import ROOT
from lumio.up import programs
from lumio.up.watchdog import Watchdog
from tests.fakes.proxy import FaultProxy
from tests.processes import made
from tests.processes.inside import Inside
from tests.processes.process import Process, free_port, output_of, wait_for

#: Of these, `Lumio.forget` leaves the rows alone.
KEPT_TABLES = ("sqlite_", "django_migrations", "django_content_type", "auth_permission", "lumio_")
ENCRYPTION_KEYS = "test:" + base64.b64encode(b"k" * 32).decode()


class Lumio:
    """Context manager around one process set.

    `web`, `worker`, `beat` and `ingest` are how many run of each. Several web processes stand behind a balancer, which
    is then `url`; each also has a port of its own. Without `database_url` it uses SQLite with WAL in a temporary var
    folder. `environment` is added last, so it can point platforms at stand-ins or arm a crash point. `pings` are the
    seconds between two pings to a socket and of waiting for an answer. Processes are addressed by name: "web", "web2",
    …, "worker", "beat", "ingest", "ingest2", ….
    """

    def __init__(
        self,
        *,
        redis_url: str,
        database_url: str = "",
        web: int = 1,
        ingest: int = 1,
        worker: int = 1,
        beat: int = 1,
        pings: tuple[int, int] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="lumio-cluster-"))
        self._watchdog = Watchdog()
        self._ports = [free_port() for _ in range(web)]
        self.balancer = FaultProxy(*(("127.0.0.1", port) for port in self._ports))
        self.balancer.port = free_port()
        front = self.balancer.port if web > 1 else self._ports[0]
        self.url = f"http://localhost:{front}"
        self.overlay_url = f"http://overlay.localhost:{front}"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "lumio.settings",
            "LUMIO_VAR_DIR": str(self.var),
            "LUMIO_SECRET_KEY": "a-secret-key-for-tests-only-of-more-than-fifty-characters",
            "LUMIO_ENCRYPTION_KEYS": ENCRYPTION_KEYS,
            "LUMIO_URL": self.url,
            "LUMIO_OVERLAY_URL": self.overlay_url,
            "LUMIO_DEBUG": "0",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }
        self.inside = Inside(self.environment)
        commands = {_numbered("web", n): _web(port, pings) for n, port in enumerate(self._ports)}
        commands |= {_numbered("worker", n): programs.worker() for n in range(worker)}
        commands |= {_numbered("beat", n): programs.beat() for n in range(beat)}
        commands |= {_numbered("ingest", n): programs.ingest() for n in range(ingest)}
        self.processes = {name: self._process(name, argv) for name, argv in commands.items()}

    @property
    def web(self) -> list[Process]:
        return [process for name, process in self.processes.items() if name.startswith("web")]

    def url_of(self, name: str) -> str:
        """The address of one web process, as `url_of("web2")`."""
        return f"http://localhost:{self._ports[list(self.processes).index(name)]}"

    def start(self) -> None:
        """Migrate, have the static files, start everything and wait until each web process answers /healthz."""
        if self.environment["DATABASE_URL"] or self.environment["LUMIO_ENCRYPTION_KEYS"] != ENCRYPTION_KEYS:
            self.manage("migrate", "--verbosity", "0")
        else:
            shutil.copy(made.database(self.environment), self.var / "lumio.sqlite3")
        shutil.copytree(made.static(self.environment), self.var / "static")
        self.balancer.start()
        for process in self.processes.values():
            process.start()
        for process in self.web:
            self.wait_until_healthy(process.name)

    def stop(self) -> None:
        """Stop everything in order and remove the var folder."""
        self.inside.stop()
        for process in reversed(self.processes.values()):
            process.stop()
        self.balancer.stop()
        self._watchdog.close()
        shutil.rmtree(self.var, ignore_errors=True)

    def __enter__(self) -> Lumio:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def forget(self) -> None:
        """Be a fresh instance on SQLite again, while everything runs on. What Django itself made stays."""
        with closing(sqlite3.connect(self.var / "lumio.sqlite3", timeout=30, isolation_level=None)) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            database.execute("BEGIN IMMEDIATE")
            for table in tables:
                if not table.startswith(KEPT_TABLES):
                    database.execute(f"DELETE FROM {table}")
            database.execute("COMMIT")

    def kill(self, name: str) -> None:
        """`kill -9` one process."""
        self.processes[name].kill()

    def restart(self, name: str, *, environment: Mapping[str, str] | None = None) -> None:
        """Stop one process if it runs and start it again; `environment` changes it for this and later runs."""
        process = self.processes[name]
        process.stop()
        if environment:
            process = self.processes[name] = self._process(name, process.argv, environment)
        process.start()
        if name.startswith("web"):
            self.wait_until_healthy(name)

    def pause(self, name: str) -> None:
        self.processes[name].pause()

    def resume(self, name: str) -> None:
        self.processes[name].resume()

    def logs(self, name: str) -> str:
        """Everything the process has printed, over all its runs."""
        return self.processes[name].output()

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` in this set's environment; its output, or AssertionError with it."""
        return output_of([*programs.MANAGE, *arguments], environment=self.environment, cwd=ROOT)

    def wait_until_healthy(self, name: str) -> None:
        process = self.processes[name]

        def is_healthy() -> bool:
            assert process.is_running, f"{name} ended with {process.exit_code}:\n{process.output()}"
            return _answers(f"{self.url_of(name)}/healthz")

        wait_for(is_healthy, seconds=180, what=f"starting {name}")

    def _process(self, name: str, argv: list[str], environment: Mapping[str, str] | None = None) -> Process:
        return Process(
            name,
            argv,
            # Under its name PostgreSQL lists what the process has open.
            environment={**self.environment, "PGAPPNAME": name, **(environment or {})},
            log=self.var / f"{name}.log",
            watchdog=self._watchdog,
            cwd=ROOT,
        )


def _web(port: int, pings: tuple[int, int] | None) -> list[str]:
    argv = programs.web("127.0.0.1", port)
    for option, seconds in zip(("--ping-interval", "--ping-timeout"), pings or (), strict=False):
        argv[argv.index(option) + 1] = str(seconds)
    return argv


def _numbered(name: str, index: int) -> str:
    return name if index == 0 else f"{name}{index + 1}"


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False
