"""Starts programs, forwards what they say, starts again what dies, and ends them all.

One thread and one `select`: nothing is polled while nothing happens.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from lumio.env import CannotStart
from lumio.up.console import Console
from lumio.up.watchdog import Watchdog

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Seconds before the first and the slowest restart; a process that lived this long starts afresh.
FIRST_RESTART, SLOWEST_RESTART, HEALTHY_AFTER = 0.5, 30.0, 60.0
LONGEST_LINE = 64 * 1024


class Stopped(Exception):
    """Somebody asked us to stop while we were still starting."""


@dataclass(frozen=True)
class Child:
    """A program to keep running.

    `environment` is added to our own, `grace` is how many seconds it may take to stop, and a line with one of the
    `hushed` phrases is not forwarded.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    grace: float = 10.0
    hushed: tuple[str, ...] = ()


class Process:
    """One run of a `Child`, in a session of its own, with its output cut into lines."""

    def __init__(self, child: Child, tell: Callable[[str], None]) -> None:
        self.child = child
        self.started_at = time.monotonic()
        self._tell = tell
        self._rest = b""
        self._popen = subprocess.Popen(
            child.argv,
            env={**os.environ, **child.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._popen.stdout is not None  # noqa: S101  opened as a pipe above
        self.output = self._popen.stdout
        os.set_blocking(self.output.fileno(), False)

    @property
    def group(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._popen.poll()

    def read(self) -> bool:
        """Pass on the lines that have arrived; False once there will be no more."""
        try:
            chunk = os.read(self.output.fileno(), LONGEST_LINE)
        except BlockingIOError:
            return True
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if self._rest and (not chunk or len(self._rest) >= LONGEST_LINE):
            lines.append(self._rest)
            self._rest = b""
        for line in (line.decode(errors="replace").rstrip() for line in lines):
            if line and not any(phrase in line for phrase in self.child.hushed):
                self._tell(line)
        return bool(chunk)

    def signal(self, number: int) -> None:
        """Signal the whole session; one that has already gone is fine."""
        with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of nothing but a zombie
            os.killpg(self.group, number)


class Supervisor:
    """Keeps children alive until a stop signal; a second one ends them at once. Use it as a context manager."""

    def __init__(self, console: Console, watchdog: Watchdog) -> None:
        self._console = console
        self._watchdog = watchdog
        self._selector = selectors.DefaultSelector()
        self._running: dict[str, Process] = {}
        self._restart_at: dict[str, tuple[float, Child]] = {}
        self._failures: dict[str, int] = {}
        self._signals = 0
        self._stopping = False

    def __enter__(self) -> Supervisor:
        self._wake_end, self._signal_end = socket.socketpair()
        self._wake_end.setblocking(False)
        self._signal_end.setblocking(False)
        self._selector.register(self._wake_end, selectors.EVENT_READ, self._on_wake)
        signal.set_wakeup_fd(self._signal_end.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_stop_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to be woken
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        signal.set_wakeup_fd(-1)
        self._selector.close()
        self._wake_end.close()
        self._signal_end.close()
        self._watchdog.close()

    def start(self, child: Child) -> None:
        """Start `child` and keep it running from now on."""
        try:
            self._spawn(child, self._console.teller(child.name))
        except OSError as error:
            raise CannotStart(
                f"{child.argv[0]} cannot be run: {error.strerror}. Run `make run` to repair it."
            ) from error

    def run_once(self, child: Child, tell: Callable[[str], None] | None = None) -> int:
        """Run `child` to its end and return its exit code; `tell` takes its lines instead of the console."""
        process = self._spawn(child, tell or self._console.teller(child.name))
        del self._running[child.name]  # so that nobody starts it again
        try:
            while process.exit_code is None:
                self._turn()
                self._stop_if_asked()
        finally:
            self._bury(process)
        return process.exit_code

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> bool:
        """Serve the children until `ready()`; False if that takes longer than `seconds`."""
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                return False
            self._turn(0.05)
            self._stop_if_asked()
        return True

    def serve(self) -> None:
        """Serve the children until a stop signal."""
        while not self._signals:
            self._turn()

    def stop(self) -> None:
        """End all children, the last started first, each with its grace unless a second signal says now."""
        self._stopping = True
        self._restart_at.clear()
        if self._running and self._signals:
            self._console.say("stopping; Ctrl-C again to stop at once")
        for process in reversed(list(self._running.values())):
            process.signal(signal.SIGTERM)
            deadline = time.monotonic() + process.child.grace
            while process.exit_code is None and time.monotonic() < deadline and self._signals < 2:
                self._turn(min(0.5, deadline - time.monotonic()))
            if process.exit_code is None and self._signals < 2:
                self._console.say(f"{process.child.name} did not stop within {process.child.grace:.0f} s; ending it")
            self._bury(process)
        self._running.clear()

    def _stop_if_asked(self) -> None:
        if self._signals:
            raise Stopped

    def _spawn(self, child: Child, tell: Callable[[str], None]) -> Process:
        process = Process(child, tell)
        self._watchdog.add(process.group)
        self._running[child.name] = process
        self._selector.register(process.output, selectors.EVENT_READ, lambda: self._on_output(process))
        return process

    def _turn(self, seconds: float | None = None) -> None:
        """Wait until something happens, at most `seconds`, and deal with it."""
        if self._restart_at:
            next_restart = max(0.0, min(at for at, _ in self._restart_at.values()) - time.monotonic())
            seconds = next_restart if seconds is None else min(seconds, next_restart)
        for key, _ in self._selector.select(seconds):
            key.data()
        if not self._stopping:
            self._watchdog.ensure_alive()
            self._notice_deaths()
            self._restart_due()

    def _notice_deaths(self) -> None:
        for name, process in list(self._running.items()):
            if process.exit_code is None:
                continue
            self._bury(process)
            del self._running[name]
            lived = time.monotonic() - process.started_at
            failures = 0 if lived >= HEALTHY_AFTER else self._failures.get(name, 0)
            self._failures[name] = failures + 1
            delay = min(SLOWEST_RESTART, FIRST_RESTART * 2**failures)
            self._restart_at[name] = (time.monotonic() + delay, process.child)
            self._console.say(f"{name} {_cause(process.exit_code)}; starting it again in {delay:g} s")

    def _restart_due(self) -> None:
        for name, (at, child) in list(self._restart_at.items()):
            if at <= time.monotonic():
                del self._restart_at[name]
                self.start(child)

    def _bury(self, process: Process) -> None:
        """Kill what is left of its session, forward its last words and forget it."""
        process.signal(signal.SIGKILL)
        while process.exit_code is None:
            time.sleep(0.01)  # SIGKILL has been sent; the kernel needs a moment
        self._watchdog.remove(process.group)
        while process.output in self._selector.get_map() and _readable(process.output.fileno()):
            self._on_output(process)
        if process.output in self._selector.get_map():
            self._selector.unregister(process.output)
        process.output.close()

    def _on_output(self, process: Process) -> None:
        if not process.read():
            self._selector.unregister(process.output)

    def _on_wake(self) -> None:
        self._wake_end.recv(1024)

    def _on_stop_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signals += 1  # nothing more: it may interrupt a write to the console


def _readable(descriptor: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))


def _cause(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended by itself (exit code {exit_code})"
    return f"was ended by signal {-exit_code} ({signal.strsignal(-exit_code)})"
