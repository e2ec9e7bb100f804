from __future__ import annotations

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_name("watchdog.sh")


class Watchdog:
    """A tiny shell that kills the registered process groups once the supervisor is gone, even by `kill -9`.

    `keep_open` are file descriptors it holds as well: the lock of the var folder is free only when the last process
    of the killed run is.
    """

    def __init__(self, keep_open: tuple[int, ...] = ()) -> None:
        self._keep_open = keep_open
        self._groups: set[int] = set()
        self._shell = self._start()

    def add(self, group: int) -> None:
        self._groups.add(group)
        self._tell(f"+ {group}\n")

    def remove(self, group: int) -> None:
        self._groups.discard(group)
        self._tell(f"- {group}\n")

    def ensure_alive(self) -> None:
        """Start it again if somebody ended it."""
        if self._shell.poll() is not None:
            self._shell = self._start()

    def close(self) -> None:
        """Dismiss it; nothing may be registered any more."""
        if self._shell.stdin is not None:
            self._shell.stdin.close()
        self._shell.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["/bin/sh", str(SCRIPT), *map(str, self._groups)],
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            pass_fds=self._keep_open,
        )

    def _tell(self, line: str) -> None:
        assert self._shell.stdin is not None  # noqa: S101  opened as a pipe above
        try:
            self._shell.stdin.write(line.encode())
        except BrokenPipeError:
            self.ensure_alive()
