"""The fault proxy in front of a plain echo server."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tests.fakes.proxy import FaultProxy

PATIENCE = 30.0


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while chunk := self.request.recv(65536):
            self.request.sendall(chunk)


class EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """A reset connection is what these tests are about."""


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with EchoServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        with FaultProxy(("127.0.0.1", server.server_address[1])) as proxy:
            yield proxy
        server.shutdown()


@pytest.fixture
def client(proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as client:
        yield client


def echo(client: socket.socket, message: bytes = b"hello") -> bytes:
    client.sendall(message)
    answer = b""
    while len(answer) < len(message):
        answer += client.recv(65536)
    return answer


def test_forwards_unharmed_in_fair_weather(client):
    message = bytes(range(256)) * 4096

    sender = threading.Thread(target=client.sendall, args=(message,))
    sender.start()
    received = b""
    while len(received) < len(message):
        received += client.recv(65536)
    sender.join()

    assert received == message


def test_end_of_stream_reaches_the_other_side(proxy, client):
    client.sendall(b"last words")
    client.shutdown(socket.SHUT_WR)

    received = b""
    while chunk := client.recv(100):
        received += chunk

    assert received == b"last words"


def test_latency_delays_both_directions(proxy, client):
    proxy.set(latency=0.1)

    started = time.monotonic()
    echo(client)

    assert time.monotonic() - started >= 0.2


def test_jitter_keeps_the_order(proxy, client):
    proxy.set(jitter=0.05)

    received = b"".join(echo(client, str(number).encode()) for number in range(10))

    assert received == b"0123456789"


def test_cut_resets_open_connections(proxy, client):
    echo(client)

    assert proxy.cut() == 1
    with pytest.raises(ConnectionResetError):
        client.recv(100)


def test_frozen_connection_stays_open_and_delivers_after_healing(proxy, client):
    echo(client)
    proxy.set(frozen=True)
    client.sendall(b"are you there?")
    client.settimeout(0.2)

    with pytest.raises(TimeoutError):
        client.recv(100)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as newcomer:
        newcomer.sendall(b"me too")
        proxy.heal()
        client.settimeout(PATIENCE)

        assert client.recv(100) == b"are you there?"
        assert newcomer.recv(100) == b"me too"


def test_slow_reader_takes_its_time(proxy, client):
    proxy.set(bytes_per_second=1_000)

    started = time.monotonic()
    answer = echo(client, b"x" * 200)

    assert answer == b"x" * 200
    assert time.monotonic() - started >= 0.18


def test_corrupt_changes_a_byte_and_keeps_the_length(proxy, client):
    proxy.set(corrupt=1.0)
    message = b"x" * 100

    answers = [echo(client, message) for _ in range(5)]

    assert {len(answer) for answer in answers} == {len(message)}
    assert set(answers) != {message}  # once in a while the way back mends what the way out broke


def test_refuse_resets_newcomers_and_spares_the_others(proxy, client):
    echo(client)
    proxy.set(refuse=True)

    with (
        pytest.raises(ConnectionResetError),
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as newcomer,
    ):
        newcomer.recv(100)
    assert echo(client) == b"hello"


def test_dead_target_ends_the_connection():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        FaultProxy(("127.0.0.1", port)) as proxy,
        pytest.raises(ConnectionResetError),
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as client,
    ):
        client.recv(100)
