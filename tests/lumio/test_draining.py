"""How a web process stops, without one; tests/lumio/test_processes.py and tests/deploy stop real ones."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lumio import draining
from lumio.draining import Draining, Finished


class Port:
    is_open = True

    def stopListening(self) -> None:
        self.is_open = False


class Reactor:
    """As much of Twisted's as stopping needs: one port, and something else that reads."""

    def __init__(self) -> None:
        self.port = Port()
        self.has_stopped = False

    def getReaders(self) -> list[object]:
        return [object(), self.port]

    def stop(self) -> None:
        self.has_stopped = True


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """A page that notes how many requests are under way."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"under-way", b"%d" % Draining.under_way)]})
    await send({"type": "http.response.body", "body": b""})


async def asked(kind: str = "http") -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await Finished(answer)({"type": kind}, None, send)
    return sent


async def test_a_request_is_under_way_until_it_is_answered():
    sent = await asked()

    assert sent[0]["headers"] == [(b"under-way", b"1")]
    assert Draining.under_way == 0


async def test_a_socket_is_not_waited_for():
    sent = await asked("websocket")

    assert sent[0]["headers"] == [(b"under-way", b"0")]


async def test_a_stopping_process_has_its_connections_not_used_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Draining, "has_begun", True)

    sent = await asked()

    assert sent[0]["headers"] == [(b"under-way", b"1"), (b"connection", b"close")]
    assert sent[1:] == [{"type": "http.response.body", "body": b""}]


async def test_it_stops_when_what_has_begun_is_answered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(draining, "LOOK", 0.01)
    monkeypatch.setattr(Draining, "under_way", 1)
    reactor = Reactor()

    draining._close_the_door(asyncio.get_running_loop(), reactor)
    await asyncio.sleep(0.1)

    assert (reactor.port.is_open, reactor.has_stopped) == (False, False)
    monkeypatch.setattr(Draining, "under_way", 0)
    await asyncio.sleep(0.1)
    assert reactor.has_stopped


async def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(draining, "LOOK", 0.01)
    monkeypatch.setattr(draining, "FINISHING", 0.05)
    monkeypatch.setattr(Draining, "under_way", 1)
    reactor = Reactor()

    draining._close_the_door(asyncio.get_running_loop(), reactor)
    await asyncio.sleep(0.3)

    assert reactor.has_stopped
