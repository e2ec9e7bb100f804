"""The array that grows, cut anywhere, and the thread that reads it."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.platforms.youtube import stream
from connections.platforms.youtube.stream import ArrayReader, NoSlot, NotAnArray, opened
from lumio.lib.http import Stream, Unreachable
from tests.waiting import until

OBJECTS = st.lists(st.dictionaries(st.text(max_size=6), st.text(max_size=6) | st.integers()), max_size=6)


def read(*pieces: bytes) -> list[dict[str, Any]]:
    array = ArrayReader()
    return [found for piece in pieces for found in array.feed(piece)]


@given(OBJECTS, st.integers(1, 20), st.sampled_from([None, 1]), st.booleans())
def test_however_it_is_cut(objects, size, indent, is_ascii):
    body = json.dumps(objects, indent=indent, ensure_ascii=is_ascii).encode("utf-8", "replace")

    pieces = [body[at : at + size] for at in range(0, len(body), size)]

    assert read(*pieces) == json.loads(body)


def test_an_object_is_given_as_soon_as_it_is_complete():
    array = ArrayReader()

    assert list(array.feed(b'[ {"a": "}')) == []
    assert list(array.feed(b'"}\n')) == [{"a": "}"}]
    assert list(array.feed(b',{"b": 1},\n{"c"')) == [{"b": 1}]
    assert list(array.feed(b": 2}]\n")) == [{"c": 2}]


@pytest.mark.parametrize("body", [b"<html>", b'{"items": []}', b"[1]", b'["x"]', b"[[]]", b"null", b"x" * 5])
def test_something_else_is_no_array(body):
    with pytest.raises(NotAnArray):
        read(body)


def test_an_object_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(stream, "LARGEST_OBJECT", 100)

    with pytest.raises(NotAnArray):
        read(b"[{", b'"x": "' + b"y" * 100)


def test_an_object_nested_without_end_is_given_up():
    with pytest.raises(NotAnArray):
        read(b"[" + b'{"x":' * 200_000 + b"}")


def test_a_number_without_end_is_given_up():
    with pytest.raises(NotAnArray):
        read(b'[{"x":' + b"1" * 5_000 + b"}]")


class Server:
    """Answers one request with what a test writes."""

    def __init__(self) -> None:
        self.writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/stream"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.writer:
            self.writer.close()
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.writer = writer

    async def begin(self, status: str = "200 OK") -> None:
        await until(lambda: self.writer)
        self.writer.write(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode())

    def write(self, body: bytes) -> None:
        self.writer.write(body)


def threads() -> int:
    return sum(thread.name == "youtube-stream" for thread in threading.enumerate())


@pytest.fixture
async def server():
    async with Server() as server:
        yield server


async def objects_of(server: Server, **options: Any) -> list[Any]:
    async with opened(Stream(server.url, silence=5, **options)) as (answer, objects):
        return [answer.status, *[found async for found in objects]]


async def test_objects_arrive_one_by_one(server):
    reading = asyncio.create_task(objects_of(server))
    await server.begin()
    server.write(b'[{"a": 1}')
    server.write(b',{"b": 2}]')
    server.writer.close()

    assert await reading == [200, {"a": 1}, {"b": 2}]
    await until(lambda: threads() == 0)


async def test_a_refusal_has_its_body_and_no_objects(server):
    reading = asyncio.create_task(objects_of(server))
    await server.begin("403 Forbidden")
    server.write(b"no")
    server.writer.close()

    assert await reading == [403]


@pytest.mark.parametrize("written", [b"", b'[{"a": 1}'])
async def test_leaving_ends_the_thread_at_once(server, written):
    reading = asyncio.create_task(objects_of(server))
    await server.begin()
    server.write(written)
    await until(lambda: threads() == 1)

    reading.cancel()

    await until(lambda: threads() == 0)


async def test_leaving_before_there_is_an_answer(server):
    reading = asyncio.create_task(objects_of(server))
    await until(lambda: server.writer)

    reading.cancel()

    await until(lambda: threads() == 0)


async def test_leaving_while_more_waits(server):
    async def read_one() -> Any:
        async with opened(Stream(server.url, silence=5)) as (_, objects):
            return await anext(objects)

    reading = asyncio.create_task(read_one())
    await server.begin()
    server.write(b"[" + b",".join([b"{}"] * 200))

    assert await reading == {}
    await until(lambda: threads() == 0)


async def test_more_objects_than_may_wait(server):
    reading = asyncio.create_task(objects_of(server))
    await server.begin()
    server.write(b"[" + b",".join(b'{"n": %d}' % number for number in range(200)) + b"]")
    server.writer.close()

    assert [found["n"] for found in (await reading)[1:]] == list(range(200))


async def test_silence_is_noticed(server):
    async def read() -> None:
        async with opened(Stream(server.url, silence=0.2)) as (_, objects):
            async for _found in objects:
                pass

    reading = asyncio.create_task(read())
    await server.begin()

    with pytest.raises(Unreachable) as refusal:
        await reading
    assert refusal.value.reason == "timeout"


async def test_an_answer_that_does_not_begin(server):
    with pytest.raises(Unreachable) as refusal:
        await objects_of(server, deadline=0.2)
    assert refusal.value.reason == "timeout"


async def test_nobody_listens():
    with pytest.raises(Unreachable) as refusal:
        async with opened(Stream("http://127.0.0.1:9/", silence=5)):
            pass
    assert refusal.value.reason == "network"


async def test_there_are_only_so_many(server, monkeypatch):
    monkeypatch.setattr(stream, "_slots", threading.BoundedSemaphore(1))
    reading = asyncio.create_task(objects_of(server))
    await server.begin()
    await until(lambda: threads() == 1)

    with pytest.raises(NoSlot):
        async with opened(Stream(server.url, silence=5)):
            pass

    reading.cancel()
    await until(lambda: threads() == 0)
    assert stream._slots.acquire(blocking=False)


async def test_whatever_goes_wrong_in_the_thread_whoever_reads_is_told(server, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stream.ArrayReader, "feed", broken)
    reading = asyncio.create_task(objects_of(server))
    await server.begin()
    server.write(b"[{}")

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(reading, 5)
    await until(lambda: threads() == 0)
