"""How a web process stops: it says so first, goes on answering for a while, finishes what it has begun, and only then
closes its sockets.

A balancer needs that while to send people elsewhere; one that asks nobody finds the port closed. What has begun is
finished because no proxy sends it anew unless it only reads. A second signal ends the process at once.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING, Any

from django.conf import settings

from lumio.hosts import OverHttp

if TYPE_CHECKING:
    from lumio.hosts import Message, Receive, Scope, Send

log = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


#: Seconds that requests under way have once nobody comes in any more, and between two looks whether they are done.
FINISHING, LOOK = 5.0, 0.05


class Draining:
    has_begun = False
    #: Requests that are being answered.
    under_way = 0


class Finished(OverHttp):
    """ASGI wrapper. Counts what is under way, and has a proxy keep no connection that is about to end."""

    async def request(self, scope: Scope, receive: Receive, send: Send) -> None:
        Draining.under_way += 1
        try:
            await self.application(scope, receive, _for_the_last_time(send) if Draining.has_begun else send)
        finally:
            Draining.under_way -= 1


def _for_the_last_time(send: Send) -> Send:
    async def parting(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        await send(message)

    return parting


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
    loop.call_later(settings.LUMIO_DRAIN_SECONDS, _close_the_door, loop, reactor)


def _close_the_door(loop: asyncio.AbstractEventLoop, reactor: Any) -> None:
    for reader in reactor.getReaders():
        if hasattr(reader, "stopListening"):
            reader.stopListening()
    _stop_when_done(loop, reactor, loop.time() + FINISHING)


def _stop_when_done(loop: asyncio.AbstractEventLoop, reactor: Any, deadline: float) -> None:
    if Draining.under_way and loop.time() < deadline:
        loop.call_later(LOOK, _stop_when_done, loop, reactor, deadline)
    else:
        loop.call_later(LOOK, reactor.stop)  # the last bytes leave meanwhile
