"""The supervisor in a process of its own, with small children that write down what happens to them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.processes.process import wait_for

SUPERVISE = """
import sys
from lumio.up.console import Console
from lumio.up.supervisor import Child, Supervisor
from lumio.up.watchdog import Watchdog

with Supervisor(Console(sys.stdout), Watchdog()) as supervisor:
    for argument in sys.argv[1:]:
        name, _, script = argument.partition("=")
        supervisor.start(Child(name, ["/bin/sh", "-c", script], {"NAME": name}, grace=1))
    supervisor.serve()
"""
RECORD = 'echo $$ >> $NAME.pid; trap "echo $NAME >> stopped; exit 0" TERM; while :; do sleep 0.05; done'
STUBBORN = 'echo $$ >> $NAME.pid; trap "" TERM; while :; do sleep 0.05; done'


class Run:
    def __init__(self, folder: Path, **children: str) -> None:
        self.folder = folder
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-c", SUPERVISE, *(f"{name}={script}" for name, script in children.items())],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        for name in children:
            wait_for(lambda name=name: self.pids(name), seconds=30, what=f"starting {name}")

    def pids(self, name: str) -> list[int]:
        """Every run's process number, the current one last."""
        with suppress(FileNotFoundError):
            return [int(line) for line in (self.folder / f"{name}.pid").read_text().splitlines()]
        return []

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        run.supervisor.kill()
        run.supervisor.wait()


def start(runs: list[Run], folder: Path, **children: str) -> Run:
    runs.append(Run(folder, **children))
    return runs[-1]


def is_alive(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def test_dead_child_is_started_again_and_said_so(runs, tmp_path: Path):
    run = start(runs, tmp_path, web=RECORD, worker=RECORD)

    os.kill(run.pids("web")[0], signal.SIGKILL)

    wait_for(lambda: len(run.pids("web")) == 2, seconds=30, what="the restart")
    assert "lumio   | web was ended by signal 9 (Killed); starting it again in 0.5 s" in run.lines()
    assert len(run.pids("worker")) == 1


def test_child_that_keeps_dying_is_started_ever_later(runs, tmp_path: Path):
    run = start(runs, tmp_path, web="echo $$ >> $NAME.pid; exit 3")

    wait_for(lambda: len(run.pids("web")) == 3, seconds=30, what="the second restart")

    said = [line for line in run.lines() if "ended by itself (exit code 3)" in line]
    assert [line.rpartition(" in ")[2] for line in said[:2]] == ["0.5 s", "1 s"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stop_ends_the_last_started_first(runs, tmp_path: Path, number: int):
    run = start(runs, tmp_path, valkey=RECORD, web=RECORD, ingest=RECORD)

    run.supervisor.send_signal(number)

    assert run.supervisor.wait(30) == 0
    assert (tmp_path / "stopped").read_text().split() == ["ingest", "web", "valkey"]
    assert not any(is_alive(run.pids(name)[0]) for name in ("valkey", "web", "ingest"))


def test_child_that_will_not_stop_is_ended_after_its_grace(runs, tmp_path: Path):
    run = start(runs, tmp_path, web=STUBBORN)

    run.supervisor.send_signal(signal.SIGTERM)

    assert run.supervisor.wait(30) == 0
    assert "lumio   | web did not stop within 1 s; ending it" in run.lines()
    assert not is_alive(run.pids("web")[0])


def test_second_signal_means_now(runs, tmp_path: Path):
    run = start(runs, tmp_path, one=STUBBORN, two=STUBBORN, three=STUBBORN, four=STUBBORN)

    run.supervisor.send_signal(signal.SIGINT)
    wait_for(lambda: any("stopping" in line for line in run.lines()), seconds=30, what="the first signal")
    run.supervisor.send_signal(signal.SIGINT)

    assert run.supervisor.wait(5) == 0
    assert not any(is_alive(run.pids(name)[0]) for name in ("one", "two", "three", "four"))


def test_killed_supervisor_takes_children_and_grandchildren_with_it(runs, tmp_path: Path):
    run = start(runs, tmp_path, web=f"NAME=grandchild; ({RECORD}) & NAME=web; {RECORD}")
    wait_for(lambda: run.pids("grandchild"), seconds=30, what="the grandchild")

    run.supervisor.kill()

    wait_for(lambda: not is_alive(run.pids("web")[0]), seconds=20, what="the end of web")
    wait_for(lambda: not is_alive(run.pids("grandchild")[-1]), seconds=30, what="the end of the grandchild")


def test_killed_watchdog_is_replaced(runs, tmp_path: Path):
    run = start(runs, tmp_path, web=RECORD)
    first = watchdog_of(run)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: watchdog_of(run) not in {first, None}, seconds=30, what="a new watchdog")

    run.supervisor.kill()

    wait_for(lambda: not is_alive(run.pids("web")[0]), seconds=20, what="the end of web")


def test_output_without_a_line_end_is_forwarded(runs, tmp_path: Path):
    run = start(runs, tmp_path, web="echo $$ >> $NAME.pid; printf 'last words'; exit 0")

    wait_for(lambda: "web     | last words" in run.lines(), seconds=30, what="the line")


def watchdog_of(run: Run) -> int | None:
    """The process number of the supervisor's living watchdog."""
    children = [child for child in psutil.Process(run.supervisor.pid).children() if is_alive(child.pid)]
    return next((child.pid for child in children if "watchdog.sh" in " ".join(child.cmdline())), None)
