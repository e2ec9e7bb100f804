"""How the live bus works beside the sockets: tasks of its event loop, and threads of its own for the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import Error as DatabaseError
from django.db import close_old_connections

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Its own threads: a read for a socket never waits behind a slow page in Django's one thread for sync code.
_threads = ThreadPoolExecutor(4, thread_name_prefix="hub")


async def in_database(function: Callable[..., T], *arguments: Any) -> T:
    """Run a function that uses the database in one of the hub's threads."""

    def run() -> T:
        close_old_connections()
        try:
            return function(*arguments)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_threads, run)


class Work:
    """What nobody waits for. How it failed is logged here; that the database is away only when that begins and ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: set[object] = set()
        self._is_blind = False

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do `work` beside everything else."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def once(self, key: object, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` beside everything else, unless the same is being done."""
        if key in self._busy:
            work.close()
            return
        self._busy.add(key)

        async def busy() -> None:
            try:
                await work
            finally:
                self._busy.discard(key)

        self.spawn(busy())

    def after(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` in so many seconds."""
        self._loop.call_later(seconds, lambda: self.spawn(work()))

    def note_blind(self, error: Exception | None) -> None:
        """The database could not be read, or (None) it could."""
        if (error is not None) != self._is_blind:
            self._is_blind = error is not None
            logger.warning("The live bus cannot read the database: %s", error or "it can again")

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, DatabaseError):
            self.note_blind(error)  # the next round tries again
        elif error:
            logger.error("The live bus failed at something", exc_info=error)
