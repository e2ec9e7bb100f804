from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from lumio.env import CannotStart
from lumio.up import var


@pytest.fixture(autouse=True)
def _no_keys_in_the_environment(monkeypatch):
    monkeypatch.delenv("LUMIO_SECRET_KEY", raising=False)
    monkeypatch.delenv("LUMIO_ENCRYPTION_KEYS", raising=False)


def test_folder_is_private(tmp_path: Path):
    folder = tmp_path / "deep" / "var"

    var.prepare(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match=r"cannot be written \(Not a directory\)\. .*LUMIO_VAR_DIR"):
        var.prepare(tmp_path / "file" / "var")


def test_almost_full_disk_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(var, "LEAST_FREE_BYTES", 1 << 60)

    with pytest.raises(CannotStart, match=r"almost full .* Free some space"):
        var.prepare(tmp_path / "var")


def test_keys_are_made_once(tmp_path: Path):
    made = var.ensure_keys(tmp_path)
    first = (tmp_path / "keys.env").read_text()
    made_again = var.ensure_keys(tmp_path)

    names = dict(line.split("=", 1) for line in first.splitlines() if not line.startswith("#"))
    key_id, _, key = names["LUMIO_ENCRYPTION_KEYS"].partition(":")
    assert (made, made_again) == (True, False)
    assert (tmp_path / "keys.env").read_text() == first
    assert stat.S_IMODE((tmp_path / "keys.env").stat().st_mode) == 0o600
    assert len(base64.b64decode(key)) == 32
    assert len(key_id) == 7
    assert len(names["LUMIO_SECRET_KEY"]) >= 50


def test_keys_of_two_instances_differ(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        var.ensure_keys(tmp_path / name)

    assert (tmp_path / "one" / "keys.env").read_text() != (tmp_path / "two" / "keys.env").read_text()


def test_no_keys_are_made_when_the_environment_has_them(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("LUMIO_SECRET_KEY", "given")
    monkeypatch.setenv("LUMIO_ENCRYPTION_KEYS", "given:too")

    assert not var.ensure_keys(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_draft_of_an_interrupted_start_is_replaced(tmp_path: Path):
    (tmp_path / "keys.env.new").write_text("half")

    var.ensure_keys(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["keys.env"]
