"""How long the listener waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from events.ingest.timing import SourceTiming


@dataclass(frozen=True, slots=True)
class Timing(SourceTiming):
    """Seconds."""

    #: From the token to the answer that it is good: one lasts for about 20.
    open: float = 10.0
    #: Between two pings, until a pong asks for another rhythm.
    ping: float = 30.0
    #: A socket is dead after so many pings without a frame.
    patience: float = 2.5
    #: Until another attempt where there are no app credentials to ask with.
    idle: float = 900.0
    #: Between two looks at the channel.
    poll: float = 60.0
