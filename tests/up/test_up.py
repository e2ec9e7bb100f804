"""`manage.py up` as a person runs it: the real command with its real processes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from lumio.env import ROOT
from lumio.up import programs
from lumio.up.valkey import LONGEST_SOCKET_PATH
from tests.processes.process import free_port, wait_for

CHILDREN = {"valkey": "valkey-server", "web": "daphne", "worker": " worker ", "ingest": " ingest"}


class Up:
    """One run of the command on a var folder of its own; ended with everything below it after the test."""

    def __init__(self, folder: Path, *, port: int | None = None, **environment: str) -> None:
        self.var = folder / "var"
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = folder / f"up-{self.port}-{len(list(folder.glob('up-*')))}.log"
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith("LUMIO_") and k not in {"REDIS_URL", "DATABASE_URL"}
        }
        clean |= {"LUMIO_VAR_DIR": str(self.var), "LUMIO_URL": self.url, **environment}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*programs.MANAGE, "up"], env=clean, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.family: set[psutil.Process] = set()

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until_ready(self) -> Up:
        def is_ready() -> bool:
            assert self.process.poll() is None, self.output()
            return f"ready at {self.url}" in self.output()

        wait_for(is_ready, seconds=300, what="starting Lumio")
        assert set(self.children()) == set(CHILDREN)
        return self

    def children(self) -> dict[str, psutil.Process]:
        """The living direct children by name; remembers all descendants, to see later that they are gone."""
        parent = psutil.Process(self.process.pid)
        self.family |= set(parent.children(recursive=True))
        commands = {}
        for child in parent.children():
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                commands[child] = " ".join(child.cmdline()) + " "
        return {name: child for name, word in CHILDREN.items() for child, line in commands.items() if word in line}

    def survivors(self) -> list[str]:
        return [str(process) for process in self.family if is_alive(process)]


def is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Shared by the tests of this file: the second start on a var folder is the fast one."""
    with tempfile.TemporaryDirectory(prefix="lumio-up-") as path:
        yield Path(path)


@pytest.fixture
def runs() -> Iterator[list[Up]]:
    started: list[Up] = []
    yield started
    for up in started:
        end(up)


def end(up: Up) -> None:
    if up.process.poll() is None:
        up.children()
    up.process.kill()
    up.process.wait()
    for process in up.family:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def start(runs: list[Up], folder: Path, **options: Any) -> Up:
    runs.append(Up(folder, **options))
    return runs[-1]


def test_first_start_claims_and_serves_alone_and_stops_without_a_trace(runs, folder: Path, tmp_path: Path):
    up = start(runs, folder).wait_until_ready()

    link = re.search(rf"claim this Lumio, once, at ({up.url}/setup/\S+)", up.output())
    assert link, up.output()
    wait_for(lambda: answers(up), seconds=180, what="web answering")
    assert requests.get(link[1], timeout=60).status_code == 200
    assert sorted(path.name for path in up.var.iterdir() if path.stat().st_mode & 0o077) == []

    # A second one on its folder or port is refused before anything starts.
    same_folder, same_port = start(runs, folder), start(runs, tmp_path, port=up.port)
    assert same_folder.process.wait(180) == same_port.process.wait(180) == 1
    assert f"already running from {up.var} (process {up.process.pid})" in same_folder.output()
    assert same_port.output().count("\n") == 1
    assert f"Lumio cannot start: port {up.port} is taken" in same_port.output()
    assert answers(up)

    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(40) == 0
    assert up.survivors() == []
    assert not (up.var / "valkey.sock").exists()


@pytest.mark.trial
def test_killed_children_come_back(runs, folder: Path):
    up = start(runs, folder).wait_until_ready()

    for count, name in enumerate(CHILDREN, start=1):
        first = up.children()[name].pid
        os.kill(first, signal.SIGKILL)

        wait_for(
            lambda name=name, first=first: (now := up.children().get(name)) and now.pid != first,
            seconds=60,
            what=f"the restart of {name}",
        )
        wait_for(
            lambda count=count: up.output().count("starting it again") >= count, seconds=30, what="the line about it"
        )
        wait_for(lambda: answers(up), seconds=180, what="web answering")

    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(40) == 0
    assert up.survivors() == []


@pytest.mark.trial
def test_killed_supervisor_leaves_nothing_and_the_next_start_works(runs, folder: Path):
    first = start(runs, folder).wait_until_ready()

    first.process.kill()
    second = start(runs, folder, port=first.port)

    second.wait_until_ready()
    assert first.survivors() == []


@pytest.mark.trial
def test_valkey_that_outlived_even_the_watchdog_is_stopped(runs, folder: Path):
    first = start(runs, folder).wait_until_ready()
    orphan = first.children()["valkey"]
    others = [process for process in first.family if process != orphan]
    for process in [psutil.Process(first.process.pid), *others]:
        process.suspend()  # so that none of them reacts to the end of another
    for process in [psutil.Process(first.process.pid), *others]:
        process.kill()
    assert is_alive(orphan)

    second = start(runs, folder).wait_until_ready()

    assert "stopped the Valkey that a killed run left behind" in second.output()
    assert not is_alive(orphan)


@pytest.mark.trial
def test_long_path_to_var_works(runs, folder: Path):
    deep = folder / ("x" * LONGEST_SOCKET_PATH)
    deep.mkdir()
    keys = deep / "var" / "keys.env"

    up = start(runs, deep, LUMIO_STATIC_DIR=str(folder / "var" / "static")).wait_until_ready()

    socket = re.search(r"unixsocket:(\S+)", " ".join(up.children()["valkey"].cmdline()))
    assert socket and not socket[1].startswith(str(deep))
    assert keys.exists()
    up.process.terminate()
    assert up.process.wait(40) == 0
    assert not Path(socket[1]).exists()
    shutil.rmtree(Path(socket[1]).parent)


def test_failing_migration_is_a_sentence(runs, tmp_path: Path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "lumio.sqlite3").write_bytes(b"this is not a database" * 100)

    up = start(runs, tmp_path)

    assert up.process.wait(180) == 1
    assert "Lumio cannot start: the database could not be brought up to date" in up.output().splitlines()[-1]
    assert "file is not a database" in up.output()


def test_an_unsafe_setting_is_refused_before_anything_is_changed(runs, tmp_path: Path):
    up = start(runs, tmp_path, LUMIO_URL=f"http://lumio.example:{free_port()}")

    assert up.process.wait(180) == 1
    assert "LUMIO_URL is http on a public host" in up.output()
    assert "nothing was started" in up.output().splitlines()[-1]
    database = tmp_path / "var" / "lumio.sqlite3"
    with closing(sqlite3.connect(database)) as reader:
        assert reader.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"LUMIO_URL": "localhost"}, "LUMIO_URL is 'localhost'"),
        ({"LUMIO_BIND": "everywhere"}, "LUMIO_BIND is 'everywhere'"),
        ({"LUMIO_VAR_DIR": "/dev/null/var"}, "/dev/null/var cannot be written"),
    ],
)
def test_nonsense_is_one_sentence(runs, tmp_path: Path, environment: dict[str, str], sentence: str):
    up = start(runs, tmp_path, **environment)

    assert up.process.wait(180) == 1
    assert up.output().startswith(f"Lumio cannot start: {sentence}")
    assert up.output().count("\n") == 1


def answers(up: Up) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{up.url}/healthz", timeout=30).status_code == 200
    return False
