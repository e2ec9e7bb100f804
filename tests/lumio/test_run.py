from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lumio import run
from lumio.env import ROOT
from lumio.up import programs


@pytest.mark.parametrize(
    ("asked", "command"),
    [
        (["web"], programs.web("127.0.0.1", 8000)),
        (["web", "--bind", "0.0.0.0", "--port", "8001"], programs.web("0.0.0.0", 8001)),  # noqa: S104
        (["worker"], [*programs.worker(), "--hostname", "worker@%h"]),
        (["worker", "--name", "worker2"], [*programs.worker(), "--hostname", "worker2@%h"]),
        (["beat"], programs.beat()),
        (["ingest"], programs.ingest()),
    ],
)
def test_each_process_runs_as_it_does_everywhere(asked: list[str], command: list[str]):
    assert run.command(asked) == command


@pytest.mark.parametrize("asked", [[], ["cron"], ["web", "--port", "eighty"]])
def test_what_is_no_process_ends_with_the_usage(asked: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="2"):
        run.command(asked)

    assert capsys.readouterr().err.startswith("usage: python -m lumio.run")


def test_this_process_becomes_the_program(monkeypatch: pytest.MonkeyPatch):
    became: list[tuple[str, list[str]]] = []
    monkeypatch.setattr("os.execv", lambda path, argv: became.append((path, argv)))
    monkeypatch.setattr("os.umask", lambda mask: 0)
    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")

    run.main(["beat"])

    assert became == [(sys.executable, programs.beat())]


def test_a_process_keeps_its_packages_when_the_link_it_was_started_by_leads_elsewhere(tmp_path: Path):
    link = tmp_path / "current"
    link.symlink_to(sys.prefix)

    started = subprocess.run(
        [link / "bin" / "python", "-c", "from lumio.up import programs; print(programs.beat()[0])"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert started.stdout.strip() == str(Path(sys.prefix).resolve() / "bin" / "python")
