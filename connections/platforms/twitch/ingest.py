"""EventSub over WebSocket: one socket per channel, kept alive and fully subscribed.

Facts: https://dev.twitch.tv/docs/eventsub/handling-websocket-events/. EventSub replays nothing, so what happens between
two sessions is lost, and said to be lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import websockets
from django.conf import settings
from websockets.asyncio.client import ClientConnection

from connections.platforms.failures import TokenRefused
from connections.platforms.gifts import GiftBombs
from connections.platforms.sockets import SessionOver, decoded
from connections.platforms.twitch import api
from connections.platforms.twitch.api import Helix
from connections.platforms.twitch.parse import parse
from connections.platforms.twitch.parts import PLATFORM
from connections.platforms.twitch.sockets import Welcome, closed, is_platforms_own, welcomed
from connections.platforms.twitch.status import ChannelWatch
from connections.platforms.twitch.subscriptions import NothingToHear, Subscriptions
from connections.platforms.twitch.timing import Timing
from connections.platforms.twitch.topics import TOPICS, Topic
from events.enums import SourceState
from events.ingest.base import Failure, Outlet
from events.ingest.gaps import Absence
from lumio.lib.errors import Refusal
from lumio.lib.payload import Payload, mapping, moment, text
from lumio.lib.recent import Recent

if TYPE_CHECKING:
    from connections.platforms.listening import Grant

log = logging.getLogger(__name__)

#: Revocations that end the grant; the others end one subscription.
GRANT_ENDED = frozenset({"authorization_revoked", "user_removed"})

REMEMBERED_IDS = 20_000
#: Older messages are dropped, measured by the platform's own clock.
OLDEST = timedelta(minutes=10)
#: A platform's clock is not further off than this; a welcome that says so is wrong.
LARGEST_SKEW = timedelta(days=1)

#: Opening the next socket.
Moving: TypeAlias = "asyncio.Task[Welcome]"


class GrantLost(Exception):
    """Twitch took the grant back."""


async def listen(
    channel_id: str, outlet: Outlet, grant: Grant, *, timing: Timing | None = None, topics: Sequence[Topic] = TOPICS
) -> None:
    """Deliver a channel's events until cancelled, or until Twitch takes the grant back."""
    await Listener(channel_id, outlet, grant, timing or Timing(), topics).run()


class Listener:
    """One channel's stream of events, through as many sessions as it takes."""

    def __init__(self, channel_id: str, outlet: Outlet, grant: Grant, timing: Timing, topics: Sequence[Topic]) -> None:
        self.channel_id = channel_id
        self.outlet = outlet
        self.grant = grant
        self.timing = timing
        self.topics = topics
        self.helix = Helix(grant)
        self.watch = ChannelWatch(channel_id, outlet, self.helix, timing)
        self.gifts = GiftBombs(outlet.emit)
        self.seen = Seen()
        self.absence = Absence(outlet, platform=PLATFORM, channel_id=channel_id, shortest=timing.gap)

    async def run(self) -> None:
        try:
            await self.run_sessions()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.timing.farewell):
                    await self.gifts.flush()

    async def run_sessions(self) -> None:
        """One after the other; returns when the grant is lost."""
        pauses, said = self.timing.pauses(), None
        while True:
            began, rest, state = time.monotonic(), None, SourceState.RECONNECTING
            failure: Failure | None
            session = Session(self)
            try:
                await session.run()
            except GrantLost:
                return
            except SessionOver as over:
                failure, rest = over.failure, over.pause
            except NothingToHear:
                # Another session would be closed for want of a subscription; other scopes start the source anew.
                failure, rest, state = session.subscriptions.failure, self.timing.idle, SourceState.STOPPED
            except TokenRefused as refusal:  # a new one too: each attempt costs another
                failure, rest = Failure.of(refusal), self.timing.backoff_longest
            except Refusal as refusal:
                failure = Failure.of(refusal)
            if time.monotonic() - began > self.timing.healthy_after:
                pauses = self.timing.pauses()
            if failure and failure != said:
                log.info("EventSub of channel %s: %s %s", self.channel_id, failure.code, failure.params)
            said = failure
            await self.outlet.health(state, active=0, wanted=len(self.topics), failure=failure)
            await asyncio.sleep(next(pauses) if rest is None else rest)


