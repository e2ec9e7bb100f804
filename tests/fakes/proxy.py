"""A TCP proxy that breaks connections the way networks do, switchable while traffic flows.

with FaultProxy.to(twitch.url) as proxy:
    environment(proxy.url)
    proxy.set(latency=0.2)
    proxy.cut()
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
import socket
import struct
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from tests.fakes.loop import LoopThread

HOST = "127.0.0.1"
CHUNK = 16 * 1024
CHUNKS_IN_FLIGHT = 64
SLOW_STEP = 0.02
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Weather:
    """What is wrong with the network just now."""

    latency: float = 0.0
    """Seconds every chunk is late, in both directions."""
    jitter: float = 0.0
    """Up to so many seconds more; the order of the bytes is kept."""
    frozen: bool = False
    """Half-open: connections stay, new ones are accepted, and nothing gets through."""
    bytes_per_second: float | None = None
    """A reader this slow, so the sender's buffers fill up."""
    corrupt: float = 0.0
    """The chance of each chunk to have one byte changed."""
    refuse: bool = False
    """New connections are reset at once; the open ones go on."""


@dataclass(eq=False)
class _Link:
    """One client and its way to the target."""

    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def close(self) -> None:
        for writer in self.writers:
            writer.close()

    def reset(self) -> None:
        for writer in self.writers:
            _reset(writer)


class FaultProxy:
    """Forwards until told otherwise; a context manager, like the stand-ins.

    Of several targets each connection gets the next one that answers, as from a load balancer.
    """

    def __init__(self, *targets: tuple[str, int]) -> None:
        self._targets = targets
        self._turn = 0
        self._weather = Weather()
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._links: set[_Link] = set()
        self._thread: LoopThread | None = None
        self._server: asyncio.Server | None = None
        self.port = 0
        self.accepted = 0
        """Connections so far, refused ones too."""

    @classmethod
    def to(cls, *urls: str) -> Self:
        """A proxy in front of the servers at these URLs."""
        targets = []
        for url in urls:
            parts = urlsplit(url)
            if parts.hostname is None or parts.port is None:
                raise ValueError(f"{url} names no host and port")
            targets.append((parts.hostname, parts.port))
        return cls(*targets)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, port: int = 0) -> Self:
        listener = socket.create_server((HOST, port or self.port))
        self.port = listener.getsockname()[1]
        self._thread = LoopThread("FaultProxy")
        self._server = self._thread.wait(asyncio.start_server(self._serve, sock=listener))
        return self

    def stop(self) -> None:
        """Reset every connection and stop listening."""
        if self._thread is not None and self._server is not None:
            self._thread.call(self._server.close)
            self.cut()
            self._thread.stop()
            self._thread = None

    # Switches

    def set(self, **changes: Any) -> None:
        """Change some of the `Weather`, e.g. `set(frozen=True)`; the rest stays."""
        self._change(dataclasses.replace(self._weather, **changes))

    def heal(self) -> None:
        """Fair weather; what was held back while frozen is delivered now."""
        self._change(Weather())

    def _change(self, weather: Weather) -> None:
        self._weather = weather
        switch = self._thawed.clear if weather.frozen else self._thawed.set
        if self._thread is None:
            switch()
        else:
            self._thread.call(switch)

    def cut(self) -> int:
        """Reset (RST) every open connection; how many there were."""
        assert self._thread is not None
        return self._thread.call(self._cut)

    def _cut(self) -> int:
        links = list(self._links)
        for link in links:
            link.reset()
        return len(links)

    @property
    def connections(self) -> int:
        return len(self._links)

    # Forwarding

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Until 3.12 a handler that ends cancelled, as at our own stop, is logged as an error by asyncio.
        with contextlib.suppress(asyncio.CancelledError):
            await self._carry(reader, writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        link = _Link([writer])
        if self._weather.refuse:
            link.reset()
            return
        self._links.add(link)
        try:
            far_reader, far_writer = await self._dial()
            link.writers.append(far_writer)
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(self._forward(reader, far_writer))
                both_ways.create_task(self._forward(far_reader, writer))
            link.close()
        except* OSError:
            link.reset()  # one side is gone: so is the other
        finally:
            self._links.discard(link)

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the target whose turn it is, or to the first after it that takes one."""
        self._turn += 1
        for step in range(len(self._targets)):
            try:
                return await asyncio.open_connection(*self._targets[(self._turn + step) % len(self._targets)])
            except OSError:
                continue
        raise ConnectionError("nobody is there")

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one direction; bytes that are under way do not hold up the reading."""
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_IN_FLIGHT)
        delivery = asyncio.create_task(self._deliver(under_way, writer))
        try:
            while chunk := await reader.read(CHUNK):
                late = self._weather.latency + random.uniform(0, self._weather.jitter)
                await under_way.put((loop.time() + late, chunk))
            await under_way.put((0.0, b""))
            await delivery
        finally:
            delivery.cancel()

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, chunk = await under_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self._thawed.wait()
            if not chunk:
                with contextlib.suppress(OSError):
                    writer.write_eof()
                return
            if random.random() < self._weather.corrupt:
                chunk = _corrupted(chunk)
            await self._write(chunk, writer)

    async def _write(self, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        """All at once, or in the small steps of a slow reader."""
        while chunk:
            speed = self._weather.bytes_per_second
            step = len(chunk) if speed is None else max(1, int(speed * SLOW_STEP))
            writer.write(chunk[:step])
            await writer.drain()
            chunk = chunk[step:]
            if speed is not None:
                await asyncio.sleep(step / speed)


def _corrupted(chunk: bytes) -> bytes:
    at = random.randrange(len(chunk))
    return chunk[:at] + bytes([chunk[at] ^ 0xFF]) + chunk[at + 1 :]


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN, dropping what was not sent."""
    connection = writer.get_extra_info("socket")
    if connection is not None and not writer.transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()
