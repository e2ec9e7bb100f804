"""Listening to a channel at Kick: what it delivers comes to a web process, and here it is kept coming.

So a restart of ingest loses nothing. Lost is what happens while a subscription is missing, and that is said.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from django.conf import settings

from connections.platforms.kick.api import NAME, Calls
from connections.platforms.kick.status import ChannelWatch
from connections.platforms.kick.subscriptions import Subscriptions, no_scope
from connections.platforms.kick.timing import Timing
from connections.platforms.kick.topics import SCOPE, TOPICS
from connections.platforms.webhooks import reaches_us
from events.enums import SourceState
from events.ingest.base import Failure
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from connections.platforms.listening import Grant
    from events.ingest.base import Outlet

log = logging.getLogger(__name__)


async def listen(channel_id: str, outlet: Outlet, grant: Grant, *, timing: Timing | None = None) -> None:
    """Keep a channel's deliveries coming, and know what it is doing, until cancelled."""
    timing = timing or Timing()
    calls = Calls(grant)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ChannelWatch(channel_id, outlet, calls, timing).run())
        tasks.create_task(keep_subscribed(channel_id, outlet, calls, grant, timing))


async def keep_subscribed(channel_id: str, outlet: Outlet, calls: Calls, grant: Grant, timing: Timing) -> None:
    if hopeless := reason_for_nothing(grant):
        # A new sign-in with other scopes starts the source anew, and so does another address.
        await outlet.health(SourceState.STOPPED, active=0, wanted=len(TOPICS), failure=hopeless)
        return
    subscriptions = Subscriptions(channel_id, outlet, calls)
    pauses, said = timing.pauses(), None
    while True:
        try:
            await subscriptions.check()
        except Refusal as refusal:
            failure = Failure.of(refusal)
            if failure != said:
                log.info("Kick's subscriptions of channel %s: %s", channel_id, refusal)
            said = failure
            # Those that there were go on without us, as far as anybody knows.
            if subscriptions.active:
                await subscriptions.report(failure)
            else:
                await outlet.health(SourceState.RECONNECTING, active=0, wanted=len(TOPICS), failure=failure)
            await asyncio.sleep(timing.pause_after(refusal, pauses))
        else:
            pauses, said = timing.pauses(), None
            await asyncio.sleep(timing.busy if subscriptions.busy else timing.check)


def reason_for_nothing(grant: Grant) -> Failure | None:
    """Why nothing can be delivered as things are."""
    if not reaches_us(settings.KICK_API_URL):
        return Failure("no_public_address", {"platform": NAME})
    if SCOPE not in grant.scopes:
        return no_scope()
    return None
