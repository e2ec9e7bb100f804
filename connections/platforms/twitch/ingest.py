"""EventSub over WebSocket: one socket per channel, kept alive and fully subscribed.

Facts: https://dev.twitch.tv/docs/eventsub/handling-websocket-events/. Nothing is ever sent over the socket: any frame
from the client is closed with 4001. EventSub replays nothing, so what happens between two sessions is lost.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

import websockets
from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect

from connections.platforms.base import pause_of, said
from connections.platforms.twitch import api, parse
from connections.platforms.twitch.topics import TOPICS, Topic
from events.enums import Kind, SourceState
from events.ingest.base import Failure, Outlet
from events.ingest.threads import in_thread
from lumio.lib import http
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from connections.platforms.listening import Access, Grant

log = logging.getLogger(__name__)

#: Revocations that end the grant; the others end one subscription.
GRANT_ENDED = frozenset({"authorization_revoked", "user_removed"})

INBOUND_TRAFFIC = 4001

SUBSCRIPTIONS = "/eventsub/subscriptions"
STREAMS = "/streams"
SUBSCRIBERS = 4
KEEPALIVE = 10
MAX_FRAME = 1024 * 1024
FRAMES_WAITING = 256
REMEMBERED_IDS = 20_000
#: Older messages are dropped, measured by the platform's own clock.
OLDEST = timedelta(minutes=10)
#: Get Streams may say "offline" for so long after `stream.online`.
STREAMS_LAG = timedelta(minutes=3)

#: Opening the next socket: it and its keepalive in seconds.
Moving: TypeAlias = "asyncio.Task[tuple[ClientConnection, float]]"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    open: float = 10.0
    #: A socket is dead after this much silence beyond the keepalive, and after half the keepalive more at least.
    margin: float = 5.0
    backoff_first: float = 1.0
    backoff_longest: float = 60.0
    #: A session that lasted this long makes the next pause short again.
    healthy_after: float = 60.0
    #: How long the old socket must be quiet before it is left for the new one.
    linger: float = 0.25
    #: After "too many transports": until the dead sockets at Twitch are gone.
    transports: float = 60.0


class SessionOver(Exception):
    """The session cannot go on and another one should be tried, after `pause` seconds or else the usual back-off."""

    def __init__(self, code: str, *, pause: float | None = None, **params: Any) -> None:
        super().__init__(code)
        self.failure = Failure(code, params)
        self.pause = pause


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
        self.seen = Seen()
        self.online_at: datetime | None = None

    async def run(self) -> None:
        pauses = back_off(self.timing)
        while True:
            began, rest = time.monotonic(), None
            try:
                await Session(self).run()
            except GrantLost:
                return
            except SessionOver as over:
                failure, rest = over.failure, over.pause
            except Refusal as refusal:
                failure = Failure.of(refusal)
            if time.monotonic() - began > self.timing.healthy_after:
                pauses = back_off(self.timing)
            log.info("EventSub of channel %s: %s %s", self.channel_id, failure.code, failure.params)
            await self.outlet.health(SourceState.RECONNECTING, active=0, wanted=len(self.topics), failure=failure)
            await asyncio.sleep(next(pauses) if rest is None else rest)


class Session:
    """From one welcome to the end. Moving to another socket on request stays one session: subscriptions move along."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.channel_id = listener.channel_id
        self.topics = listener.topics
        self.outlet = listener.outlet
        self.grant = listener.grant
        self.timing = listener.timing
        self.id = ""
        self.active: set[Topic] = set()
        self.failures: dict[Topic, Failure] = {}

    async def run(self) -> None:
        """Raises SessionOver, GrantLost or a Refusal; never returns."""
        self.socket, keepalive = await self.open(settings.TWITCH_EVENTSUB_WS_URL)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.read(keepalive))
                first, *rest = self.topics
                await self.subscribe(first)
                for _ in range(SUBSCRIBERS):
                    tasks.create_task(self.subscribe_each(rest))
                tasks.create_task(self.ask_whether_live())
        except ExceptionGroup as group:
            lost = [error for error in group.exceptions if isinstance(error, GrantLost)]
            raise (lost or group.exceptions)[0] from None
        finally:
            await self.socket.close()

    # The socket

    async def open(self, url: str) -> tuple[ClientConnection, float]:
        """A welcomed socket and its keepalive in seconds. `self.id` becomes the id of its session."""
        try:
            async with asyncio.timeout(self.timing.open):
                socket = await dial(url)
                try:
                    message = decoded(await socket.recv())
                    welcome = parse.mapping(parse.mapping(message.get("payload")).get("session"))
                    if not isinstance(welcome.get("id"), str):
                        raise SessionOver("connection_lost", platform=api.NAME, cause="no welcome")
                except BaseException:
                    socket.transport.abort()
                    raise
        except websockets.ConnectionClosed as error:
            raise closed(error) from error
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            raise SessionOver("unreachable", platform=api.NAME) from error
        self.id = welcome["id"]
        self.listener.seen.set_clock(parse.mapping(message.get("metadata")).get("message_timestamp"))
        keepalive = parse.number(welcome.get("keepalive_timeout_seconds"))
        return socket, float(keepalive or KEEPALIVE)

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
                    old, (self.socket, keepalive), moving = self.socket, moving.result(), None
                    await self.leave(old)
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
            raise closed(error) from error

    async def leave(self, old: ClientConnection) -> None:
        """Handle what the old socket still has, then close it. Twitch sends nothing more there after the move."""
        try:
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
        metadata, payload = parse.mapping(message.get("metadata")), parse.mapping(message.get("payload"))
        match metadata.get("message_type"):
            case "notification" if self.listener.seen.is_new(metadata):
                await self.deliver(message)
            case "revocation" if self.listener.seen.is_new(metadata):
                await self.revoked(parse.mapping(payload.get("subscription")))
            case "session_reconnect":
                url = parse.mapping(payload.get("session")).get("reconnect_url")
                if isinstance(url, str) and is_platforms_own(url):
                    return url
                log.warning("Twitch named no address of its own to move to; the session ends when Twitch ends it")
        return None

    async def deliver(self, message: dict[str, Any]) -> None:
        event = parse.parse(message, channel_id=self.channel_id)
        await self.outlet.emit([event])
        if event.kind in (Kind.STREAM_ONLINE, Kind.STREAM_OFFLINE):
            live = event.kind == Kind.STREAM_ONLINE
            self.listener.online_at = datetime.now(UTC) if live else None
            await self.say_status(live=live, since=event.occurred_at if live else None, name=event.actor.name or None)

    async def revoked(self, subscription: parse.Payload) -> None:
        """Twitch ended a subscription, and says so once."""
        reason = parse.text(subscription.get("status"), 60)
        if reason in GRANT_ENDED:
            failure = Failure("grant_revoked", {"platform": api.NAME})
            await self.outlet.health(SourceState.STOPPED, active=0, failure=failure)
            await self.grant.lost(failure.code, failure.params)
            raise GrantLost
        for topic in [topic for topic in self.topics if topic.type == subscription.get("type")]:
            self.active.discard(topic)
            self.failures[topic] = Failure("subscription_ended", {"platform": api.NAME, "reason": reason})
        await self.report()

    # Subscriptions

    async def subscribe_each(self, waiting: list[Topic]) -> None:
        """Take topics from the shared list until it is empty."""
        while waiting:
            await self.subscribe(waiting.pop(0))

    async def subscribe(self, topic: Topic) -> None:
        """Ask for one topic until there is a definite answer. Raises SessionOver when the session cannot have it."""
        for pause in back_off(self.timing):
            session_id = self.id
            try:
                answer = await self.call("POST", SUBSCRIPTIONS, json=self.wish(topic, session_id))
            except http.Unreachable:
                await asyncio.sleep(pause)
                continue
            if answer.ok or answer.status == 409:
                self.active.add(topic)
                break
            words = " ".join(said(answer))
            if answer.status == 400 and "session" in words:
                if session_id == self.id:
                    raise SessionOver("connection_lost", platform=api.NAME, cause="session gone")
            elif answer.status == 429 and "transports" in words:
                raise SessionOver("too_many_sockets", platform=api.NAME, pause=self.timing.transports)
            elif answer.status == 429 and "exceeded" not in words:
                await asyncio.sleep(pause_of(answer, api.RESET_HEADER))
            elif answer.status >= 500:
                await asyncio.sleep(pause)
            else:
                self.failures[topic] = refusal_of(topic, answer)
                break
        await self.report()

    def wish(self, topic: Topic, session_id: str) -> dict[str, Any]:
        return {
            "type": topic.type,
            "version": topic.version,
            "condition": topic.condition(self.channel_id),
            "transport": {"method": "websocket", "session_id": session_id},
        }

    async def report(self) -> None:
        """Say how many subscriptions are active, and why the others are not."""
        missing = sorted({topic.scope for topic, why in self.failures.items() if why.code == "scope_missing"})
        others = [why for why in self.failures.values() if why.code != "scope_missing"]
        failure = others[0] if others else None
        if missing:
            failure = Failure("scope_missing", {"platform": api.NAME, "reason": ", ".join(missing)})
        state = SourceState.DELIVERING if self.active else SourceState.STARTING
        await self.outlet.health(state, active=len(self.active), wanted=len(self.topics), failure=failure)

    # Calls

    async def ask_whether_live(self) -> None:
        """Get Streams: what happened while nobody listened."""
        for pause in back_off(self.timing):
            try:
                answer = await self.call("GET", STREAMS, params={"user_id": self.channel_id})
                streams = parse.items(parse.mapping(answer.json()).get("data"), 1) if answer.ok else None
            except (http.Unreachable, ValueError):
                streams = None
            if streams is not None:
                await self.tell_whether_live(parse.mapping(streams[0]) if streams else None)
                return
            await asyncio.sleep(pause)

    async def tell_whether_live(self, stream: parse.Payload | None) -> None:
        if stream is not None:
            await self.say_status(
                live=True,
                since=parse.moment(stream.get("started_at")),
                viewers=parse.number(stream.get("viewer_count")),
                title=parse.text(stream.get("title"), 500),
                category=parse.text(stream.get("game_name"), 200),
                name=parse.text(stream.get("user_name"), 200) or None,
            )
        elif self.listener.online_at is None or datetime.now(UTC) - self.listener.online_at > STREAMS_LAG:
            await self.say_status(live=False)

    async def say_status(self, **known: Any) -> None:
        await self.outlet.status(platform=parse.PLATFORM, channel_id=self.channel_id, **known)

    async def call(self, method: str, path: str, **arguments: Any) -> http.Answer:
        """A Helix call. A refused token is renewed, once. Raises http.Unreachable, or what the grant raises."""
        access = await self.grant.access()
        answer = await self.ask(method, path, access, **arguments)
        if answer.status == 401 and not is_about_scope(answer):
            answer = await self.ask(method, path, await self.grant.refused(access.version), **arguments)
            if answer.status == 401:
                raise SessionOver("token_refused", platform=api.NAME)
        return answer

    async def ask(self, method: str, path: str, access: Access, **arguments: Any) -> http.Answer:
        base = settings.TWITCH_EVENTSUB_API_URL if path == SUBSCRIPTIONS else settings.TWITCH_API_URL
        headers = {"Authorization": f"Bearer {access.token.reveal()}", "Client-Id": access.client_id}
        return await in_thread(http.call, method, base + path, headers=headers, **arguments)


