"""How long the listener waits for what."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass


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
    #: Shorter interruptions are not worth a word.
    gap: float = 5.0
    #: What is still held back when the listener is stopped gets so long to be stored.
    farewell: float = 2.0


def back_off(timing: Timing) -> Iterator[float]:
    """Pauses in seconds, doubling up to the longest, with jitter."""
    for attempt in itertools.count():
        pause = min(timing.backoff_first * 2 ** min(attempt, 16), timing.backoff_longest)
        yield pause * random.uniform(0.5, 1)  # noqa: S311  not a secret