class Session:
    """From one welcome to the end. Moving to another socket on request stays one session: subscriptions move along."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.channel_id = listener.channel_id
        self.outlet = listener.outlet
        self.grant = listener.grant
        self.timing = listener.timing
        self.id = ""
        self.subscriptions = Subscriptions(
            listener.channel_id,
            listener.topics,
            scopes=listener.grant.scopes,
            helix=listener.helix,
            outlet=listener.outlet,
            timing=listener.timing,
        )

    async def run(self) -> None:
        """Raises SessionOver, GrantLost, NothingToHear or a Refusal; never returns."""
        self.subscriptions.check()
        welcome = await self.open(settings.TWITCH_EVENTSUB_WS_URL)
        self.socket = welcome.socket
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.read(welcome.keepalive))
                tasks.create_task(self.subscribe())
                tasks.create_task(self.listener.watch.run())
        except ExceptionGroup as group:
            lost = [error for error in group.exceptions if isinstance(error, GrantLost)]
            raise (lost or group.exceptions)[0] from None
        finally:
            await self.socket.close()
            self.listener.absence.begin(self.outlet.last_heard_at)

    async def subscribe(self) -> None:
        await self.subscriptions.restore(lambda: self.id)
        await self.listener.absence.own_up()
        await self.subscriptions.keep(lambda: self.id)

    # The socket

    async def open(self, url: str) -> Welcome:
        """A welcomed socket. `self.id` becomes the id of its session."""
        welcome = await welcomed(url, within=self.timing.open)
        self.id = welcome.session_id
        self.listener.seen.set_clock(welcome.sent_at)
        return welcome

    async def read(self, keepalive: float) -> None:
        """Handle messages, and move to another socket when asked to. Ends by raising."""
        moving: Moving | None = None
        try:
            while True:
                silence = max(keepalive + self.timing.margin, keepalive * 1.5)
                message = await self.receive(silence, moving)
                if message is not None:
                    url = await self.handle(message)
                    if url and moving is None:
                        moving = asyncio.create_task(self.open(url))
                elif moving is not None:
                    moved, moving, old = moving, None, self.socket
                    if not moved.exception():
                        self.socket, keepalive = moved.result().socket, moved.result().keepalive
                    await self.leave(old)
                    moved.result()
        finally:
            if moving is not None:
                await give_up(moving)

    async def receive(self, silence: float, moving: Moving | None) -> dict[str, Any] | None:
        """The next message, or None as soon as `moving` is done. Raises SessionOver after too much silence."""
        try:
            async with asyncio.timeout(silence):
                if moving is None:
                    return decoded(await self.socket.recv())
                receiving = asyncio.create_task(self.socket.recv())
                try:
                    await asyncio.wait({receiving, moving}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    receiving.cancel()  # loses nothing: the next recv() has it
                    await asyncio.wait({receiving})
                return None if receiving.cancelled() else decoded(receiving.result())
        except TimeoutError as error:
            raise SessionOver("connection_lost", platform=api.NAME, cause="silence") from error
        except websockets.ConnectionClosed as error:
            if moving is not None:  # the old socket may go first
                await asyncio.wait({moving})
                return None
            if error.rcvd:
                self.outlet.heard()  # until it was closed, nothing was missed
            raise closed(error) from error

    async def leave(self, old: ClientConnection) -> None:
        """Handle what the old socket still has, then close it. Twitch sends nothing more there after the move."""
        try:
            async with asyncio.timeout(self.timing.open):
                while True:
                    async with asyncio.timeout(self.timing.linger):
                        message = decoded(await old.recv())
                    await self.handle(message)
        except (TimeoutError, websockets.ConnectionClosed):
            pass  # that was all
        finally:
            await old.close()

    # Messages

    async def handle(self, message: dict[str, Any]) -> str | None:
        """Act on one message; the address to move to, if that is what it says."""
        self.outlet.heard()
        metadata, payload = mapping(message.get("metadata")), mapping(message.get("payload"))
        match metadata.get("message_type"):
            case "notification" if self.listener.seen.is_new(metadata):
                subscription = mapping(payload.get("subscription"))
                await self.deliver(message, metadata.get("subscription_type") or subscription.get("type"), payload)
            case "revocation" if self.listener.seen.is_new(metadata):
                await self.revoked(mapping(payload.get("subscription")))
            case "session_reconnect":
                url = mapping(payload.get("session")).get("reconnect_url")
                if isinstance(url, str) and is_platforms_own(url):
                    return url
                log.warning("Twitch named no address of its own to move to; the session ends when Twitch ends it")
        return None

    async def deliver(self, message: dict[str, Any], topic: Any, payload: Payload) -> None:
        event = parse(message, channel_id=self.channel_id)
        if event is not None:
            await self.listener.gifts.put(event)
        if isinstance(topic, str):
            await self.listener.watch.heard(topic, mapping(payload.get("event")))

    async def revoked(self, subscription: Payload) -> None:
        """Twitch ended a subscription, and says so once."""
        reason = text(subscription.get("status"), 60)
        if reason in GRANT_ENDED:
            failure = Failure("grant_revoked", {"platform": api.NAME})
            await self.outlet.health(SourceState.STOPPED, active=0, failure=failure)
            await self.grant.lost(failure.code, failure.params)
            raise GrantLost
        await self.subscriptions.ended(subscription, reason)


class Seen:
    """Which messages came before: delivery is at least once, and a repeat keeps its id, on another socket too."""

    def __init__(self) -> None:
        self._ids = Recent(REMEMBERED_IDS)
        self._ahead = timedelta()

    def set_clock(self, welcomed_at: Any) -> None:
        """Take down how far the platform's clock is ahead of ours."""
        sent_at = moment(welcomed_at)
        ahead = sent_at - datetime.now(UTC) if sent_at else timedelta()
        self._ahead = ahead if abs(ahead) < LARGEST_SKEW else timedelta()

    def is_new(self, metadata: Payload) -> bool:
        sent_at, message_id = moment(metadata.get("message_timestamp")), metadata.get("message_id")
        if sent_at is not None and sent_at < datetime.now(UTC) + self._ahead - OLDEST:
            return False
        if not isinstance(message_id, str):
            return True
        if message_id in self._ids:
            return False
        self._ids.add(message_id)
        return True


async def give_up(moving: Moving) -> None:
    """Leave no socket behind that is only half moved to."""
    moving.cancel()
    await asyncio.wait({moving})
    if not moving.cancelled() and moving.exception() is None:
        await moving.result().socket.close()