class Seen:
    """Which messages came before: delivery is at least once, and a repeat keeps its id, on another socket too."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self._ahead = timedelta()

    def set_clock(self, welcomed_at: Any) -> None:
        """Take down how far the platform's clock is ahead of ours."""
        sent_at = parse.moment(welcomed_at)
        self._ahead = sent_at - datetime.now(UTC) if sent_at else timedelta()

    def is_new(self, metadata: parse.Payload) -> bool:
        sent_at, message_id = parse.moment(metadata.get("message_timestamp")), metadata.get("message_id")
        if sent_at is not None and sent_at < datetime.now(UTC) + self._ahead - OLDEST:
            return False
        if not isinstance(message_id, str):
            return True
        if message_id in self._ids:
            return False
        self._ids[message_id] = None
        if len(self._ids) > REMEMBERED_IDS:
            del self._ids[next(iter(self._ids))]
        return True


async def give_up(moving: Moving) -> None:
    """Leave no socket behind that is only half moved to."""
    moving.cancel()
    await asyncio.wait({moving})
    if not moving.cancelled() and moving.exception() is None:
        await moving.result()[0].close()


def is_platforms_own(url: str) -> bool:
    """Whether a `reconnect_url` leads where we listen anyway: as well encrypted, on that host or one of its domain."""
    try:
        there, known = urlsplit(url), urlsplit(settings.TWITCH_EVENTSUB_WS_URL)
    except ValueError:
        return False
    host, known_host = there.hostname or "", known.hostname or ""
    if there.scheme not in {known.scheme, "wss"}:
        return False
    domain = ".".join(known_host.split(".")[-2:])
    return host == known_host or (domain.islower() and "." in domain and host.endswith(f".{domain}"))


