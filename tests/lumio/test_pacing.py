"""Under daphne itself, with somebody on a slow line."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests

from lumio.env import ROOT
from tests.lumio.endless import MEGABYTES
from tests.processes.process import free_port, wait_for

#: Bytes that the kernel and Twisted may hold for a reader who does not read.
IN_BETWEEN = 24 * 1024 * 1024


@pytest.fixture
def port() -> Iterator[int]:
    port = free_port()
    argv = [sys.executable, "-m", "daphne", "-p", str(port), "tests.lumio.endless:application"]
    server = subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: sent(port) == 0, seconds=30, what="daphne")
        yield port
    finally:
        server.kill()
        server.wait()


def sent(port: int) -> int | None:
    try:
        return int(requests.get(f"http://127.0.0.1:{port}/sent", timeout=5).text)
    except requests.ConnectionError:
        return None


def stands_still(port: int) -> bool:
    before = sent(port)
    return before != 0 and before == sent(port)


def test_a_reader_who_does_not_read_is_waited_for_and_gets_it_all_in_the_end(port):
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as slow:
        slow.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: stands_still(port), seconds=30, what="filling the line")

        assert 0 < sent(port) < IN_BETWEEN

        received = 0
        while piece := slow.recv(1 << 20):
            received += len(piece)
    assert received > MEGABYTES * 1024 * 1024
    assert sent(port) == MEGABYTES * 1024 * 1024
