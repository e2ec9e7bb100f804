"""What goes on by itself while a test does something else."""

from __future__ import annotations

import threading
from typing import Self


class Alive:
    """Context manager: `_live` runs in a thread of its own, which at the end is told so by `_stops` and waited for."""

    def __init__(self, name: str) -> None:
        self._stops = threading.Event()
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stops.set()
        self._thread.join(10)

    def _live(self) -> None:
        raise NotImplementedError
