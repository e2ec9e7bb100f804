"""How long the listener waits for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lumio.lib.backoff import back_off


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    #: Between two looks at the subscriptions: Kick ends some without a word.
    check: float = 180.0
    #: Until what Kick was too busy for is asked for again.
    busy: float = 60.0
    #: Between two looks at the channel.
    poll: float = 60.0
    backoff_first: float = 5.0
    backoff_longest: float = 120.0

    def pauses(self) -> Iterator[float]:
        """Between one attempt and the next."""
        return back_off(self.backoff_first, self.backoff_longest)
