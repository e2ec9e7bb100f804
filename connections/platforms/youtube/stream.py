"""The long answer of `liveChat/messages/stream`: one JSON array that grows for as long as the connection lasts."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from lumio.lib.http import Answer, Stream

#: Connections of this process at the same time, each with a thread; what comes beyond is polled.
MOST_STREAMS = 256
#: Objects that wait to be handled before the connection is left to wait, too.
MOST_WAITING = 16
#: Characters of one object.
LARGEST_OBJECT = 8 * 1024 * 1024

_decode = json.JSONDecoder().raw_decode
_slots = threading.BoundedSemaphore(MOST_STREAMS)


class NotAnArray(ValueError):
    """Something else than a JSON array of objects."""


class ArrayReader:
    """Takes the bytes of an array as they come, cut anywhere, and gives each of its objects once it is complete."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._began = False

    def feed(self, piece: bytes) -> Iterator[dict[str, Any]]:
        """Raises NotAnArray."""
        words = self._decoder.decode(piece)
        self._rest += words
        while (found := self._next(may_be_complete="}" in words)) is not None:
            yield found

    def _next(self, *, may_be_complete: bool) -> dict[str, Any] | None:
        self._skip()
        if not self._rest or self._rest[0] == "]":
            return None
        if self._rest[0] != "{" or len(self._rest) > LARGEST_OBJECT:
            raise NotAnArray
        if not may_be_complete:  # no use in reading it once more from its beginning
            return None
        try:
            found, end = _decode(self._rest)
        except json.JSONDecodeError:
            return None
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, or endlessly deep
            raise NotAnArray from error
        self._rest = self._rest[end:]
        return found

    def _skip(self) -> None:
        self._rest = self._rest.lstrip(" \t\r\n," if self._began else " \t\r\n")
        if self._rest and not self._began:
            if self._rest[0] != "[":
                raise NotAnArray
            self._began, self._rest = True, self._rest[1:].lstrip(" \t\r\n,")


class NoSlot(Exception):
    """As many connections as this process may have are open."""


@contextlib.asynccontextmanager
async def opened(stream: Stream) -> AsyncIterator[tuple[Answer, AsyncIterator[dict[str, Any]]]]:
    """The answer and the objects of its array, read in a thread of its own that ends with the context.

    Raises NoSlot, and Unreachable and NotAnArray, the objects too. They end where the platform ends the array.
    """
    if not _slots.acquire(blocking=False):
        raise NoSlot
    reading = _Reading(stream)
    try:
        reading.start()
        yield await reading.answer, reading.objects()
    finally:
        reading.stop()


class _Reading:
    """The thread and what it hands over. It never waits for a loop that has ended."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._room = threading.Semaphore(MOST_WAITING)
        self._found: asyncio.Queue[dict[str, Any] | BaseException | None] = asyncio.Queue()
        self._stopped = False
        self._thread = threading.Thread(target=self._read, name="youtube-stream", daemon=True)
        self.answer: asyncio.Future[Answer] = self._loop.create_future()

    def start(self) -> None:
        try:
            self._thread.start()
        except RuntimeError:  # no more threads
            _slots.release()
            raise

    def stop(self) -> None:
        self._stopped = True
        self._room.release()
        self._stream.cut()
        self.answer.cancel()

    async def objects(self) -> AsyncIterator[dict[str, Any]]:
        while (found := await self._found.get()) is not None:
            self._room.release()
            if isinstance(found, BaseException):
                raise found
            yield found

    # In the thread

    def _read(self) -> None:
        array, end = ArrayReader(), None
        try:
            with self._stream.opened() as (answer, pieces):
                self._tell(self._answered, answer)
                for piece in pieces:
                    for found in array.feed(piece):
                        self._hand_over(found)
        except Exception as error:  # whatever it is: who reads must not wait for ever
            end = error
        finally:
            _slots.release()
        self._tell(self._ended, end)

    def _hand_over(self, found: dict[str, Any]) -> None:
        self._room.acquire()
        if self._stopped:
            self._room.release()  # nobody takes anything any more: do not wait for room again
        else:
            self._tell(self._found.put_nowait, found)

    def _tell(self, function: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(function, *arguments)

    # On the loop

    def _answered(self, answer: Answer) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def _ended(self, error: BaseException | None) -> None:
        if not self.answer.done():
            self.answer.set_exception(error or NotAnArray())
        elif not self.answer.cancelled():
            self._found.put_nowait(error)
