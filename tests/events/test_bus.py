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


async def test_whoever_asks_ends_when_it_is_cancelled_at_whatever_moment(own_valkey):
    async def ask() -> None:
        async with bus.async_client() as client:
            await client.ping()

    survived, moment = [], 0
    while True:
        asking = asyncio.create_task(ask())
        for _ in range(moment):
            await asyncio.sleep(0)
        if not asking.cancel():
            break
        await asyncio.wait({asking})
        if not asking.cancelled():
            survived.append(moment)
        moment += 1

    assert moment > 10
    assert survived == []


async def test_a_question_that_nobody_answers_is_given_up(own_valkey, monkeypatch):
    monkeypatch.setattr(bus, "TIMEOUT", 0.1)
    own_valkey.process.pause()

    with pytest.raises(TimeoutError):
        async with bus.async_client() as client:
            await client.ping()

    own_valkey.process.resume()
