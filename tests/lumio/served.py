"""An application of these tests under daphne itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lumio.env import ROOT
from tests.processes.process import free_port, wait_for


@contextmanager
def served(application: str, *, is_up: Callable[[int], bool]) -> Iterator[int]:
    """The port on which daphne serves the `application` of a module, from when `is_up` says of it that it answers."""
    port = free_port()
    argv = [sys.executable, "-m", "daphne", "-p", str(port), f"{application}:application"]
    server = subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: is_up(port), seconds=30, what="daphne")
        yield port
    finally:
        server.kill()
        server.wait()
