"""Listening to Valkey, on a connection that may die without a word."""

from __future__ import annotations

import asyncio

import pytest

from events import bus
from tests.processes.valkey import TestValkey
from tests.waiting import until


@pytest.fixture
def own_valkey(settings):
    with TestValkey() as valkey:
        settings.REDIS_URL = valkey.url
        yield valkey


async def test_a_connection_on_which_nothing_comes_any_more_is_given_up(own_valkey, monkeypatch):
    monkeypatch.setattr(bus, "SILENCE", 0.1)
    heard, times = [], []
    subscriber = bus.Subscriber(["lumio:test"], on_listening=lambda: times.append(subscriber.connected))

    async def listen() -> None:
        async for topic, text in subscriber.messages():
            heard.append((topic, text))

    listening = asyncio.create_task(listen())
    await until(lambda: subscriber.connected)
    first = subscriber._pubsub
    await asyncio.sleep(0.5)
    assert subscriber._pubsub is first  # nobody had anything to say

    own_valkey.process.pause()
    await until(lambda: not subscriber.connected)
    times.clear()
    own_valkey.process.resume()
    await until(lambda: times)
    await asyncio.to_thread(bus.send, "lumio:test", "{}")

    await until(lambda: heard == [("lumio:test", "{}")])
    listening.cancel()
