"""The live bus as it runs: a real daphne, a real Valkey, pages on real sockets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.processes.cluster import Lumio
from tests.processes.valkey import TestValkey


@pytest.fixture(scope="module")
def lumio() -> Iterator[tuple[Lumio, TestValkey]]:
    with TestValkey() as valkey, Lumio(redis_url=valkey.url, worker=0, beat=0, ingest=0) as running:
        yield running, valkey


class Pages:
    """An account with as many pages as wanted."""

    def __init__(self, lumio: Lumio) -> None:
        self.lumio = lumio
        self.account = lumio.inside("tests.system.backstage.an_account")
        self.token = lumio.inside("tests.system.backstage.owners_token", self.account)

    def happen(self, count: int) -> None:
        self.lumio.inside("tests.system.backstage.follows", self.account, count)

    @contextmanager
    def open(self, after: int | None = None) -> Iterator[ClientConnection]:
        address = self.lumio.url.replace("http", "ws") + "/v1/ws"
        with connect(address, proxy=None, close_timeout=1) as socket:
            socket.send(json.dumps({"type": "auth", "token": self.token}))
            socket.send(json.dumps({"type": "subscribe", "channel": f"events:{self.account}", "after": after}))
            assert [_next(socket)["type"] for _ in range(2)] == ["ready", "subscribed"]
            yield socket


def _next(socket: ClientConnection, *, within: float = 30) -> dict[str, Any]:
    return json.loads(socket.recv(timeout=within))


def _seqs(socket: ClientConnection, count: int) -> list[int]:
    seqs: list[int] = []
    while len(seqs) < count:
        seqs += [row["seq"] for row in _next(socket)["messages"]]
    return seqs


def test_a_hundred_pages_see_everything_once_and_in_order(lumio):
    pages = Pages(lumio[0])
    with ExitStack() as stack:
        sockets = [stack.enter_context(pages.open()) for _ in range(100)]

        pages.happen(50)

        assert [_seqs(socket, 50) for socket in sockets] == [list(range(1, 51))] * 100


def test_a_restarted_web_process_says_so_and_pages_resume(lumio):
    pages = Pages(lumio[0])
    with pages.open() as socket:
        pages.happen(2)
        assert _seqs(socket, 2) == [1, 2]

        lumio[0].restart("web")

        with pytest.raises(ConnectionClosed) as closed:
            _next(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4012
    pages.happen(1)
    with pages.open(after=2) as socket:
        assert _seqs(socket, 1) == [3]


def test_events_arrive_while_valkey_is_dead_and_fast_again_after(lumio):
    running, valkey = lumio
    pages = Pages(running)
    with pages.open() as socket:
        valkey.process.kill()
        try:
            pages.happen(3)
            assert _seqs(socket, 3) == [1, 2, 3]
        finally:
            valkey.start()
        time.sleep(3)  # the longest pause between two tries of the subscriber

        pages.happen(20)

        assert _seqs(socket, 20) == list(range(4, 24))
