from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lumio.env import CannotStart
from lumio.up.valkey import LONGEST_SOCKET_PATH, Valkey
from tests.processes.process import wait_for


@pytest.fixture
def folder() -> Iterator[Path]:
    """A var folder with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="lumio-up-") as path:
        yield Path(path)


def run(valkey: Valkey) -> subprocess.Popen[bytes]:
    server = subprocess.Popen(valkey.child().argv, stdout=subprocess.DEVNULL)
    wait_for(valkey.answers, seconds=30, what="starting Valkey")
    return server


def test_server_listens_on_a_private_socket_only(folder: Path):
    valkey = Valkey(folder)
    server = run(valkey)

    listening = subprocess.run(
        [sys.executable, "-c", "import sys, redis; print(redis.from_url(sys.argv[1]).config_get('port'))", valkey.url],
        capture_output=True,
        text=True,
    )

    assert stat.S_IMODE(valkey.socket.stat().st_mode) == 0o700
    assert listening.stdout.strip() == "{'port': '0'}"
    server.terminate()
    assert server.wait() == 0


def test_leftover_of_a_killed_run_is_stopped(folder: Path):
    server = run(Valkey(folder))

    found = Valkey(folder).stop_leftover()

    assert found
    assert server.wait(30) == 0
    assert not Valkey(folder).socket.exists()


def test_leftover_that_hangs_is_killed(folder: Path):
    server = run(Valkey(folder))
    server.send_signal(signal.SIGSTOP)

    Valkey(folder).stop_leftover()

    assert server.wait(30) == -signal.SIGKILL


def test_stale_socket_is_removed(folder: Path):
    server = run(Valkey(folder))
    server.kill()
    server.wait()
    assert Valkey(folder).socket.exists()

    found = Valkey(folder).stop_leftover()

    assert not found
    assert not Valkey(folder).socket.exists()


def test_stranger_with_the_recorded_number_is_left_alone(folder: Path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        (folder / "valkey.pid").write_text(f"{stranger.pid}\n")

        found = Valkey(folder).stop_leftover()

        assert not found
        assert stranger.poll() is None


def test_long_path_moves_the_socket_to_a_private_folder(folder: Path):
    deep = folder / ("x" * LONGEST_SOCKET_PATH)
    deep.mkdir()

    valkey = Valkey(deep)
    server = run(valkey)

    assert len(os.fsencode(valkey.socket)) <= LONGEST_SOCKET_PATH
    assert stat.S_IMODE(valkey.socket.parent.stat().st_mode) == 0o700
    assert Valkey(deep).socket == valkey.socket
    assert Valkey(deep).stop_leftover()
    assert server.wait(30) == 0
    valkey.socket.parent.rmdir()


def test_temporary_folder_of_somebody_else_is_refused(folder: Path):
    deep = folder / ("x" * LONGEST_SOCKET_PATH)
    deep.mkdir()
    theirs = Valkey(deep).socket.parent
    theirs.chmod(0o777)

    with pytest.raises(CannotStart, match="belongs to somebody else"):
        Valkey(deep)

    theirs.rmdir()
