"""Runs a command in a network of its own, where the system allows that: OBS listens on every address that it finds.

python -m tests.processes.alone pytest tests/real_obs
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from typing import NoReturn

INSIDE = "--inside"
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def main(argv: list[str]) -> None:
    if argv[:1] == [INSIDE]:
        raise_loopback()
        become(argv[1:])
    here = unshare()
    if here:
        become([*here, sys.executable, "-m", "tests.processes.alone", INSIDE, *argv])
    print("This system gives no network of its own: OBS can be reached from outside while these tests run.", flush=True)
    become(argv)


def become(argv: list[str]) -> NoReturn:
    os.execvp(argv[0], argv)  # noqa: S606  what the command line says


def unshare() -> list[str]:
    """The command that leads into a network of its own, if there is one."""
    command = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0:
        return command
    return []


def raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        [flags] = struct.unpack_from("h", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


if __name__ == "__main__":
    main(sys.argv[1:])