class Dial(connect):
    """Goes where it is told and nowhere else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(url: str) -> ClientConnection:
    return await Dial(
        url,
        ping_interval=None,  # silence is noticed by the keepalive
        proxy=None,
        compression=None,
        max_size=MAX_FRAME,
        max_queue=FRAMES_WAITING,
        open_timeout=None,
        close_timeout=1,
    )


def decoded(frame: str | bytes) -> dict[str, Any]:
    """The JSON object of a frame; an empty one for anything else."""
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def closed(error: websockets.ConnectionClosed) -> SessionOver:
    code = error.rcvd.code if error.rcvd else 1006
    if code == INBOUND_TRAFFIC:
        log.error("Twitch closed a socket because something was sent over it")
    return SessionOver("connection_lost", platform=api.NAME, cause=f"closed with {code}")


def refusal_of(topic: Topic, answer: http.Answer) -> Failure:
    """Why a topic cannot be had, whatever is tried."""
    words = said(answer)
    reason = words[0] if words else str(answer.status)
    if topic.scope and answer.status in (401, 403):
        return Failure("scope_missing", {"platform": api.NAME, "reason": topic.scope})
    return Failure("subscription_refused", {"platform": api.NAME, "reason": reason, "topic": topic.type})


def is_about_scope(answer: http.Answer) -> bool:
    return any("missing scope" in words.lower() for words in said(answer))


def back_off(timing: Timing) -> Iterator[float]:
    """Pauses in seconds, doubling up to the longest, with jitter."""
    for attempt in itertools.count():
        pause = min(timing.backoff_first * 2 ** min(attempt, 16), timing.backoff_longest)
        yield pause * random.uniform(0.5, 1)  # noqa: S311  not a secret
