"""How long the listener waits for what, and how often it may do what costs units."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from connections.platforms.failures import (
    ApiSwitchedOff,
    QuotaSpent,
    RateLimited,
    RefusedOddly,
    ScopeMissing,
    TokenRefused,
)
from events.ingest.timing import SourceTiming
from lumio.lib.errors import Refusal

#: What only a person or the next day mends. The card says so; it is tried again now and then.
LASTING = (ApiSwitchedOff, QuotaSpent, RefusedOddly, ScopeMissing, TokenRefused)


@dataclass(frozen=True, slots=True)
class Timing(SourceTiming):
    """Seconds, unless it says otherwise."""

    gap: float = 5.0
    #: Between two looks at what is live, which also bring viewers and title.
    look: float = 60.0
    #: Looks that must miss a broadcast before it counts as over; its chat may say so earlier.
    misses: int = 2
    #: Whoever did not look for so long may have missed a broadcast's beginning.
    deaf: float = 150.0
    #: Silence after which a stream is connected anew: a chat may be quiet, and each connection costs.
    silence: float = 600.0
    #: Connections to a stream: so many at once, and one in so many seconds on average.
    burst: int = 5
    reconnect: float = 30.0
    #: A stream that broke so often within a short time is left alone for a while, and the chat asked for.
    breaks: int = 5
    short: float = 60.0
    polls_for: float = 600.0
    #: A chat that was closed while its broadcast goes on is tried again after so long.
    reopen: float = 600.0
    fastest_poll: float = 5.0
    slowest_poll: float = 60.0
    #: What is resumed and older than this is history: no alert.
    fresh: float = 120.0
    #: Until another attempt where only a person or the next day helps.
    lasting: float = 300.0
    #: Between two notes of how far was read.
    remember: float = 2.0
    #: What was paid so shortly after a restart's last sign of life may have been stored before it.
    edge: float = 10.0

    def looks(self) -> Iterator[float]:
        """Between one look and the next. The first pause is cut, so that those that start together do not stay so."""
        return itertools.chain([self.look * random.random()], itertools.repeat(self.look))  # noqa: S311  not a secret

    def rest(self, refusal: Refusal, pauses: Iterator[float]) -> float:
        """How long to wait after a refusal."""
        if isinstance(refusal, LASTING):
            return self.lasting
        if isinstance(refusal, RateLimited):
            return self.pause_after(refusal, pauses)
        return next(pauses)


class Turns:
    """At most `burst` at once, and one in `every` seconds on average."""

    def __init__(self, burst: int, every: float) -> None:
        self._burst = burst
        self._every = every
        self._left = float(burst)
        self._counted_at = asyncio.get_running_loop().time()

    async def take(self) -> None:
        """Wait for a turn."""
        while True:
            now = asyncio.get_running_loop().time()
            self._left = min(self._burst, self._left + (now - self._counted_at) / self._every)
            self._counted_at = now
            if self._left >= 1:
                self._left -= 1
                return
            await asyncio.sleep((1 - self._left) * self._every)
