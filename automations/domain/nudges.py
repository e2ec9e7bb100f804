"""Having a worker look at runs right away. Best effort: what is never sent, or lost, the sweep finds."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache

log = logging.getLogger(__name__)

#: Has a worker take a run on, after so many seconds.
Send = Callable[[int, float], None]

#: Nudges that wait while Valkey is away: whoever stores events never waits for it.
MOST_WAITING = 1_000

_send: Send | None = None
_waiting: queue.Queue[tuple[int, float]] = queue.Queue(MOST_WAITING)


def register(send: Send) -> None:
    """Say how a worker is reached. It may raise, and take its time."""
    global _send
    _send = send


def send(run_ids: Iterable[int], after: float = 0.0) -> None:
    """Never raises and never waits. To be called after the commit."""
    if _send is None:
        return
    _start()
    with suppress(queue.Full):
        for run_id in run_ids:
            _waiting.put_nowait((run_id, after))


@cache
def _start() -> None:
    """One thread of this process, which ends with it even while it waits for Valkey."""
    threading.Thread(target=_pass_on, name="nudges", daemon=True).start()


def _pass_on() -> None:
    while True:
        run_id, after = _waiting.get()
        try:
            if _send is not None:
                _send(run_id, after)
        except Exception as error:  # whatever carries it has its own
            log.debug("No worker could be told of run %s: %s", run_id, error)
        finally:
            _waiting.task_done()
