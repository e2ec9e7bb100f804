"""The fan-out inside one web process: from the bus and the database into feeds, and from each feed to its sockets.

A message of the bus that continues a feed is passed on as it is. What is missing before it, and what a look at the
database says is missing, is read there.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from events import bus, on_air, states
from events.counts import COUNTS
from events.domain import log
from events.enums import Log
from events.feeds import FRAME_ROWS, KEPT_FOR, Feed, Frame, LogFeed, StateFeed, fitting
from events.models import LiveHead
from events.on_demand import OnDemand
from events.payloads import encoded_row, payload
from events.sockets import Socket, Subscription
from events.work import Work, in_database

if TYPE_CHECKING:
    from uuid import UUID

    from events.channels import Channel

#: Seconds that the bus has to close a hole by itself: its message may be on the way.
GRACE = 0.1
#: Seconds in which messages gather for one frame.
GATHER = 0.005
#: Seconds between two readings of all states.
STATES_EVERY = 15.0
#: Rows that are replayed to one socket. What is older is a `gap`, to be fetched by REST.
REPLAY = 1000


class Fanout:
    """The feeds that somebody here listens to. Who may listen to what is the caller's business."""

    def __init__(self, subscriber: bus.Subscriber, work: Work) -> None:
        self._bus = subscriber
        self._work = work
        self._feeds: dict[Channel, Feed] = {}
        self._opening: dict[Channel, asyncio.Task[None]] = {}
        self._on_demand = OnDemand(work.spawn)
        self._states_read_at = 0.0
        self._forgot_at = time.monotonic()

    # --- What a socket asks for -----------------------------------------------------------------------------------

    async def subscribe(self, socket: Socket, channel: Channel, after: int | None, request: str | None) -> None:
        """Answer `subscribed` and send what follows `after` (None: from now on). Repeating it changes nothing."""
        feed = self._feed(channel)
        feed.awaited += 1
        try:
            await self._opened(feed)
            if isinstance(feed, LogFeed) and after is not None and after > feed.head:
                # The page has read further than the bus has told, or knows rows that a restored database has not.
                feed.known = max(feed.known, await in_database(_last_seq, channel))
                await self._fill(feed)
                after = min(after, feed.head)
            if not socket.is_open or socket.actor is None or not channel.open_to(socket.actor):
                return
            if channel not in socket.subscriptions:
                cursor = after if after is not None else feed.start_of_new
                socket.subscriptions[channel] = Subscription(socket, feed, cursor)
                feed.subscriptions.add(socket.subscriptions[channel])
        finally:
            feed.awaited -= 1
            self._close_if_unused(feed)
        seq = feed.head if channel.is_log else None
        await socket.send("subscribed", channel=str(channel), seq=seq, **({"request": request} if request else {}))
        self.pump_soon(socket)

    def unsubscribe(self, socket: Socket, channel: Channel) -> None:
        """Nothing more of the channel for this socket. What it does not listen to is left alone."""
        if subscription := socket.subscriptions.pop(channel, None):
            subscription.feed.subscriptions.discard(subscription)
            self._close_if_unused(subscription.feed)

    def acknowledge(self, socket: Socket, frames: int) -> bool:
        """The client has so many frames; more follows if it had fallen back. False for frames never sent."""
        is_possible = socket.acknowledge(frames)
        self.pump_soon(socket)
        return is_possible

    def leave(self, socket: Socket) -> None:
        """Forget a socket that was closed by either side."""
        for channel in list(socket.subscriptions):
            self.unsubscribe(socket, channel)

    # --- What is heard and looked for -----------------------------------------------------------------------------

    def hear(self, channel: Channel, text: str) -> None:
        """A message of the bus on the channel's topic."""
        for feed in self._feeds_of(channel):
            if text == bus.READ_AGAIN and isinstance(feed, StateFeed):
                feed.is_stale = True
                self._work.once(("stale", feed), self._read_again(feed))
            else:
                feed.hear(text)
                self._gathered(feed)

    def refresh(self) -> None:
        """Tell others now and then what is open here. To be called every second or so."""
        self._on_demand.refresh(self._feeds)

    async def look(self, heads: Mapping[UUID, LiveHead]) -> None:
        """Find holes by the heads of the logs, read states if it is time to, and drop what was kept for long enough."""
        for feed in self._feeds.values():
            if isinstance(feed, LogFeed) and (behind := heads.get(feed.channel.account_id)):
                stored = behind.last_seq(Log(feed.channel.topic))
                if stored > feed.head and feed.channel not in self._opening:
                    self._work.once(("behind", feed), self._catch_up(feed, stored))
        now = time.monotonic()
        if not self._bus.connected or now - self._states_read_at >= STATES_EVERY:
            self._states_read_at = now
            await self._read_states()
        if now - self._forgot_at >= KEPT_FOR:
            self._forgot_at = now
            self._forget()

    # --- Feeds ----------------------------------------------------------------------------------------------------

    def _feeds_of(self, channel: Channel) -> list[Feed]:
        """Those that the messages of a channel's topic are for: as they are, and cut down to what viewers may see."""
        both = (replace(channel, is_on_air=is_on_air) for is_on_air in (False, True))
        return [feed for one in both if (feed := self._feeds.get(one))]

    def _feed(self, channel: Channel) -> Feed:
        if channel not in self._feeds:
            feed = LogFeed(channel) if channel.is_log else StateFeed(channel)
            self._feeds[channel] = feed
            self._opening[channel] = asyncio.create_task(self._begin(feed))
        return self._feeds[channel]

    async def _opened(self, feed: Feed) -> None:
        if opening := self._opening.get(feed.channel):
            # Shielded: others wait for the same.
            await asyncio.shield(opening)

    async def _begin(self, feed: Feed) -> None:
        """Listen first, then read: what happens in between is heard, and dropped if it was read as well."""
        try:
            await self._bus.add(bus.topic(feed.channel))
            if isinstance(feed, LogFeed):
                feed.start(await in_database(_last_seq, feed.channel))
            else:
                if feed.channel.is_on_demand:
                    self._on_demand.opened(feed.channel)
                read = await in_database(states.messages, feed.channel.topic, [feed.channel.account_id])
                # What the bus told meanwhile is newer than what was read.
                for message in read.get(feed.channel.account_id, ()):
                    if not feed.knows(message["id"]):
                        feed.put(message)
                feed.told = feed.head
        except BaseException:
            # Whoever comes next begins anew: on this feed, which begins nowhere, they would be sent the past.
            del self._feeds[feed.channel]
            self._work.spawn(self._stop_hearing(feed.channel))
            raise
        finally:
            del self._opening[feed.channel]
        self._close_if_unused(feed)  # those who waited may have gone
        self._gathered(feed)

    def _close_if_unused(self, feed: Feed) -> None:
        is_used = feed.subscriptions or feed.awaited or feed.channel in self._opening
        if not is_used and self._feeds.get(feed.channel) is feed:
            del self._feeds[feed.channel]
            self._work.spawn(self._stop_hearing(feed.channel))

    async def _stop_hearing(self, channel: Channel) -> None:
        if not self._feeds_of(channel):  # nor has anybody come since
            await self._bus.drop(bus.topic(channel))

    def _forget(self) -> None:
        for feed in self._feeds.values():
            if isinstance(feed, LogFeed):
                feed.forget()

    async def _read_states(self) -> None:
        by_topic: dict[str, list[StateFeed]] = defaultdict(list)
        for feed in self._feeds.values():
            if isinstance(feed, StateFeed):
                by_topic[feed.channel.topic].append(feed)
        for topic, feeds in by_topic.items():
            heads = [feed.head for feed in feeds]
            read = await in_database(states.messages, topic, list({feed.channel.account_id for feed in feeds}))
            for feed, head in zip(feeds, heads, strict=True):
                # What the bus told meanwhile is newer than what was read.
                if feed.head == head:
                    for message in read.get(feed.channel.account_id, ()):
                        feed.put(message)
                    self._gathered(feed)

    async def _read_again(self, feed: StateFeed) -> None:
        """What the channel says may have changed, and nobody says how."""
        channel = feed.channel
        while feed.is_stale:
            feed.is_stale = False
            read = await in_database(states.messages, channel.topic, [channel.account_id])
            for message in read.get(channel.account_id, ()):
                feed.put(message)
        self._gathered(feed)

    def _gathered(self, feed: Feed) -> None:
        """The feed has something new: read what is missing before it, or send it in a few milliseconds."""
        if feed.channel in self._opening:
            return  # where it begins is not known yet
        if isinstance(feed, LogFeed) and feed.has_hole:
            self._work.once(feed, self._fill(feed))
        elif feed.head > feed.told and not feed.is_gathering:
            feed.is_gathering = True
            self._work.after(GATHER, lambda: self._flush(feed))

    async def _catch_up(self, feed: LogFeed, stored: int) -> None:
        """The database has more than the feed. If the bus is not bringing it, it was lost."""
        head = feed.head
        if self._bus.connected:
            await asyncio.sleep(GRACE)
        if feed.head == head:
            COUNTS.holes += 1
            feed.known = max(feed.known, stored)
            self._gathered(feed)

    async def _fill(self, feed: LogFeed) -> None:
        """Read the hole between `head` and `known`, in pieces."""
        if feed.known - feed.head > REPLAY:
            feed.start(feed.known - REPLAY)  # nobody is replayed more than that
        while feed.has_hole:
            head = feed.head
            feed.accept(head + 1, await in_database(_rows, feed.channel, head, feed.known))
            await self._flush(feed)

    async def _flush(self, feed: Feed) -> None:
        """Send what is new to every socket that has had everything before it: one frame, encoded once."""
        feed.is_gathering = False
        while feed.told < feed.head:
            before, frame = feed.told, feed.frame(feed.told)
            feed.told = frame.last if frame else feed.head
            message = {"type": "websocket.send", "text": frame.text} if frame else {}
            for subscription in list(feed.subscriptions):
                socket = subscription.socket
                if frame and subscription.cursor == before and socket.has_room:
                    subscription.cursor = frame.last
                    if frame.text:
                        await socket.send_frame(message, len(frame.text))
                else:
                    self.pump_soon(socket)

    # --- Sockets that are behind ----------------------------------------------------------------------------------

    def pump_soon(self, socket: Socket) -> None:
        """Have a socket sent what it lacks, if it has room."""
        if socket.has_room and any(place.cursor < place.feed.told for place in socket.subscriptions.values()):
            self._work.once(socket, self._pump(socket))

    async def _pump(self, socket: Socket) -> None:
        """Send a socket what it lacks, from what is at hand or from the database, as long as it has room."""
        for place in list(socket.subscriptions.values()):
            while place.cursor < place.feed.told and socket.has_room:
                if socket.subscriptions.get(place.feed.channel) is not place:
                    break
                if isinstance(place.feed, LogFeed) and place.feed.told - place.cursor > REPLAY:
                    oldest = place.feed.told - REPLAY
                    await socket.send(
                        "gap", channel=str(place.feed.channel), **{"from": place.cursor + 1, "to": oldest}
                    )
                    place.cursor = oldest
                cursor = place.cursor
                frame = place.feed.frame(cursor) or await self._stored_frame(place.feed, cursor)
                if place.cursor == cursor:  # nothing was sent while the database was read
                    place.cursor = frame.last
                    if frame.text:
                        await socket.send_frame({"type": "websocket.send", "text": frame.text}, len(frame.text))

    async def _stored_frame(self, feed: Feed, after: int) -> Frame:
        """The rows after `after`, which the feed no longer has."""
        rows = fitting(await in_database(_rows, feed.channel, after, feed.told))
        return Frame(feed.channel, rows, after + len(rows))


def _last_seq(channel: Channel) -> int:
    head = LiveHead.objects.filter(account_id=channel.account_id).first()
    return head.last_seq(Log(channel.topic)) if head else 0


def _rows(channel: Channel, after: int, known: int) -> list[str]:
    """The rows numbered from `after` + 1, encoded: as many as fit into a frame, or all, and then up to `known`.

    Numbers have no gaps, unless somebody deleted rows or put an older database back. "" stands for such a row, so that
    a page's place in the log stays right and nobody waits for what will not come.
    """
    rows = log.since(channel.account_id, Log(channel.topic), after, FRAME_ROWS)
    encoded = {row.seq: encoded_row(payload(row)) for row in rows}
    if channel.is_on_air:
        encoded = {seq: on_air.row(text) for seq, text in encoded.items()}
    last = rows[-1].seq if len(rows) == FRAME_ROWS else max([known, *encoded])
    return [encoded.get(seq, "") for seq in range(after + 1, last + 1)]
