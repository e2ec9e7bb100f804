from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from events.ingest.supervisor import Supervisor


class Command(BaseCommand):
    help = "Hold the long-lived connections to the platforms. Any number of these share the work."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(supervise())


async def supervise() -> None:
    """Run until SIGINT or SIGTERM, then hand over what is held here."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await Supervisor().run(stop)
