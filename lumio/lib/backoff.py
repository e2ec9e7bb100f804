"""How long to wait before another attempt."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator


def back_off(first: float, longest: float) -> Iterator[float]:
    """Pauses in seconds, doubling from the first to the longest, each cut by up to half so that nobody is in step."""
    for attempt in itertools.count():
        yield min(first * 2 ** min(attempt, 16), longest) * random.uniform(0.5, 1)  # noqa: S311  not a secret
