"""How long the listener waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from events.ingest.timing import SourceTiming


@dataclass(frozen=True, slots=True)
class Timing(SourceTiming):
    """Seconds."""

    gap: float = 5.0
    #: Opening a socket, its greeting included; being subscribed takes as long again.
    open: float = 10.0
    #: Between two pings of ours over Astro, and how long a ping may go unanswered.
    ping: float = 20.0
    #: How long a socket that was left for another is still read.
    linger: float = 0.25
    #: Until Astro is tried again after it could not be had, and after it said that we ask in a wrong way.
    astro_again: float = 300.0
    astro_refused: float = 3600.0
    #: Between two requests of one token.
    pace: float = 1.0
    #: Between two questions for tips while no socket is open.
    ask: float = 60.0
    #: Between two looks at whether the token still works and nothing was missed.
    check: float = 900.0
