"""What this web process tells the others of the channels it has open that are found out only while somebody looks, see
`events.domain.watching`."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Coroutine
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from events import bus
from events.domain.watching import TOPIC, WATCHED_FOR, nudge, watched_key

if TYPE_CHECKING:
    from events.channels import Channel

#: Seconds between two times that everything is said.
EVERY = 10.0


class OnDemand:
    """Says at once that a channel was opened, and everything that is open every EVERY seconds. What cannot be said is
    left for the next time; nobody waits for it."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._spawn = spawn
        self._said_at = time.monotonic()

    def opened(self, channel: Channel) -> None:
        self._spawn(self._say([channel]))

    def refresh(self, open_ones: Collection[Channel]) -> None:
        """Say everything again if it is time to."""
        if time.monotonic() - self._said_at < EVERY:
            return
        self._said_at = time.monotonic()
        if wanted := [channel for channel in open_ones if channel.is_on_demand]:
            self._spawn(self._say(wanted))

    async def _say(self, some: Collection[Channel]) -> None:
        try:
            async with bus.async_client() as client, client.pipeline() as commands:
                for channel in some:
                    commands.set(watched_key(channel), "1", ex=WATCHED_FOR)
                    commands.publish(TOPIC, nudge(channel))
                await commands.execute()
        except (RedisError, OSError):
            pass
