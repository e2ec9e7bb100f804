"""What the channel is doing, by asking: deliveries tell neither viewers nor what was before the first of them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from connections.platforms.kick.api import Calls, first
from connections.platforms.kick.parse import PLATFORM, when
from connections.platforms.kick.timing import Timing
from lumio.lib.errors import Refusal
from lumio.lib.payload import NAME_LENGTH, TITLE_LENGTH, mapping, number, text

if TYPE_CHECKING:
    from events.ingest.base import Outlet

log = logging.getLogger(__name__)


class ChannelWatch:
    """Asks about one channel for as long as it runs."""

    def __init__(self, channel_id: str, outlet: Outlet, calls: Calls, timing: Timing) -> None:
        self.channel_id = channel_id
        self.outlet = outlet
        self.calls = calls
        self.timing = timing
        self._name = ""

    async def run(self) -> None:
        """What goes wrong here is tried again and concerns nobody else: deliveries go on without it."""
        pauses = self.timing.pauses()
        while True:
            try:
                await self._look()
            except Refusal as refusal:
                log.debug("Asking about Kick's channel %s: %s", self.channel_id, refusal)
                await asyncio.sleep(max(self.timing.poll, self.timing.pause_after(refusal, pauses)))
            else:
                pauses = self.timing.pauses()
                await asyncio.sleep(self.timing.poll)

    async def _look(self) -> None:
        if not self._name:  # the channel has only the slug, which is another one
            user = first(await self.calls.call("GET", "/users", needs="user:read"))
            self._name = text(user.get("name"), NAME_LENGTH)
        channel = first(await self.calls.call("GET", "/channels", needs="channel:read"))
        if not channel:
            return  # nothing is known of it, which is not that it is offline
        stream = mapping(channel.get("stream"))
        live = stream.get("is_live") is True
        await self.outlet.status(
            platform=PLATFORM,
            channel_id=self.channel_id,
            live=live,
            # Offline it is a time in the year 1, and the number of viewers 0.
            since=when(stream.get("start_time")) if live else None,
            viewers=number(stream.get("viewer_count")) if live else None,
            title=text(channel.get("stream_title"), TITLE_LENGTH),
            category=text(mapping(channel.get("category")).get("name"), NAME_LENGTH),
            name=self._name or None,
        )
