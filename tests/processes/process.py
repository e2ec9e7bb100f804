"""One process of a test: started, killed, paused and stopped by its own session, its output in a file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from lumio.up.watchdog import Watchdog


class Process:
    """`environment` is the whole environment; `watchdog` ends the process when the test run itself is killed."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        watchdog: Watchdog,
        user: str | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.log = log
        self._environment = dict(environment)
        self._watchdog = watchdog
        self._user = user
        self._cwd = cwd
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._popen is not None, f"{self.name} was never started"
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        return self._popen.poll() if self._popen else None

    @property
    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        assert not self.is_running, f"{self.name} runs already"
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                self.argv,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._user,
                cwd=self._cwd,
            )
        self._watchdog.add(self.pid)

    def handles(self, number: int) -> bool:
        """Whether it has set up a handler for this signal; before, the signal would just end it. Linux only."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) >> (number - 1) & 1)

    def signal(self, number: int) -> None:
        """Signal the whole session; one that is already gone is fine."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """`kill -9`, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self.wait(10)

    def stop(self, *, seconds: float = 15) -> None:
        """Ask it to stop; kill it after `seconds`."""
        if not self.is_running:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.wait(seconds)
        self.kill()

    def pause(self) -> None:
        """Freeze it, as a suspended laptop or a long garbage collection would."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait(self, seconds: float) -> None:
        """Until it has ended; subprocess.TimeoutExpired if it takes longer."""
        assert self._popen is not None
        self._popen.wait(seconds)
        self._watchdog.remove(self._popen.pid)


def output_of(argv: Sequence[str], *, environment: Mapping[str, str], cwd: Path) -> str:
    """Run a program to its end: what it printed, or AssertionError with it."""
    done = subprocess.run(
        argv,
        env=environment,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{' '.join(argv)} failed:\n{done.stdout}"
    return done.stdout


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(ready: Callable[[], object], *, seconds: float, what: str) -> None:
    """Wait until `ready()` is true; AssertionError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"{what} took longer than {seconds:g} s"
        time.sleep(0.05)
