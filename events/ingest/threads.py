"""Blocking work for asyncio: database and HTTP calls, in bounded pools of their own."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")

#: Threads that wait for slow answers together; more calls than that take turns.
CALLS = 16


#: Threads for the supervisor's own queries. They never wait behind a platform: a lease is kept within seconds.
QUERIES = 2


@functools.cache
def _pool(name: str, size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix=name)


async def in_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function` in the pool. A database connection it opens there is given back afterwards."""
    return await _run(_pool("ingest", CALLS), functools.partial(function, *args, **kwargs))


async def in_own_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """The same for who keeps the leases, however many calls wait for slow answers."""
    return await _run(_pool("ingest-leases", QUERIES), functools.partial(function, *args, **kwargs))


async def _run(pool: ThreadPoolExecutor, function: Callable[[], R]) -> R:
    def call() -> R:
        try:
            return function()
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(pool, call)
