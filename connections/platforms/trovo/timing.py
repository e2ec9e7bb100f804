"""How long the listener waits for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lumio.lib.backoff import back_off


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    #: From the token to the answer that it is good: one lasts for about 20.
    open: float = 10.0
    #: Between two pings, until a pong asks for another rhythm.
    ping: float = 30.0
    #: A socket is dead after so many pings without a frame.
    patience: float = 2.5
    backoff_first: float = 1.0
    backoff_longest: float = 60.0
    #: A session that lasted this long makes the next pause short again.
    healthy_after: float = 60.0
    #: Until another attempt where there are no app credentials to ask with.
    idle: float = 900.0
    #: Between two looks at the channel.
    poll: float = 60.0
    #: Shorter interruptions are not worth a word: events themselves take that long.
    gap: float = 0.5
    #: What is still held back when the listener is stopped gets so long to be stored.
    farewell: float = 2.0

    def pauses(self) -> Iterator[float]:
        """Between one attempt and the next."""
        return back_off(self.backoff_first, self.backoff_longest)
