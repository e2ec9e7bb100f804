"""Named places where a test lets the process die, to prove that nothing is lost or doubled there."""

from __future__ import annotations

import os
from collections import Counter

_armed, _, _nth = os.environ.get("LUMIO_CRASH_AT", "").partition(":")
_passes: Counter[str] = Counter()


def crash_point(name: str) -> None:
    """Die here as by `kill -9` if `LUMIO_CRASH_AT` is `name` (or `name:n`: at the n-th pass); else do nothing."""
    if name != _armed:
        return
    _passes[name] += 1
    if _passes[name] == int(_nth or 1):
        os._exit(137)
