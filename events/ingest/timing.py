"""How long a source waits for what, as far as sources have it in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lumio.lib.backoff import back_off
from lumio.lib.errors import Refusal


@dataclass(frozen=True, slots=True)
class SourceTiming:
    """Seconds. What talks to a platform extends it with its own."""

    backoff_first: float = 1.0
    backoff_longest: float = 60.0
    #: A session that lasted this long makes the next pause short again.
    healthy_after: float = 60.0
    #: Shorter interruptions are not worth a word: events themselves take that long.
    gap: float = 0.5
    #: What is still held back when the source is stopped gets so long to be stored.
    farewell: float = 2.0

    def pauses(self) -> Iterator[float]:
        """Between one attempt and the next."""
        return back_off(self.backoff_first, self.backoff_longest)

    def pause_after(self, refusal: Refusal, pauses: Iterator[float]) -> float:
        """Until the next attempt: as the platform asks, and no sooner than the next of our own pauses."""
        return max(next(pauses), refusal.retry_after or 0)
