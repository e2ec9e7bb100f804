"""What wakes the bridge pages of this process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from events import bus
from integrations.domain.bridge import topic

if TYPE_CHECKING:
    from uuid import UUID


class Nudges:
    """One connection to Valkey for all of them, and none while there is no page."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._bus = bus.Subscriber()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def of(self, account_id: UUID) -> Iterator[asyncio.Event]:
        """Set whenever something about the account's bridge has changed; whoever waits for it clears it."""
        name, event = topic(account_id), asyncio.Event()
        self._waiting[name].add(event)
        if self._listening is None or self._listening.done():
            self._bus = bus.Subscriber()
            self._listening = asyncio.create_task(self._listen(self._bus))
        self._soon(self._bus.add(name))
        try:
            yield event
        finally:
            self._waiting[name].discard(event)
            if not self._waiting[name]:
                del self._waiting[name]
                self._soon(self._bus.drop(name))
            if not self._waiting:
                self._listening.cancel()
                self._listening = None

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, subscriber: bus.Subscriber) -> None:
        async for name, _ in subscriber.messages():
            for event in self._waiting.get(name, ()):
                event.set()


NUDGES = Nudges()
