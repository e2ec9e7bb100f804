"""What a web process knows of one channel: its recent messages, encoded once, however many sockets listen.

A socket is a cursor on a feed. One that is slow or new is simply further back, so no socket needs a queue of its own.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from events import on_air
from events.payloads import encoded

if TYPE_CHECKING:
    from events.channels import Channel
    from events.sockets import Subscription

#: What one frame holds at most: messages, and bytes of them. Daphne refuses to send more than 64 KiB.
FRAME_ROWS = 200
FRAME_SIZE = 60_000
#: What a log feed keeps for sockets that lag a little: rows and characters. Older rows are read from the database.
KEPT_ROWS = 1000
KEPT_SIZE = 1024 * 1024
#: Seconds, and up to twice as many: what thousands of quiet logs keep adds up.
KEPT_FOR = 30.0
#: Values that a state feed keeps.
KEPT_VALUES = 256


class Frame:
    """A `messages` message, encoded once for any number of sockets, and the cursor of those that got it.

    Empty messages stand for rows that the log does not have; `text` is empty if there are only such.
    """

    __slots__ = ("last", "text")

    def __init__(self, channel: Channel, messages: Sequence[str], last: int) -> None:
        body = ",".join(filter(None, messages))
        self.text = f'{{"type":"messages","channel":"{channel}","messages":[{body}]}}' if body else ""
        self.last = last


def fitting(messages: Iterable[str]) -> list[str]:
    """As many of the messages, from the first on, as fit into one frame."""
    room = FRAME_SIZE
    taken: list[str] = []
    for message in messages:
        room -= len(message) + 1
        if room < 0 and taken:
            break
        taken.append(message)
    return taken


class LogFeed:
    """The end of a log. `head` is the newest `seq` at hand, `known` the newest heard of: between them is a hole.

    `told` is how far the sockets that keep up have been sent.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.subscriptions: set[Subscription] = set()
        #: Subscriptions that are being made.
        self.awaited = 0
        #: Whether messages gather for a frame.
        self.is_gathering = False
        self.head = self.known = self.told = 0
        #: Up to where the rows go that `forget` will drop.
        self._old = 0
        self._rows: deque[str] = deque()
        self._size = 0

    def start(self, head: int) -> None:
        """Begin after the row numbered `head`, with nothing at hand."""
        self.head = self.told = self._old = head
        self.known = max(self.known, head)
        self._rows.clear()
        self._size = 0

    @property
    def start_of_new(self) -> int:
        """Where a socket begins that asks for nothing older."""
        return self.head

    @property
    def has_hole(self) -> bool:
        return self.known > self.head

    def hear(self, text: str) -> None:
        """A message of the bus: the `seq` of its first row, then one row a line."""
        first, *rows = text.split("\n")
        self.accept(int(first), [on_air.row(row) for row in rows] if self.channel.is_on_air else rows)

    def accept(self, first: int, rows: Sequence[str]) -> None:
        """Rows numbered from `first`, "" for one that the log lacks. Those at hand are dropped; those beyond a hole
        are only noted."""
        last = first + len(rows) - 1
        self.known = max(self.known, last)
        if first > self.head + 1 or last <= self.head:
            return
        new = rows[self.head + 1 - first :]
        self._rows.extend(new)
        self._size += sum(map(len, new))
        self.head = last
        while len(self._rows) > KEPT_ROWS or self._size > KEPT_SIZE:
            self._drop_oldest()

    def forget(self) -> None:
        """Drop the rows that were there the last time already. To be called every KEPT_FOR."""
        while self.head - len(self._rows) < self._old:
            self._drop_oldest()
        self._old = self.told

    def _drop_oldest(self) -> None:
        self._size -= len(self._rows.popleft())

    def frame(self, after: int) -> Frame | None:
        """The rows that follow `after`, at most FRAME_ROWS; None if they are no longer at hand."""
        skipped = after - (self.head - len(self._rows))
        if skipped < 0 or after >= self.head:
            return None
        rows = fitting(islice(self._rows, skipped, skipped + FRAME_ROWS))
        return Frame(self.channel, rows, after + len(rows))


class StateFeed:
    """The latest value of each id. Its cursor counts changes: `frame` holds what changed since, as it is now."""

    has_hole = False
    #: A new socket gets every value.
    start_of_new = 0

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.subscriptions: set[Subscription] = set()
        #: Subscriptions that are being made.
        self.awaited = 0
        #: Whether messages gather for a frame.
        self.is_gathering = False
        #: Whether what is known may be old.
        self.is_stale = False
        self.head = self.told = 0
        self._values: dict[str, tuple[int, str]] = {}

    def hear(self, text: str) -> None:
        """A message of the bus: one value as JSON."""
        self.put(json.loads(text))

    def put(self, message: dict[str, Any]) -> None:
        """The value of `message["id"]` is now this. Nothing happens if it was before."""
        told = on_air.state(message) if self.channel.is_on_air else message
        if told is None:
            return
        text = encoded(told)
        known = self._values.get(message["id"])
        if known and known[1] == text:
            return
        self.head += 1
        self._values.pop(message["id"], None)  # the newest goes last
        self._values[message["id"]] = (self.head, text)
        if len(self._values) > KEPT_VALUES:
            del self._values[next(iter(self._values))]

    def knows(self, id: str) -> bool:
        return id in self._values

    def frame(self, after: int) -> Frame | None:
        """Every value that changed after the cursor, None if none did."""
        changed = [(version, text) for version, text in self._values.values() if version > after]
        messages = fitting(text for _, text in changed)
        return Frame(self.channel, messages, changed[len(messages) - 1][0]) if messages else None


Feed = LogFeed | StateFeed
