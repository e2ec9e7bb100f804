"""Under daphne itself, with somebody who brings too much."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
import requests

from lumio import bodies
from overlays.domain import media
from tests.lumio.greedy import LARGEST
from tests.lumio.served import served

CHUNKED = b"Transfer-Encoding: chunked"


@pytest.fixture
def port() -> Iterator[int]:
    with served("tests.lumio.greedy", is_up=lambda port: taken(port) is not None) as port:
        yield port


def taken(port: int) -> list[int] | None:
    """The lengths of all bodies that the application has seen."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/taken", timeout=5).json()
    except requests.ConnectionError:
        return None


def send(port: int, header: bytes, body: bytes) -> bytes:
    """The first line of the answer, as far as one comes before the line is cut."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as line, suppress(ConnectionError):
        line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + header + b"\r\n\r\n")
        line.sendall(body)
        return line.recv(4096).partition(b"\r\n")[0]
    return b""


def chunks(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def test_what_is_small_enough_arrives_whole(port):
    body = b"x" * LARGEST

    assert send(port, b"Content-Length: %d" % len(body), body) == b"HTTP/1.1 200 OK"
    assert send(port, CHUNKED, chunks(body)) == b"HTTP/1.1 200 OK"
    assert taken(port) == [LARGEST, LARGEST]


@pytest.mark.parametrize("excess", [1, LARGEST])
def test_what_is_too_large_is_cut_off_before_anybody_is_asked(port, excess):
    body = b"x" * (LARGEST + excess)

    answers = {send(port, b"Content-Length: %d" % len(body), body), send(port, CHUNKED, chunks(body))}
    endless = send(port, b"Content-Length: 1000000000000", body)

    assert answers | {endless} <= {b"HTTP/1.1 413 Content Too Large", b""}
    assert taken(port) == []


def test_every_file_that_is_taken_has_room():
    assert max(media.LARGEST.values()) + 1024 * 1024 <= bodies.LARGEST
