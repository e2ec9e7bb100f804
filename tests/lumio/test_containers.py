"""The image and compose.yaml as far as files tell; docs/operators/containers.md says how they were built and run."""

from __future__ import annotations

import shutil
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from lumio import run
from lumio.env import ROOT
from lumio.lib.crypto import parse_keys


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `deploy/make-secrets` makes beside a copy of itself."""
    place = tmp_path_factory.mktemp("lumio")
    (place / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "make-secrets", place / "deploy")
    subprocess.run([place / "deploy" / "make-secrets"], check=True, capture_output=True)
    return place / "secrets"


def test_the_image_holds_every_app_and_nothing_that_is_not_named():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    named = {line.removeprefix("!") for line in lines if line.startswith("!")}
    apps = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]

    assert lines[0] == "*"
    assert set(apps) <= named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_compose_runs_two_webs_and_one_of_each_other_process(compose: dict[str, Any]):
    commands = [one["command"] for one in compose["services"].values() if "lumio.run" in one.get("command", ())]

    assert [command[3] for command in commands] == ["web", "web", "worker", "beat", "ingest"]
    for command in commands:
        assert run.command(command[3:])


def test_compose_starts_nothing_before_the_database_is_migrated(compose: dict[str, Any]):
    ours = {name: one for name, one in compose["services"].items() if one["image"].startswith("lumio:")}
    waits = {name: one["depends_on"].get("migrate") for name, one in ours.items() if name != "migrate"}

    assert set(ours["migrate"]["depends_on"]) == {"postgres"}
    # Compose builds all services at once: two that make the same image get into each other's way.
    assert [name for name, one in compose["services"].items() if "build" in one] == ["migrate"]
    assert sorted(waits) == ["beat", "ingest", "web1", "web2", "worker"]
    assert {one["condition"] for one in waits.values()} == {"service_completed_successfully"}


def test_a_database_and_a_valkey_of_ones_own_need_no_others(compose: dict[str, Any]):
    needed = [
        (name, other)
        for name, one in compose["services"].items()
        for other, how in one.get("depends_on", {}).items()
        if other in {"postgres", "valkey"} and how.get("required", True)
    ]

    assert needed == []


def test_no_log_fills_the_disk(compose: dict[str, Any]):
    assert {name: one["logging"]["driver"] for name, one in compose["services"].items()} == dict.fromkeys(
        compose["services"], "local"
    )


def test_an_upgrade_goes_on_once_a_web_process_can_serve(compose: dict[str, Any]):
    for name in ("web1", "web2"):
        assert "http://127.0.0.1:8000/readyz/web" in compose["services"][name]["healthcheck"]["test"][-1]


def test_the_user_of_the_image_has_a_group_by_its_number():
    dockerfile = (ROOT / "Dockerfile").read_text()

    user = dockerfile.partition("USER ")[2].split()[0]
    assert user == "10001:10001"
    assert "groupadd --system --gid 10001 lumio" in dockerfile
    assert "useradd --system --uid 10001 --gid lumio" in dockerfile


def test_only_the_proxy_can_be_reached_from_outside(compose: dict[str, Any]):
    assert [name for name, one in compose["services"].items() if "ports" in one] == ["caddy"]


def test_every_secret_of_compose_is_made_once(compose: dict[str, Any], secrets: Path):
    made = {path.name: path.read_text() for path in secrets.iterdir()}

    again = subprocess.run([secrets.parent / "deploy" / "make-secrets"], check=True, capture_output=True, text=True)

    assert {f"./secrets/{name}" for name in made} >= {one["file"] for one in compose["secrets"].values()}
    assert again.stdout == ""
    assert {path.name: path.read_text() for path in secrets.iterdir()} == made


def test_only_their_owner_may_look_into_the_folder_of_secrets(secrets: Path):
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {0o644}


def test_the_secrets_that_are_made_are_ones_that_lumio_takes(secrets: Path):
    text = {path.name: path.read_text().strip() for path in secrets.iterdir()}

    assert list(parse_keys(text["encryption_keys"]).names.values()) == ["k1"]
    assert len(text["secret_key"]) >= 64
    assert text["database_url"] == f"postgresql://lumio:{text['postgres_password']}@postgres/lumio"
    assert text["redis_url"] == f"redis://:{text['valkey_password']}@valkey:6379/0"
    assert text["valkey_conf"].splitlines()[0] == f"requirepass {text['valkey_password']}"
