"""Whether the channel is live and what it says about itself: by event at once, viewers by asking once a minute."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connections.platforms.twitch.parts import PLATFORM
from connections.platforms.twitch.timing import Timing
from lumio.lib.errors import Refusal
from lumio.lib.payload import Payload, mapping, moment, number, text

if TYPE_CHECKING:
    from connections.platforms.twitch.api import Helix
    from events.ingest.base import Outlet

log = logging.getLogger(__name__)

#: Get Streams may be so far behind `stream.online` and `stream.offline`.
LAG = timedelta(minutes=3)


class ChannelWatch:
    """What one channel is doing, over all sessions. `live` is None until somebody has said so."""

    def __init__(self, channel_id: str, outlet: Outlet, helix: Helix, timing: Timing) -> None:
        self.channel_id = channel_id
        self.outlet = outlet
        self.helix = helix
        self.timing = timing
        self.live: bool | None = None
        #: When the last `stream.online` or `stream.offline` came.
        self.told_at: datetime | None = None
        self._told = asyncio.Event()

    # By event

    async def heard(self, topic: str, event: Payload) -> None:
        """Take down what a notification says about the channel."""
        match topic:
            case "stream.online":
                started_at = moment(event.get("started_at")) or datetime.now(UTC)
                await self._tell(True, since=started_at, name=name_of(event))
            case "stream.offline":
                await self._tell(False, name=name_of(event))
            case "channel.update":
                category = text(event.get("category_name"), 200)
                await self._say(title=text(event.get("title"), 500), category=category, name=name_of(event))

    async def _tell(self, live: bool, **known: Any) -> None:
        self.live, self.told_at = live, datetime.now(UTC)
        self._told.set()
        await self._say(live=live, **known)

    # By asking

    async def run(self) -> None:
        """Look at once, for what happened while nobody listened, then once a minute while the channel is live.

        What goes wrong here is tried again and concerns nobody else: the socket goes on without it.
        """
        pauses = self.timing.pauses()
        while True:
            self._told.clear()
            try:
                await self._look()
            except Refusal as refusal:
                log.debug("Asking about channel %s: %s", self.channel_id, refusal)
                pause: float | None = max(next(pauses), self.timing.poll if self.live else 0)
            else:
                pauses = self.timing.pauses()
                pause = self.timing.poll if self.live else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._told.wait()
                # Get Streams does not know yet.
                await asyncio.sleep(self.timing.poll)

    async def _look(self) -> None:
        streams = await self.helix.rows("/streams", user_id=self.channel_id)
        if self._told.is_set():
            return  # an event came meanwhile, and is newer
        stream = mapping(streams[0]) if streams else None
        if self._is_behind(stream):
            return
        self.live = stream is not None
        if stream is None:
            await self._say(live=False)
            await self._look_offline()
            return
        await self._say(
            live=True,
            since=moment(stream.get("started_at")),
            viewers=number(stream.get("viewer_count")),
            title=text(stream.get("title"), 500),
            category=text(stream.get("game_name"), 200),
            name=text(stream.get("user_name"), 200) or None,
        )

    def _is_behind(self, stream: Payload | None) -> bool:
        """Whether this answer of Get Streams is older than the last event."""
        if self.told_at is None or self.live is (stream is not None) or datetime.now(UTC) - self.told_at > LAG:
            return False
        started_at = moment(stream.get("started_at")) if stream else None
        return started_at is None or started_at < self.told_at

    async def _look_offline(self) -> None:
        """Title and category, which Get Streams has only of who is live."""
        for channel in map(mapping, await self.helix.rows("/channels", broadcaster_id=self.channel_id)):
            await self._say(
                title=text(channel.get("title"), 500),
                category=text(channel.get("game_name"), 200),
                name=text(channel.get("broadcaster_name"), 200) or None,
            )

    async def _say(self, **known: Any) -> None:
        await self.outlet.status(platform=PLATFORM, channel_id=self.channel_id, **known)


def name_of(event: Payload) -> str | None:
    return text(event.get("broadcaster_user_name"), 200) or None
