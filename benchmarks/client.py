"""The load client, a process of its own: many sockets that count. `python -m benchmarks.client '<json>'`.

Frames are found by their headers and counted by searching bytes, nothing is parsed, so that the client is not what is
measured. Prints `ready` when every socket listens, then one JSON line: deliveries, seconds from the first to the last,
and what the oldest to the newest needed (milliseconds, when `stamp` is given).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import sys
import time
from contextlib import suppress
from typing import Any


class Counter:
    """What all sockets together have received."""

    def __init__(self, wanted: int, mark: bytes, stamp: bytes) -> None:
        self.wanted = wanted
        self.mark = mark
        self.stamp = re.compile(stamp + rb"(\d+\.\d+)") if stamp else None
        self.deliveries = 0
        self.first = self.last = 0.0
        self.latencies: list[float] = []
        self.done = asyncio.Event()

    def take(self, payload: bytes) -> None:
        count = payload.count(self.mark)
        if not count:
            return
        now = time.time()
        self.first = self.first or now
        self.last = now
        self.deliveries += count
        if self.stamp:
            self.latencies += [(now - float(stamp)) * 1000 for stamp in self.stamp.findall(payload)]
        if self.deliveries >= self.wanted:
            self.done.set()


class Client(asyncio.Protocol):
    """A WebSocket that says `hello` once open and, if told to, acknowledges as our pages do."""

    def __init__(self, plan: dict[str, Any], counter: Counter) -> None:
        self.plan = plan
        self.counter = counter
        self.buffer = bytearray()
        self.is_open = False
        self.listens = asyncio.get_running_loop().create_future()
        self.frames = self.unacknowledged = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.plan['path']} HTTP/1.1\r\nHost: localhost:{self.plan['port']}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        if not self.listens.done():
            self.listens.set_exception(ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.is_open:
            head, separator, rest = self.buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            assert b" 101 " in head.split(b"\r\n")[0], bytes(head)
            self.is_open, self.buffer = True, rest
            for line in self.plan["hello"]:
                self.say(line)
        at = 0
        while len(self.buffer) - at >= 2:
            opcode, length, start = self.buffer[at] & 15, self.buffer[at + 1] & 127, at + 2
            if length == 126:
                length, start = int.from_bytes(self.buffer[at + 2 : at + 4]), at + 4
            elif length == 127:
                length, start = int.from_bytes(self.buffer[at + 2 : at + 10]), at + 10
            if len(self.buffer) < start + length:
                break
            self.take(opcode, bytes(self.buffer[start : start + length]))
            at = start + length
        del self.buffer[:at]

    def take(self, opcode: int, payload: bytes) -> None:
        if opcode == 9:
            self.send(payload, opcode=10)
        if opcode != 1:
            return
        self.frames += 1
        if payload == b"2":  # Engine.IO's ping
            self.say("3")
        if not self.listens.done() and self.plan["listens"].encode() in payload:
            self.listens.set_result(None)
        self.counter.take(payload)
        self.unacknowledged += len(payload)
        if self.plan["acknowledges"] and (self.frames % 32 == 0 or self.unacknowledged > 64 * 1024):
            self.unacknowledged = 0
            self.say(json.dumps({"type": "ack", "frames": self.frames}))

    def say(self, text: str) -> None:
        self.send(text.encode(), opcode=1)

    def send(self, payload: bytes, *, opcode: int) -> None:
        size = bytes([128 | len(payload)]) if len(payload) < 126 else bytes([254]) + len(payload).to_bytes(2)
        # A mask of zeros leaves the payload as it is.
        self.transport.write(bytes([128 | opcode]) + size + bytes(4) + payload)


async def main(plan: dict[str, Any]) -> None:
    counter = Counter(plan["wanted"], plan["mark"].encode(), plan["stamp"].encode())
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(plan["sockets"]):
        _, client = await loop.create_connection(lambda: Client(plan, counter), "127.0.0.1", plan["port"])
        clients.append(client)
    await asyncio.gather(*(client.listens for client in clients))
    print("ready", flush=True)
    with suppress(TimeoutError):  # a layer that drops: what came is what counts
        await asyncio.wait_for(counter.done.wait(), plan["seconds"])
    counter.latencies.sort()
    p99 = counter.latencies[int(len(counter.latencies) * 0.99)] if counter.latencies else None
    print(json.dumps({"deliveries": counter.deliveries, "seconds": counter.last - counter.first, "p99": p99}))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
