"""Threads that go on while something else happens."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def beside(threads: Sequence[threading.Thread], ends: threading.Event) -> Iterator[None]:
    """They are started, and at the end told by the event to end and waited for."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ends.set()
        for thread in threads:
            thread.join(60)
