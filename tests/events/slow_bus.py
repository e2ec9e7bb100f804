"""A stand-in for `events.bus.Subscriber`."""

from __future__ import annotations

import asyncio


class SlowBus:
    """Holds `add` back until `answers` is set, as a Valkey that hangs does."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.answers = asyncio.Event()

    async def add(self, *topics: str) -> None:
        await self.answers.wait()
        self.topics.update(topics)

    async def drop(self, *topics: str) -> None:
        self.topics.difference_update(topics)
