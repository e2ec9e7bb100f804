"""Under daphne itself, with somebody on a slow line."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests

from tests.lumio.endless import MEGABYTES
from tests.lumio.served import served
from tests.processes.process import wait_for

#: Bytes that the kernel and Twisted may hold for a reader who does not read.
IN_BETWEEN = 24 * 1024 * 1024


@pytest.fixture
def port() -> Iterator[int]:
    with served("tests.lumio.endless", is_up=lambda port: sent(port) == 0) as port:
        yield port


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
