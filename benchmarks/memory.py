"""What Lumio weighs when nothing happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from lumio.env import ROOT
from tests.processes.process import free_port, wait_for

#: `up`, Valkey, web, worker, ingest; beat may be a part of the worker.
PROCESSES = 5
#: Seconds after the web process answers, in which all of them settle.
SETTLE = 20


def idle_memory_mb() -> float:
    """Proportional set size (MiB) of `manage.py up` with all its processes, embedded, idle."""
    with tempfile.TemporaryDirectory(prefix="lumio-bench-") as var:
        port = str(free_port())
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LUMIO_")}
        for name in ("DATABASE_URL", "REDIS_URL"):
            environment.pop(name, None)
        environment |= {
            "LUMIO_VAR_DIR": var,
            "LUMIO_URL": f"http://localhost:{port}",
            "LUMIO_OVERLAY_URL": f"http://overlay.localhost:{port}",
        }
        log = Path(var) / "bench.log"
        with log.open("wb") as output:
            lumio = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "up"], env=environment, cwd=ROOT, stdout=output, stderr=output
            )
        try:
            wait_for(lambda: _answers(f"http://localhost:{port}/healthz"), seconds=120, what="starting Lumio")
            time.sleep(SETTLE)
            assert lumio.poll() is None, log.read_text()
            family = _family(lumio.pid)
            assert len(family) >= PROCESSES, f"only {len(family)} processes run:\n{log.read_text()}"
            return sum(map(_proportional_size, family)) / 1024
        finally:
            lumio.send_signal(signal.SIGTERM)
            lumio.wait(30)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def _family(pid: int) -> list[int]:
    """A process and everything it started, and what those started."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:
                continue  # ended meanwhile
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def _proportional_size(pid: int) -> int:
    """KiB; memory shared by n processes counts one n-th in each."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
