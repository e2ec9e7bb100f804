"""Whether the channel is live: by chat at once, viewers and title by asking once a minute."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from connections.platforms.trovo import api
from connections.platforms.trovo.parse import PLATFORM, unix_moment
from connections.platforms.trovo.timing import Timing
from events.enums import Kind
from events.ingest.threads import in_thread
from lumio.lib.errors import Refusal
from lumio.lib.payload import NAME_LENGTH, TITLE_LENGTH, number_in_any_spelling, text

if TYPE_CHECKING:
    from connections.platforms.listening import Grant
    from events.ingest.base import Outlet
    from events.types import StreamEvent

log = logging.getLogger(__name__)


class ChannelWatch:
    """What one channel is doing, over all sessions."""

    def __init__(self, channel_id: str, outlet: Outlet, grant: Grant, timing: Timing) -> None:
        self.channel_id = channel_id
        self.outlet = outlet
        self.grant = grant
        self.timing = timing
        self._told = asyncio.Event()

    async def heard(self, event: StreamEvent) -> None:
        """Take down that the stream began or ended."""
        if event.kind in (Kind.STREAM_ONLINE, Kind.STREAM_OFFLINE):
            self._told.set()
            live = event.kind is Kind.STREAM_ONLINE
            since = event.occurred_at if live else None
            await self.outlet.status(platform=PLATFORM, channel_id=self.channel_id, live=live, since=since)

    async def run(self) -> None:
        """Look now and then. What goes wrong here is tried again and concerns nobody else."""
        while True:
            self._told.clear()
            try:
                await self._look()
            except Refusal as refusal:
                log.debug("Asking about channel %s: %s", self.channel_id, refusal)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.timing.poll):
                    await self._told.wait()
                # What the API says may be older than what chat has just told.
                await asyncio.sleep(self.timing.poll)

    async def _look(self) -> None:
        channel = await in_thread(api.channel, self.channel_id, await self.grant.client_id())
        live = channel.get("is_live")
        if self._told.is_set() or not isinstance(live, bool):
            return
        await self.outlet.status(
            platform=PLATFORM,
            channel_id=self.channel_id,
            live=live,
            since=unix_moment(channel.get("started_at")) if live else None,
            viewers=number_in_any_spelling(channel.get("current_viewers")) if live else None,
            title=text(channel.get("live_title"), TITLE_LENGTH),
            category=text(channel.get("category_name"), NAME_LENGTH),
            name=text(channel.get("username"), NAME_LENGTH) or None,
        )
