"""The live bus inside one web process: one subscriber and one look at the database a second for all its sockets.

Valkey is the fast way and the database the truth. A message of the bus that continues a feed is passed on as it is.
Once a second `LiveHead` of all served accounts is read in one query: a higher `seq` is a hole to be read, a newer
`access_epoch` a reason to ask again who the sockets are. So a lost message, a publisher that died after its commit and
a lost revocation are all found, and Valkey may be away.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import Error as DatabaseError
from django.db import close_old_connections

from events import bus, echoes, on_air, states
from events.channels import TOPICS, Channel
from events.counts import COUNTS
from events.credentials import Credential
from events.domain import echo, log, presence
from events.enums import Log
from events.feeds import FRAME_ROWS, KEPT_FOR, Feed, Frame, LogFeed, StateFeed, fitting
from events.models import LiveHead
from events.on_demand import OnDemand
from events.open_pages import OpenPages
from events.payloads import encoded_row, payload
from events.sockets import Close, Socket, Subscription

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.actor import Actor

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds between two looks at the database, with Valkey and without it.
LOOK_EVERY = 1.0
LOOK_EVERY_ALONE = 0.5
#: Seconds that the bus has to close a hole by itself: its message may be on the way.
GRACE = 0.1
#: Seconds in which messages gather for one frame.
GATHER = 0.005
#: Seconds between two readings of all states.
STATES_EVERY = 15.0
#: … and of asking every socket's credential again. What ends unannounced is found here: a session that runs out.
ASK_EVERY = 300.0
#: Rows that are replayed to one socket. What is older is a `gap`, to be fetched by REST.
REPLAY = 1000
#: Sockets of one process opened with one token or session, and in one account.
MOST_PER_CREDENTIAL = 128
MOST_PER_ACCOUNT = 1000
#: Seconds that closing frames get to leave at shutdown.
FAREWELL = 0.3

#: Its own threads: a read for a socket never waits behind a slow page in Django's one thread for sync code.
_threads = ThreadPoolExecutor(4, thread_name_prefix="hub")


async def in_database(function: Callable[..., T], *arguments: Any) -> T:
    """Run a function that uses the database in one of the hub's threads."""

    def run() -> T:
        close_old_connections()
        try:
            return function(*arguments)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_threads, run)


class TooManySockets(Exception):
    """The token, session or account has as many sockets open here as it may have."""


