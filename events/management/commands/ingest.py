from __future__ import annotations

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import connections

from events.domain import heartbeat
from events.ingest.supervisor import Supervisor
from lumio.lib.redact import mask_crashes

log = logging.getLogger(__name__)

#: Seconds between two heartbeats.
BEAT_EVERY = 5.0


class Command(BaseCommand):
    help = "Hold the long-lived connections to the platforms. Any number of these share the work."
    #: Only those of settings that are unsafe to run with.
    requires_system_checks = ("lumio",)

    def handle(self, *args: Any, **options: Any) -> None:
        mask_crashes()
        connections.close_all()  # the checks have used one, and this thread will not
        asyncio.run(supervise())


async def supervise() -> None:
    """Run until SIGINT or SIGTERM, then hand over what is held here."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    beating = asyncio.create_task(keep_beating())
    try:
        await Supervisor().run(stop)
    finally:
        beating.cancel()


async def keep_beating() -> None:
    """Show that this loop turns and that the database takes what it writes.

    A thread of its own: whatever fills the others must not look like a death, and a hanging database shall.
    """
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1, thread_name_prefix="heartbeat")
    while True:
        await loop.run_in_executor(thread, _beat)
        await asyncio.sleep(BEAT_EVERY)


def _beat() -> None:
    try:
        heartbeat.beat("ingest")
    except DatabaseError as error:
        log.debug("The heartbeat waits for the database: %s", error)  # the supervisor says it aloud
    finally:
        connections.close_all()
