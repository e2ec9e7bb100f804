"""What every process set would make alike, made once for the whole run: the migrated database, the static files."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from lumio.env import ROOT
from lumio.up import programs
from tests.processes.process import output_of

#: Names the folder that all processes of a run share. Without it each test process has one of its own.
FOLDER = "TESTS_MADE"


def database(environment: Mapping[str, str]) -> Path:
    """A migrated SQLite database without a row, to be copied."""
    return _made("lumio.sqlite3", environment, "migrate")


def static(environment: Mapping[str, str]) -> Path:
    """The folder of static files under the names that carry their hashes, compressed; to be copied or looked at."""
    return _made("static", environment, "collectstatic", "--noinput")


def _made(name: str, environment: Mapping[str, str], *command: str) -> Path:
    """What a command of `manage.py` makes under this name in a var folder."""
    folder = _folder()
    target = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=folder) as var:
                there = {**environment, "LUMIO_VAR_DIR": var, "DATABASE_URL": ""}
                output_of([*programs.MANAGE, *command, "--verbosity", "0"], environment=there, cwd=ROOT)
                (Path(var) / name).rename(target)
    return target


def _folder() -> Path:
    return Path(os.environ.get(FOLDER) or _own().name)


@cache
def _own() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="lumio-made-")
