"""How much somebody may ask for: it runs out, and comes back with time."""

from __future__ import annotations

import time


class Budget:
    """At most `most`, regained by `per_second`."""

    def __init__(self, most: float, per_second: float) -> None:
        self._most = self._left = most
        self._per_second = per_second
        self._at = time.monotonic()

    def spend(self, cost: float) -> bool:
        """False if there was not so much left. It is spent all the same."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second) - cost
        self._at = now
        return self._left >= 0

    @property
    def debt(self) -> float:
        return max(0.0, -self._left)
