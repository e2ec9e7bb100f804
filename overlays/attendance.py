"""One open page of an overlay: what it is told, what it says of itself, and which alerts it is given.

The page says `overlay` first (see `OverlayConsumer`), with `version` (of Lumio's files, if it was told one before) and
`after` (the last `seq` of "chat" and "events" that it has), then

    beat     how many `frames` it has received; `visible`, `active`, `fps`. Whenever it is asked, and when these change.
    look     the overlay has changed: what is it now?
    next     it is idle and can be seen: is there an alert for it?
    started, done   of a `play`
    echo     of an `echo`, with its `id`: it has arrived

and is told `ready`, `reload`, `definition` (in pieces), `beat`, `play` or `nothing`, `noted`, `echo`, and the messages
of its channels.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils import timezone

from events import echoes
from events.hub import Hub
from events.payloads import encoded
from events.sockets import Close, files_version
from events.work import in_database
from overlays.domain import hearing, panic, queue, sources
from overlays.domain.definition import for_viewers
from overlays.domain.sources import State
from overlays.models import Overlay

if TYPE_CHECKING:
    from datetime import datetime

    from events.channels import Channel
    from events.sockets import Socket

logger = logging.getLogger(__name__)

#: Seconds between two times that the page is asked whether it is there, and after which a silent one is not. Its own
#: timers would not do: browsers slow those of a hidden page down.
BEAT = 10.0
SILENT_FOR = 45.0
#: Seconds between two times that it is noted that nothing has changed.
NOTED_EVERY = 20.0

#: Characters of a piece of a definition: as JSON inside of JSON at most twice as many, and daphne sends 64 KiB.
PIECE = 30_000


class Attendance:
    """Of one page, until it closes. `source_id` is what it calls itself, the same after it has connected again."""

    def __init__(
        self, hub: Hub, socket: Socket, overlay: Overlay, source_id: UUID, *, agent: str, obs_version: str
    ) -> None:
        self._hub = hub
        self._socket = socket
        self._overlay = overlay
        self._source_id = source_id
        self._agent = agent
        self._obs_version = obs_version
        self._connected_at = timezone.now()
        self._version = ""
        self._state: State | None = None
        self._noted_at = 0.0
        self._heard_at = time.monotonic()
        self._asking: asyncio.Task[None] | None = None

    async def begin(self, message: dict[str, Any]) -> None:
        """It has come in: tell it what there is."""
        current = files_version()
        version = message.get("version")
        self._version = version if isinstance(version, str) else current
        told = await in_database(for_viewers, self._overlay)
        now = timezone.now()
        # Who only lost the connection was not out of sight.
        self._state = await in_database(sources.last_known, self._overlay.pk, self._source_id, now)
        await self._note(_state(message), now)
        # Before it is told any chat. What changes from here on, the overlay's own channel says.
        hides_chat = bool(await in_database(panic.pressed_in, [self._overlay.account_id]))
        await self._socket.send("ready", version=current, server_time=timezone.now().isoformat(), hides_chat=hides_chat)
        if self._version != current:
            await self._socket.send("reload")
        await self._show(told)
        self._asking = asyncio.create_task(self._ask_for_ever())
        await self._listen(told, message.get("after"))

    def over(self) -> None:
        """The page has gone, or is to."""
        if self._asking:
            self._asking.cancel()
        self._hub.work.spawn(self._leave())

    async def hear(self, message: dict[str, Any]) -> None:
        self._heard_at = time.monotonic()
        now = timezone.now()
        match message["type"]:
            case "beat":
                if isinstance(frames := message.get("frames"), int):
                    self._hub.fanout.acknowledge(self._socket, frames)
                await self._note(_state(message), now)
            case "echo":
                await echoes.came_back(self._socket, message.get("id"))
            case "look":
                await self._look()
            case "next" if self._state and self._state.is_seen:
                play = await in_database(queue.offer, self._overlay, self._source_id, now)
                await (self._socket.send("play", **play) if play else self._socket.send("nothing"))
            case "next":
                await self._socket.send("nothing")
            case "started" | "done" as what:
                await self._play(what, message.get("play"), now)

    # --- What it is told ------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        overlay = await in_database(Overlay.objects.filter(pk=self._overlay.pk).first)
        if overlay is None:
            await self._hub.close(self._socket, Close.NOT_AUTHENTICATED)
            return
        self._overlay = overlay
        told = await in_database(for_viewers, overlay)
        await self._show(told)
        await self._listen(told, None)

    async def _show(self, told: dict[str, Any]) -> None:
        """What is on the overlay, in as many pieces as it takes: somebody's own code has no end."""
        text = encoded(told)
        for at in range(0, len(text), PIECE):
            await self._socket.send("definition", piece=text[at : at + PIECE], is_last=at + PIECE >= len(text))

    async def _listen(self, told: dict[str, Any], after: Any) -> None:
        """Subscribe to what the layers of this definition listen to, and to nothing else any more."""
        wanted = hearing.channels_of(self._overlay, told)
        for channel in [channel for channel in self._socket.subscriptions if channel not in wanted]:
            self._hub.fanout.unsubscribe(self._socket, channel)
        for channel in wanted:
            if channel not in self._socket.subscriptions:
                await self._hub.fanout.subscribe(self._socket, channel, await self._cursor(channel, after), None)

    async def _cursor(self, channel: Channel, after: Any) -> int | None:
        if not channel.is_log:
            return None
        seen = after.get(channel.topic) if isinstance(after, dict) else None
        return await in_database(hearing.seen_cursor, channel, seen)

    async def _ask_for_ever(self) -> None:
        while self._socket.is_open:
            if time.monotonic() - self._heard_at > SILENT_FOR:
                await self._hub.close(self._socket, Close.TOO_SLOW)
                return
            await asyncio.sleep(BEAT)
            await self._socket.send("beat")

    # --- What it says ---------------------------------------------------------------------------------------------

    async def _note(self, state: State, now: datetime) -> None:
        """How the page is, if that is news or was not noted for a while."""
        before, at = self._state, time.monotonic()
        is_shown_now = state.is_seen and not (before and before.is_seen)
        self._state = state
        if before == state and at - self._noted_at < NOTED_EVERY:
            return
        self._noted_at = at
        if not await in_database(self._write, state, now):
            await self._hub.close(self._socket, Close.NOT_AUTHENTICATED)
        elif is_shown_now:
            await in_database(queue.came_back, self._overlay, self._source_id, now)

    def _write(self, state: State, now: datetime) -> bool:
        return sources.note(
            self._overlay.pk,
            self._source_id,
            state,
            version=self._version[:40],
            obs_version=self._obs_version,
            user_agent=self._agent,
            connected_at=self._connected_at,
            now=now,
        )

    async def _play(self, what: str, play: Any, now: datetime) -> None:
        with suppress(ValueError):
            play_id = UUID(str(play))
            await in_database(getattr(queue, what), play_id, self._source_id, now)
            await self._socket.send("noted", play=str(play_id), what=what)

    async def _leave(self) -> None:
        now = timezone.now()
        try:
            if await in_database(sources.gone, self._source_id, self._connected_at, now):
                await in_database(queue.gone, self._source_id, now)
        except DatabaseError as error:  # its leases run out
            logger.warning("It is not noted that an overlay page has gone: %s", error)


def _state(message: dict[str, Any]) -> State:
    """What the page says of itself; what is nonsense is not said."""
    visible, active, fps = (message.get(name) for name in ("visible", "active", "fps"))
    return State(
        visible=visible if isinstance(visible, bool) else None,
        active=active if isinstance(active, bool) else None,
        frames=min(fps, 1000) if isinstance(fps, int) and not isinstance(fps, bool) and fps >= 0 else None,
    )
