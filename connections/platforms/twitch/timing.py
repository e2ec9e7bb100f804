"""How long the listener waits for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lumio.lib.backoff import back_off


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    open: float = 10.0
    #: A socket is dead after this much silence beyond the keepalive, and after half the keepalive more at least.
    margin: float = 5.0
    backoff_first: float = 1.0
    backoff_longest: float = 60.0
    #: A session that lasted this long makes the next pause short again.
    healthy_after: float = 60.0
    #: How long the old socket must be quiet before it is left for the new one.
    linger: float = 0.25
    #: After "too many transports": until the dead sockets at Twitch are gone.
    transports: float = 60.0
    #: Until topics beyond Twitch's limits are asked for again.
    limits: float = 600.0
    #: Until another attempt where no topic at all can be had.
    idle: float = 900.0
    #: Between two looks at a channel that is live.
    poll: float = 60.0
    #: Shorter interruptions are not worth a word: events themselves take that long.
    gap: float = 0.5
    #: What is still held back when the listener is stopped gets so long to be stored.
    farewell: float = 2.0

    def pauses(self) -> Iterator[float]:
        """Between one attempt and the next."""
        return back_off(self.backoff_first, self.backoff_longest)
