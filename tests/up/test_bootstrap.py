"""`scripts/bootstrap` on machines that lack something: other Pythons are played by small scripts on PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lumio.env import ROOT

OLD = "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2'\nexit 1\n"
#: Answers every question but the one for ensurepip.
WITHOUT_VENV = f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexec {sys.executable} "$@"\n'
REAL = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
NAMES = ("python", "python3", "python3.11", "python3.12", "python3.13", "python3.14")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return made(tmp_path)


def made(place: Path) -> Path:
    """A folder with the script and requirements files that ask for nothing, so that no test needs a network."""
    folder = place / "lumio"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "bootstrap", folder / "scripts" / "bootstrap")
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "requirements-dev.txt").write_text("# nothing either\n")
    return folder


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a first run makes, to be copied: making it is most of the work."""
    folder = made(tmp_path_factory.mktemp("template"))
    assert bootstrap(folder)[0] == 0
    return folder / ".venv"


@pytest.fixture
def installed(checkout: Path, venv: Path) -> Path:
    """A checkout after its first run."""
    shutil.copytree(venv, checkout / ".venv", symlinks=True)
    return checkout


def bootstrap(checkout: Path, *, python: str = REAL, requirements: str = "requirements.txt") -> tuple[int, str]:
    """Run the script where every Python on PATH is `python`; its exit code and output."""
    programs = checkout.parent / "bin"
    programs.mkdir(exist_ok=True)
    for name in NAMES:
        (programs / name).write_text(python)
        (programs / name).chmod(0o755)
    done = subprocess.run(
        [str(checkout / "scripts" / "bootstrap"), requirements],
        env={"PATH": f"{programs}:/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def works(checkout: Path) -> bool:
    return (
        subprocess.run([str(checkout / ".venv/bin/python"), "-m", "pip", "--version"], capture_output=True).returncode
        == 0
    )


@pytest.mark.trial
def test_first_run_installs_and_second_does_nothing(checkout: Path):
    first = bootstrap(checkout)
    second = bootstrap(checkout)

    assert first[0] == 0
    assert "Making .venv" in first[1]
    assert second == (0, "")
    assert works(checkout)
    assert not (checkout / ".venv/.unfinished").exists()


@pytest.mark.trial
def test_changed_requirements_are_installed_in_place(installed: Path):
    (installed / ".venv/mine").touch()
    (installed / "requirements.txt").write_text("# something else\n")

    code, said = bootstrap(installed)

    assert code == 0
    assert said.startswith("Installing the packages of requirements.txt")
    assert (installed / ".venv/mine").exists()


@pytest.mark.trial
def test_test_needs_contain_what_running_needs(installed: Path):
    assert bootstrap(installed, requirements="requirements-dev.txt")[0] == 0

    assert bootstrap(installed) == (0, "")


@pytest.mark.trial
@pytest.mark.parametrize("damage", ["no pip", "no python", "interrupted", "empty"])
def test_half_made_venv_is_made_anew(installed: Path, damage: str):
    checkout = installed
    if damage == "empty":
        shutil.rmtree(checkout / ".venv")
        (checkout / ".venv").mkdir()
    if damage == "no pip":
        (checkout / ".venv/.installed-requirements.txt").unlink()
        for pip in (checkout / ".venv").glob("lib/python*/site-packages/pip"):
            shutil.rmtree(pip)
    if damage == "no python":
        for python in (checkout / ".venv/bin").glob("python*"):
            python.unlink()
    if damage == "interrupted":
        (checkout / ".venv/.unfinished").touch()

    code, said = bootstrap(checkout)

    assert code == 0
    assert "Making .venv" in said
    assert works(checkout)


@pytest.mark.trial
def test_failed_installation_says_so_and_is_repeated(installed: Path):
    (installed / "requirements.txt").write_text("not a requirement at all\n")

    code, said = bootstrap(installed)
    (installed / "requirements.txt").write_text("# nothing\n")

    assert code == 1
    assert said.splitlines()[-1].startswith("Lumio cannot be installed: the packages could not be installed;")
    assert bootstrap(installed)[0] == 0


def test_old_python_is_refused_with_what_to_install(checkout: Path):
    code, said = bootstrap(checkout, python=OLD)

    assert code == 1
    assert said == (
        "Lumio cannot be installed: it needs Python 3.11 or newer, and this is Python 3.9.2. "
        "On Debian or Ubuntu: sudo apt install python3 python3-venv. On macOS: brew install python\n"
    )
    assert not (checkout / ".venv").exists()


def test_missing_venv_module_is_refused_with_its_package(checkout: Path):
    code, said = bootstrap(checkout, python=WITHOUT_VENV)

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert code == 1
    assert said == (
        f"Lumio cannot be installed: Python {version} lacks the venv module. "
        f"On Debian or Ubuntu: sudo apt install python{version}-venv\n"
    )
    assert not (checkout / ".venv").exists()


def test_folder_that_cannot_be_written_is_refused(checkout: Path):
    # Root may write anywhere, so there the script runs as nobody, who may not even enter pytest's own folders.
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = shutil.copytree(checkout, Path(place) / "lumio")
        folder.chmod(0o555)

        done = subprocess.run(
            [str(folder / "scripts" / "bootstrap"), "requirements.txt"],
            capture_output=True,
            text=True,
            user="nobody" if os.geteuid() == 0 else None,
        )

    assert done.returncode == 1
    assert done.stderr.startswith(f"Lumio cannot be installed: the folder {folder} cannot be written.")
