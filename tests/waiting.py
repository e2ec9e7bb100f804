"""Waiting for what happens elsewhere, from asyncio tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from django.db import connections

#: Seconds. A machine that does everything else beside it takes its time.
PATIENCE = 30.0


async def in_db(function: Callable[[], Any]) -> Any:
    """Run a query in a thread, as asyncio wants it, and leave no connection behind."""

    def call() -> Any:
        try:
            return function()
        finally:
            connections.close_all()

    return await asyncio.to_thread(call)


async def until(condition: Callable[[], Any], *, seconds: float = PATIENCE) -> None:
    """Wait until the condition holds; a failed assertion if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


async def until_db(condition: Callable[[], Any], *, seconds: float = PATIENCE) -> None:
    """The same for a condition that asks the database."""
    deadline = time.monotonic() + seconds
    while not await in_db(condition):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)
