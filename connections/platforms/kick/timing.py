"""How long the listener waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from events.ingest.timing import SourceTiming


@dataclass(frozen=True, slots=True)
class Timing(SourceTiming):
    """Seconds."""

    backoff_first: float = 5.0
    backoff_longest: float = 120.0
    #: Between two looks at the subscriptions: Kick ends some without a word.
    check: float = 180.0
    #: Until what Kick was too busy for is asked for again.
    busy: float = 60.0
    #: Between two looks at the channel.
    poll: float = 60.0
