"""Thousands of open pages, a process of its own: `python -m benchmarks.crowd`, with a plan on its standard input.

The first line is a JSON list of pages, `[port, token, account]` each. When all of them listen it prints in how many
seconds they were let in. Then it counts, and acknowledges as our pages do. A second line, `{"wanted", "since",
"until"}`, makes it wait until it has so many lines of chat altogether and print what came in that span of time.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from benchmarks.client import Client

#: What `benchmarks.chatter` writes into each line: when it was handed to the writer.
SENT = re.compile(rb'"id":"sent=(\d+\.\d+)')
#: Pages that are being let in at the same time, and seconds for the last lines to come.
AT_ONCE, PATIENCE = 50, 60


class Arrivals:
    """When each line of chat was sent and came, over all pages."""

    def __init__(self) -> None:
        self.sent = array("d")
        self.came = array("d")

    def take(self, payload: bytes) -> None:
        now = time.time()
        for sent in SENT.findall(payload):
            self.sent.append(float(sent))
            self.came.append(now)

    def report(self, since: float, until: float) -> dict[str, Any]:
        """Deliveries within the span, and the lag of what was sent within it, in milliseconds."""
        both = zip(self.sent, self.came, strict=True)
        lags = sorted((came - sent) * 1000 for sent, came in both if since <= sent < until)
        return {
            "altogether": len(self.came),
            "deliveries": bisect_left(self.came, until) - bisect_left(self.came, since),
            "p50": lags[len(lags) // 2],
            "p99": lags[len(lags) * 99 // 100],
        }


async def main() -> None:
    arrivals = Arrivals()
    began = time.monotonic()
    clients = await let_in(json.loads(sys.stdin.readline()), arrivals)
    print(time.monotonic() - began, flush=True)
    question = json.loads(await asyncio.to_thread(sys.stdin.readline))
    deadline = time.monotonic() + PATIENCE
    while len(arrivals.came) < question["wanted"] and time.monotonic() < deadline:  # noqa: ASYNC110  many tell of it
        await asyncio.sleep(0.05)
    closed = sum(client.transport.is_closing() for client in clients)
    print(json.dumps(arrivals.report(question["since"], question["until"]) | {"closed": closed}), flush=True)


async def let_in(pages: Sequence[tuple[int, str, str]], arrivals: Arrivals) -> list[Client]:
    loop, room = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def one(port: int, token: str, account: str) -> Client:
        channels = [f"chat:{account}", f"status:{account}"]
        hello = [{"type": "auth", "token": token, "page": "/popout/chat"}]
        hello += [{"type": "subscribe", "channel": channel, "after": None} for channel in channels]
        plan = {
            "port": port,
            "path": "/v1/ws",
            "hello": list(map(json.dumps, hello)),
            # Commands are answered in order.
            "listens": f'"subscribed","channel":"{channels[-1]}"',
            "acknowledges": True,
        }
        async with room:
            _, client = await loop.create_connection(lambda: Client(plan, arrivals), "127.0.0.1", port)
            await client.listens
        return client

    return await asyncio.gather(*(one(*page) for page in pages))


if __name__ == "__main__":
    asyncio.run(main())
