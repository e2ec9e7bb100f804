"""The units of deploy/systemd, as systemd reads them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lumio.env import ROOT

UNITS = [
    "lumio.target",
    "lumio-web@8000.service",
    "lumio-worker@1.service",
    "lumio-beat.service",
    "lumio-ingest@1.service",
]


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A copy in which the program is one that this machine has."""
    folder = tmp_path / "system"
    shutil.copytree(ROOT / "deploy" / "systemd", folder)
    for path in folder.glob("*.service"):
        text = path.read_text()
        assert "/opt/lumio/.venv/bin/python" in text
        path.write_text(text.replace("/opt/lumio/.venv/bin/python", "/bin/true"))
    return folder


def analyze(units: Path, *arguments: str) -> str:
    """What systemd-analyze prints, with the copy before all other units."""
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"}
    done = subprocess.run(
        ["systemd-analyze", *arguments, "--no-pager"], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout + done.stderr


def test_systemd_finds_nothing_to_complain_of(units: Path):
    assert analyze(units, "verify", *[str(units / name) for name in UNITS]) == ""


def test_stopping_the_target_waits_until_all_have_stopped(units: Path):
    shared = (units / "lumio-.service.d" / "lumio.conf").read_text()

    # What is started after another one is stopped before it.
    assert "lumio.target" in shared.partition("\nAfter=")[2].splitlines()[0].split()


@pytest.mark.parametrize("unit", UNITS[1:])
def test_every_process_is_shut_off_from_the_machine(units: Path, unit: str):
    last = analyze(units, "security", "--offline=true", str(units / unit)).strip().splitlines()[-1]

    assert float(last.partition("service: ")[2].split()[0]) < 2


def test_manage_has_the_units_settings_folder_and_user(units: Path):
    manage = (ROOT / "deploy" / "manage").read_text()
    shared = (units / "lumio-.service.d" / "lumio.conf").read_text().splitlines()

    for name in ("User", "EnvironmentFile", "StateDirectory", "StateDirectoryMode", "UMask"):
        [line] = [line for line in shared if line.startswith(f"{name}=")]
        assert f"--property={line} " in manage
    assert "WorkingDirectory=/opt/lumio" in shared
    assert "--working-directory=/opt/lumio /opt/lumio/.venv/bin/python manage.py" in manage
