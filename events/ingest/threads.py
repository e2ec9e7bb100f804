"""Blocking work for asyncio: database and HTTP calls, in bounded pools of their own."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import Error as DatabaseError
from django.db import close_old_connections, connections

P = ParamSpec("P")
R = TypeVar("R")

#: Threads that wait for slow answers together; more calls than that take turns.
CALLS = 16
#: Threads for the supervisor's own queries, which never wait behind a platform.
QUERIES = 2


@functools.cache
def _pool(name: str, size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix=name)


async def in_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function` in the pool. A database connection it opens there is given back afterwards."""
    return await _run(_pool("ingest", CALLS), _giving_back, functools.partial(function, *args, **kwargs))


async def in_own_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """The same for the supervisor, however many calls wait for slow answers."""
    return await _run(_pool("ingest-queries", QUERIES), _giving_back, functools.partial(function, *args, **kwargs))


async def in_lease_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """The same for keeping leases: one thread that also keeps its database connection.

    So neither a slow query of somebody else nor an exhausted pool of connections costs us a lease.
    """
    return await _run(_pool("ingest-leases", 1), _keeping, functools.partial(function, *args, **kwargs))


def _giving_back(function: Callable[[], R]) -> R:
    try:
        return function()
    finally:
        close_old_connections()


def _keeping(function: Callable[[], R]) -> R:
    try:
        return function()
    except DatabaseError:
        connections.close_all()  # the next call gets a new one
        raise


async def _run(pool: ThreadPoolExecutor, manner: Callable[[Callable[[], R]], R], function: Callable[[], R]) -> R:
    return await asyncio.get_running_loop().run_in_executor(pool, manner, function)
