"""A real Valkey on a private socket, with the very options the embedded one has."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

import redis

from lumio.up.valkey import Valkey
from lumio.up.watchdog import Watchdog
from tests.processes.process import Process, wait_for


class TestValkey:
    """Context manager. `.url` is the REDIS_URL; `.process` can be killed, paused and started again.

    With a `port` it listens there too, and `.url` is the one that other machines would use.
    """

    __test__ = False

    def __init__(self, port: int = 0) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lumio-valkey-"))
        self._watchdog = Watchdog()
        self._valkey = Valkey(self.folder)
        self._port = port
        argv = [*self._valkey.child().argv, *(("--port", str(port), "--bind", "127.0.0.1") if port else ())]
        self.process = Process(
            "valkey", argv, environment=os.environ, log=self.folder / "valkey.log", watchdog=self._watchdog
        )

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0" if self._port else self._valkey.url

    def start(self) -> None:
        """Start it, also again after a kill, and wait until it answers."""
        self.process.start()
        wait_for(self._valkey.answers, seconds=30, what="starting Valkey")

    def forget(self) -> None:
        """Empty it."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def __enter__(self) -> TestValkey:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.stop(seconds=5)
        self._watchdog.close()
        shutil.rmtree(self.folder, ignore_errors=True)
