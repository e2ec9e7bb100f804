"""A real OBS Studio, on a screen that nobody sees, and somebody to stream to.

It listens on every address of the network it is in: see `tests.processes.alone`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Self

from lumio.up.watchdog import Watchdog
from tests.processes.process import Process, free_port, wait_for
from tests.real_obs.furniture import STREAM_KEY, furnish

HOST = "127.0.0.1"
PASSWORD = "realHarbour42abc"
#: It is there within two seconds, on a machine that has nothing else to do.
PATIENCE = 40.0


class RealObs:
    """Context manager. Each has a home, a screen and a port of its own."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="lumio-obs-"))
        self.port, self.ingest_port = free_port(), free_port()
        self.password = PASSWORD
        self._watchdog = Watchdog()
        display = self._begin_screen()
        furnish(self.home, port=self.port, password=PASSWORD, ingest=f"rtmp://{HOST}:{self.ingest_port}/live")
        runtime = self.home / "run"
        runtime.mkdir(mode=0o700)
        environment = os.environ | {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_RUNTIME_DIR": str(runtime),
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        self.process = Process(
            "obs",
            ["obs", "--multi", "--disable-updater", "--websocket_ipv4_only"],
            environment=environment,
            log=self.home / "obs.log",
            watchdog=self._watchdog,
        )

    @cached_property
    def version(self) -> str:
        """“29.0.2.1-1+b1” of “OBS Studio - 29.0.2.1-1+b1 (linux)”: Debian adds to what OBS itself says."""
        return subprocess.run(["obs", "--version"], capture_output=True, text=True, check=True).stdout.split()[3]

    @property
    def recordings(self) -> list[Path]:
        return sorted((self.home / "recordings").iterdir())

    def start(self) -> None:
        """Also again, after it was closed or killed; it has kept what was changed if it was closed.

        Twice if need be: on a very busy machine it was once seen to come up without its server.
        """
        for _ in range(2):
            self.process.start()
            with suppress(AssertionError):
                wait_for(self._answers, seconds=PATIENCE, what="starting OBS")
                return
            self.kill()
        raise AssertionError(f"OBS does not answer:\n{self.process.output()[-5000:]}")

    def close(self) -> None:
        """As the button of its window does. On a very busy machine it hangs at its end, and is killed."""
        self.process.signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self.process.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self.process, self._screen):
            process.stop(seconds=5)
        self._watchdog.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def take_the_stream(self) -> Process:
        """Somebody who takes it for as long as the process runs. Without one OBS asks a question in a dialog, and then
        does not close any more.
        """
        address = f"rtmp://{HOST}:{self.ingest_port}/live/{STREAM_KEY}"
        sink = Process(
            "ffmpeg",
            ["ffmpeg", "-loglevel", "error", "-listen", "1", "-i", address, "-c", "copy", "-f", "null", "-"],
            environment=os.environ,
            log=self.home / "ffmpeg.log",
            watchdog=self._watchdog,
        )
        sink.start()
        # A connection to find that out would be the only one that it takes.
        wait_for(lambda: _listens(self.ingest_port), seconds=PATIENCE, what="starting ffmpeg")
        return sink

    def _begin_screen(self) -> str:
        """Xvfb writes the number of the screen that it found free."""
        log = self.home / "xvfb.log"
        argv = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x720x24", "-nolisten", "tcp"]
        self._screen = Process("xvfb", argv, environment=os.environ, log=log, watchdog=self._watchdog)
        self._screen.start()
        wait_for(lambda: _number(log), seconds=PATIENCE, what="starting a screen")
        return f":{_number(log)}"

    def _answers(self) -> bool:
        assert self.process.is_running, "OBS ended"
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
            return True
        return False


def _number(log: Path) -> str:
    lines = log.read_text().splitlines() if log.exists() else []
    return next((line for line in lines if line.isdigit()), "")


def _listens(port: int) -> bool:
    """Whether somebody does on this machine. Linux only."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)
