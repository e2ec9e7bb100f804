"""Against real sockets that answer as badly as the internet does."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from lumio.lib import http
from lumio.lib.http import Unreachable, call

Script = Callable[[socket.socket], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Script], str]]:
    """Start a server that reads one request and then does what the script says; its address."""
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(script: Script) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    script(connection)

        thread = threading.Thread(target=run, daemon=True)
        threads.append(thread)
        thread.start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/path"

    yield start
    for listener in listeners:
        listener.close()
    for thread in threads:
        thread.join(5)


def say(text: bytes) -> Script:
    return lambda connection: connection.sendall(text)


def drip(head: bytes, byte: bytes) -> Script:
    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(byte)
            time.sleep(0.05)

    return script


def refused(url: str, **options: object) -> str:
    with pytest.raises(Unreachable) as raised:
        call("GET", url, **options)
    return raised.value.reason


def test_an_answer_is_read_whole(serve):
    url = serve(say(b'HTTP/1.1 400 Bad\r\nContent-Length: 7\r\nX-A: b\r\n\r\n{"a":1}'))

    answer = call("POST", url, data={"x": "y"})

    assert (answer.status, answer.ok, answer.headers["x-a"], answer.json()) == (400, False, "b", {"a": 1})


def test_a_redirect_is_an_answer(serve):
    url = serve(say(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"))

    assert call("GET", url).status == 302


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", b"x"), id="body"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), id="body without a length"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), id="chunks"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), id="headers"),
        pytest.param(drip(b"", b"H"), id="status line"),
        pytest.param(lambda connection: time.sleep(2), id="silence"),
    ],
)
def test_the_deadline_holds_for_the_whole_answer(serve, script):
    url = serve(script)
    began = time.monotonic()

    assert refused(url, deadline=0.5) == "timeout"
    assert time.monotonic() - began < 1.0


def test_a_large_answer_is_cut(serve):
    url = serve(say(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000))

    assert refused(url, max_bytes=4999) == "too_large"


def test_a_small_answer_that_unpacks_to_a_large_one_is_cut(serve):
    import gzip

    packed = gzip.compress(b"x" * 1_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    url = serve(say(head + packed))

    assert refused(url, max_bytes=100_000) == "too_large"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(lambda connection: None, id="hung up"),
        pytest.param(say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), id="cut short"),
        pytest.param(say(b"SSH-2.0-OpenSSH_9.2\r\n"), id="another protocol"),
    ],
)
def test_a_broken_answer_is_the_network(serve, script):
    assert refused(serve(script)) == "network"


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert refused(f"http://127.0.0.1:{port}/") == "network"


def test_the_environment_adds_nothing(serve, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert call("GET", serve(say(b"HTTP/1.1 204 No Content\r\n\r\n"))).status == 204


def test_lumio_names_itself(serve):
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                seen.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        thread = threading.Thread(target=run)
        thread.start()
        call("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()

    assert f"User-Agent: {http.USER_AGENT}".encode() in seen[0]


def test_json_that_is_none_is_a_value_error(serve):
    answer = call("GET", serve(say(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")))

    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()


def test_a_number_that_is_none_is_a_value_error():
    answer = http.Answer(200, {}, b'{"amount": 1e99999999999999999999}')

    with pytest.raises(ValueError, match="number"):
        answer.json(parse_float=Decimal)


def test_no_thread_is_left_behind(serve):
    before = threading.active_count()
    url = serve(say(b"HTTP/1.1 204 No Content\r\n\r\n"))

    call("GET", url)
    time.sleep(0.05)

    assert threading.active_count() <= before + 1  # the server's own
