"""How long the listener waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from events.ingest.timing import SourceTiming


@dataclass(frozen=True, slots=True)
class Timing(SourceTiming):
    """Seconds."""

    open: float = 10.0
    #: A socket is dead after this much silence beyond the keepalive, and after half the keepalive more at least.
    margin: float = 5.0
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
