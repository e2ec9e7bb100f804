"""How a web process stops: it says so first, goes on answering for a while, and only then closes its sockets.

A balancer needs that while to send people elsewhere. A second signal ends the process at once.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Draining:
    has_begun = False


def is_served() -> bool:
    """Whether Twisted's reactor is going to run in this process."""
    return "twisted.internet.reactor" in sys.modules


def wait_before_stopping() -> None:
    """Take the stop signals over from the reactor, once it runs and has set its own handlers."""
    reactor: Any = sys.modules["twisted.internet.reactor"]
    reactor.callLater(0, _take_over, reactor)


def _take_over(reactor: Any) -> None:
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, _begin, loop, reactor)


def _begin(loop: asyncio.AbstractEventLoop, reactor: Any) -> None:
    Draining.has_begun = True
    for number in STOP_SIGNALS:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)
    if settings.LUMIO_DRAIN_SECONDS:
        log.info("Stopping in %s s", settings.LUMIO_DRAIN_SECONDS)
    loop.call_later(settings.LUMIO_DRAIN_SECONDS, reactor.stop)