class Hub:
    """What one event loop serves. Works while there are sockets, sleeps without a query or a connection otherwise."""

    _running: Hub | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        #: Every open socket, also one that has not said yet who it is; and those that have.
        self._guests: set[Socket] = set()
        self._sockets: set[Socket] = set()
        self._is_leaving = False
        self._accounts: dict[UUID, set[Socket]] = defaultdict(set)
        self._feeds: dict[Channel, Feed] = {}
        self._opening: dict[Channel, asyncio.Task[None]] = {}
        #: The newest epoch seen of each served account.
        self._epochs: dict[UUID, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._services: list[asyncio.Task[None]] = []
        self._busy: set[object] = set()
        self._pages = OpenPages(self.spawn)
        self._on_demand = OnDemand(self.spawn)
        self._look_now = asyncio.Event()
        self._bus = bus.Subscriber(on_listening=self._look_now.set)
        self._is_blind = False
        self._states_read_at = 0.0
        self._asked_at = self._forgot_at = time.monotonic()
        self._looked_at = 0.0
        _on_shutdown(self._say_goodbye)

    @classmethod
    def current(cls) -> Hub:
        """The hub of the running event loop."""
        loop = asyncio.get_running_loop()
        if cls._running is None or cls._running._loop is not loop:
            cls._running = Hub(loop)
        return cls._running

    @classmethod
    def running(cls) -> Hub | None:
        """The hub of this process, if there was ever a socket."""
        return cls._running

    @property
    def open_sockets(self) -> int:
        return len(self._guests)

    @property
    def lag(self) -> float:
        """Seconds since the last look at the database; 0 while there are no sockets to look for."""
        return time.monotonic() - self._looked_at if self._services else 0.0

    # --- What a consumer calls ------------------------------------------------------------------------------------

    async def greet(self, socket: Socket) -> None:
        """A socket was opened. A process that is about to stop sends it on to another one."""
        self._guests.add(socket)
        if self._is_leaving:
            await socket.close(Close.RESTARTING)

    async def enter(self, socket: Socket, credential: Credential) -> Actor | None:
        """Find out who a socket is. None for nobody; raises TooManySockets."""
        epochs = dict(self._epochs)  # before the actor is read: a change in between is then asked about again
        actor = await in_database(credential.actor)
        if actor is None or not socket.is_open:
            return None
        account_id = actor.account.pk
        credential = credential.within(account_id)
        served = self._accounts[account_id]
        same = Counter(other.credential for other in served)[credential]
        if len(served) >= MOST_PER_ACCOUNT or same >= MOST_PER_CREDENTIAL:
            raise TooManySockets
        socket.actor, socket.account_id, socket.credential = actor, account_id, credential
        socket.epoch = epochs.get(account_id, -1)
        is_first = not served
        # All at once: a socket that is not among its account's would never be asked again who it is.
        self._sockets.add(socket)
        served.add(socket)
        self._pages.add(socket)
        self._start()
        if is_first:
            await self._bus.add(bus.control(account_id))
        return actor

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
        self._pump_soon(socket)

    def unsubscribe(self, socket: Socket, channel: Channel) -> None:
        if subscription := socket.subscriptions.pop(channel, None):
            subscription.feed.subscriptions.discard(subscription)
            self._close_if_unused(subscription.feed)

    def acknowledge(self, socket: Socket, frames: int) -> bool:
        """The client has so many frames; more follows if it had fallen back. False for frames never sent."""
        is_possible = socket.acknowledge(frames)
        self._pump_soon(socket)
        return is_possible

    def leave(self, socket: Socket) -> None:
        """Forget a socket that was closed by either side."""
        self._guests.discard(socket)
        account_id = socket.account_id
        if socket not in self._sockets or account_id is None:
            return
        self._sockets.discard(socket)
        self._pages.remove(socket)
        for subscription in socket.subscriptions.values():
            subscription.feed.subscriptions.discard(subscription)
            self._close_if_unused(subscription.feed)
        socket.subscriptions.clear()
        self._accounts[account_id].discard(socket)
        if not self._accounts[account_id]:
            del self._accounts[account_id]
            self._epochs.pop(account_id, None)
            self.spawn(self._drop_control(account_id))
        if not self._sockets:
            self._stop()

    async def _drop_control(self, account_id: UUID) -> None:
        if account_id not in self._accounts:  # nobody has come since
            await self._bus.drop(bus.control(account_id))

    async def close(self, socket: Socket, code: Close) -> None:
        self.leave(socket)
        await socket.close(code)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do `work` beside everything else. Nobody has to wait for it: how it failed is logged here."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, DatabaseError):
            self._note_blind(error)  # the next round tries again
        elif error:
            logger.error("The live bus failed at something", exc_info=error)

    # --- Working and sleeping -------------------------------------------------------------------------------------

    def _start(self) -> None:
        if not self._services:
            self._looked_at = time.monotonic()
            self._services = [self.spawn(self._listen()), self.spawn(self._look_for_ever())]

    def _stop(self) -> None:
        for service in self._services:
            service.cancel()
        self._services = []

    async def _listen(self) -> None:
        async for topic, text in self._bus.messages():
            channel = bus.channel_of(topic)
            try:
                if channel is None:
                    await self._heed(text)
                    continue
                for feed in self._feeds_of(channel):
                    if text == bus.READ_AGAIN and isinstance(feed, StateFeed):
                        feed.is_stale = True
                        self._once(("stale", feed), self._read_again(feed))
                    else:
                        feed.hear(text)
                        self._gathered(feed)
            except Exception:
                logger.exception("A message of the live bus is not understood")

    async def _heed(self, text: str) -> None:
        """A message about a served account: somebody's rights in it, a page that is to be closed, or a silent test."""
        told = json.loads(text)
        if test := echo.told_to(told):
            id, account_id = test
            self.spawn(echoes.pass_on(id, list(self._accounts.get(account_id, ()))))
        elif page_id := presence.told_to_close(told):
            if socket := self._pages.find(page_id):
                await self.close(socket, Close.SUPERSEDED)
        else:
            self._look_now.set()

    async def _look_for_ever(self) -> None:
        while True:
            self._look_now.clear()
            self._pages.refresh()
            self._on_demand.refresh(self._feeds)
            try:
                await self._look()
            except DatabaseError as error:
                self._note_blind(error)
            except Exception:
                logger.exception("The live bus looked in vain")  # all sockets depend on the next round
            else:
                self._looked_at = time.monotonic()
                self._note_blind(None)
            # Not `asyncio.wait_for`, which up to Python 3.11 may swallow the cancellation that ends this.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY if self._bus.connected else LOOK_EVERY_ALONE):
                    await self._look_now.wait()

    def _note_blind(self, error: Exception | None) -> None:
        if (error is not None) != self._is_blind:
            self._is_blind = error is not None
            logger.warning("The live bus cannot read the database: %s", error or "it can again")

    async def _look(self) -> None:
        """One round: holes, rights, states, and sockets that do not keep up."""
        heads = await in_database(_heads, list(self._accounts))
        for account_id, head in heads.items():
            if account_id not in self._accounts:
                continue  # the last one left while the database was read
            self._epochs[account_id] = head.access_epoch
            if any(socket.epoch < head.access_epoch for socket in self._accounts[account_id]):
                self._once(("rights", account_id), self._ask_again(account_id, head.access_epoch))
        for feed in self._feeds.values():
            if isinstance(feed, LogFeed) and (behind := heads.get(feed.channel.account_id)):
                stored = behind.last_seq(Log(feed.channel.topic))
                if stored > feed.head and feed.channel not in self._opening:
                    self._once(("behind", feed), self._catch_up(feed, stored))
        if not self._bus.connected or time.monotonic() - self._states_read_at >= STATES_EVERY:
            await self._read_states()
        now = time.monotonic()
        if now - self._asked_at >= ASK_EVERY:
            self._asked_at = now
            self._ask_everybody_again()
        if now - self._forgot_at >= KEPT_FOR:
            self._forgot_at = now
            self._forget()
        for socket in list(self._sockets):
            if socket.is_too_slow(now):
                await self.close(socket, Close.TOO_SLOW)
            else:
                self._pump_soon(socket)

    def _once(self, key: object, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` unless the same is being done."""
        if key in self._busy:
            work.close()
            return
        self._busy.add(key)

        async def busy() -> None:
            try:
                await work
            finally:
                self._busy.discard(key)

        self.spawn(busy())

    # --- Rights ---------------------------------------------------------------------------------------------------

    def _ask_everybody_again(self) -> None:
        for account_id, sockets in self._accounts.items():
            for socket in sockets:
                socket.epoch = -1
            self._once(("rights", account_id), self._ask_again(account_id, self._epochs.get(account_id, 0)))

    async def ask_if_changed(self, socket: Socket) -> None:
        """Find out anew who a socket is if rights have changed, whether a look has seen that already or not.

        Before a command that hands out what is stored: a look may be a second away.
        """
        if socket.account_id is None or socket.credential is None:
            return
        epoch = await in_database(_epoch, socket.account_id)
        if socket.epoch < epoch:
            await self._judge(socket, await in_database(socket.credential.actor), socket.account_id, epoch)

    async def _ask_again(self, account_id: UUID, epoch: int) -> None:
        """Who are the account's sockets now? One question for all that were opened with the same credential."""
        asked: dict[Credential, list[Socket]] = defaultdict(list)
        for socket in self._accounts.get(account_id, ()):
            if socket.epoch < epoch and socket.credential:
                asked[socket.credential].append(socket)
        for credential, sockets in asked.items():
            actor = await in_database(credential.actor)
            for socket in sockets:
                await self._judge(socket, actor, account_id, epoch)

    async def _judge(self, socket: Socket, actor: Actor | None, account_id: UUID, epoch: int) -> None:
        if actor is None:
            await self.close(socket, Close.NOT_AUTHENTICATED)
            return
        socket.actor, socket.epoch = actor, epoch
        for channel in [channel for channel in socket.subscriptions if not channel.open_to(actor)]:
            self.unsubscribe(socket, channel)
            detail = "The permission for this channel was taken away."
            await socket.send("error", code="UNAUTHORIZED", detail=detail, channel=str(channel))
        if not any(Channel(topic, account_id).open_to(actor) for topic in TOPICS):
            await self.close(socket, Close.FORBIDDEN)

    # --- Feeds ----------------------------------------------------------------------------------------------------

    def _feeds_of(self, channel: Channel) -> list[Feed]:
        """Those that the messages of a channel's topic are for: as they are, and cut down to what viewers may see."""
        both = (replace(channel, is_on_air=is_on_air) for is_on_air in (False, True))
        return [feed for one in both if (feed := self._feeds.get(one))]

    def _forget(self) -> None:
        for feed in self._feeds.values():
            if isinstance(feed, LogFeed):
                feed.forget()

    async def _stop_hearing(self, channel: Channel) -> None:
        if not self._feeds_of(channel):  # nor has anybody come since
            await self._bus.drop(bus.topic(channel))

    def _feed(self, channel: Channel) -> Feed:
        if channel not in self._feeds:
            feed = LogFeed(channel) if channel.is_log else StateFeed(channel)
            self._feeds[channel] = feed
            self._opening[channel] = self._loop.create_task(self._begin(feed))
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
            self.spawn(self._stop_hearing(feed.channel))
            raise
        finally:
            del self._opening[feed.channel]
        self._close_if_unused(feed)  # those who waited may have gone
        self._gathered(feed)

    def _close_if_unused(self, feed: Feed) -> None:
        is_used = feed.subscriptions or feed.awaited or feed.channel in self._opening
        if not is_used and self._feeds.get(feed.channel) is feed:
            del self._feeds[feed.channel]
            self.spawn(self._stop_hearing(feed.channel))

    async def _read_states(self) -> None:
        self._states_read_at = time.monotonic()
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
            self._once(feed, self._fill(feed))
        elif feed.head > feed.told and not feed.is_gathering:
            feed.is_gathering = True
            self._loop.call_later(GATHER, lambda: self.spawn(self._flush(feed)))

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
                    self._pump_soon(socket)

    # --- Sockets that are behind ----------------------------------------------------------------------------------

    def _pump_soon(self, socket: Socket) -> None:
        if socket.has_room and any(place.cursor < place.feed.told for place in socket.subscriptions.values()):
            self._once(socket, self._pump(socket))

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

    # --- Shutdown -------------------------------------------------------------------------------------------------

    def _say_goodbye(self) -> Any:
        """Have every client reconnect. Daphne itself would only cut the lines."""
        from twisted.internet.defer import Deferred  # daphne is what runs here, and it has loaded Twisted

        return Deferred.fromFuture(asyncio.ensure_future(self._close_all(), loop=self._loop))

    async def _close_all(self) -> None:
        self._is_leaving = True
        for socket in list(self._guests):
            await socket.close(Close.RESTARTING)
        await asyncio.sleep(FAREWELL)


def _on_shutdown(farewell: Callable[[], Any]) -> None:
    """Have Twisted's reactor, if one runs here, call `farewell` and wait for it before it stops."""
    if reactor := sys.modules.get("twisted.internet.reactor"):
        reactor.addSystemEventTrigger("before", "shutdown", farewell)


def _heads(account_ids: list[UUID]) -> dict[UUID, LiveHead]:
    return LiveHead.objects.in_bulk(account_ids)


def _epoch(account_id: UUID) -> int:
    epochs = LiveHead.objects.filter(account_id=account_id).values_list("access_epoch", flat=True)
    return epochs.first() or 0


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
