"""Working through what is due: a few rows of each platform at a time, so that one that hangs keeps no other waiting."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias
from uuid import UUID

from django.db import connection as database

from connections.platforms.failures import PlatformFailure

log = logging.getLogger(__name__)

#: A connection's id, and the version that is due.
Grant: TypeAlias = tuple[UUID, int]

#: So many calls to one platform at the same time.
IN_FLIGHT = 5
#: A sweep begins nothing after so many seconds: the next one takes what is left, with the longest overdue first.
BEGINS_FOR = 40.0

#: Set when this process is about to end: what is under way may finish, nothing new begins.
stopping = threading.Event()


def work_through(due: Iterable[Iterable[Grant]], work: Callable[[Grant], None]) -> int:
    """Do `work` on the grants of each list in order, `IN_FLIGHT` of a list at a time. The number it took on.

    One that fails stops no other: what platforms say is in its row already, anything else is logged.
    """
    until = time.monotonic() + BEGINS_FOR
    queues = [queue for queue in map(deque, due) if queue]
    if not queues or stopping.is_set():
        return 0
    workers = [queue for queue in queues for _ in range(min(IN_FLIGHT, len(queue)))]
    with ThreadPoolExecutor(len(workers), thread_name_prefix="sweep") as pool:
        return sum(pool.map(lambda queue: _drain(queue, work, until), workers))


def _drain(queue: deque[Grant], work: Callable[[Grant], None], until: float) -> int:
    number = 0
    try:
        while time.monotonic() < until and not stopping.is_set():
            try:
                grant = queue.popleft()
            except IndexError:
                break
            number += 1
            _work_on(grant, work)
    finally:
        database.close()
    return number


def _work_on(grant: Grant, work: Callable[[Grant], None]) -> None:
    try:
        work(grant)
    except PlatformFailure:
        pass  # it is in the row, where the card shows it
    except Exception:  # one broken grant must not keep the others from their turn
        log.exception("Working on connection %s failed", grant[0])


def let_go() -> None:
    """Give the database connection back before a platform is asked: an answer may take long, and a pool is small."""
    if not database.in_atomic_block:
        database.close()
