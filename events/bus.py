"""Valkey pub/sub: the fast way from whoever stored something to the web processes.

The database is the truth. Whatever is lost here is found there within a second (see `events.hub`), so publishing never
raises and never waits long, and listening goes on for ever.

Topics are `lumio:{channel}` for live channels, `lumio:control:{account id}` for changes of rights and pages that
somebody closes, and INGEST for the ingest processes. A message on a log's topic is the `seq` of its first row, then one
row a line, without gaps: whoever passes it on need not parse it. Other messages are one JSON object.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio
from django.conf import settings
from django.db import transaction
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from events import channels
from events.payloads import encoded, encoded_row

if TYPE_CHECKING:
    from uuid import UUID

    from events.channels import Channel

log = logging.getLogger(__name__)

#: On the topic of a state channel: what it says may have changed, and the database has it.
READ_AGAIN = "{}"

#: What wakes the ingest processes: the sources that the database wants may have changed.
INGEST = "lumio:ingest"

#: Seconds for one publication, and how long Valkey is left alone after one failed.
TIMEOUT = 0.5
PAUSE = 1.0
#: … without a message, after which a listener asks whether Valkey is still there, and has so long for the answer.
SILENCE = 10.0


def topic(channel: Channel) -> str:
    return f"lumio:{channel}"


def channel_of(topic: str) -> Channel | None:
    """The live channel of a topic; None for a control topic."""
    return channels.parse(topic.removeprefix("lumio:"))


def control(account_id: UUID) -> str:
    return f"lumio:control:{account_id}"


@cache
def client(url: str) -> redis.Redis:
    """For short questions, from any thread. Raises RedisError or OSError, at the latest after two TIMEOUTs."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=TIMEOUT,
        socket_timeout=TIMEOUT,
        # One more try: a pooled connection may be older than a restart of Valkey.
        retry=Retry(NoBackoff(), 1),
    )


@asynccontextmanager
async def async_client(**options: Any) -> AsyncIterator[redis.asyncio.Redis]:
    """For short questions, on a connection of their own. Raises RedisError or OSError, at the latest after two TIMEOUTs
    for all that is asked."""
    async with asyncio.timeout(2 * TIMEOUT), _async_client(socket_connect_timeout=TIMEOUT, **options) as client:
        yield client


def _async_client(**options: Any) -> redis.asyncio.Redis:
    """A client of the running event loop's own. It fails at once, as retries would hide that messages were lost."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        retry=AsyncRetry(NoBackoff(), 0),
        # With one redis-py sends under `asyncio.wait_for`, which up to Python 3.11 may swallow the cancellation of
        # whoever asks.
        socket_timeout=None,
        **options,
    )


class Publisher:
    """Sends without ever raising. After a failure it does not try again for a second: nobody waits for Valkey."""

    def __init__(self, url: str) -> None:
        self._client = client(url)
        self._away_until = 0.0
        self._is_away = False

    def send(self, messages: Iterable[tuple[str, str]]) -> None:
        """(topic, text) each, in order, with one round trip."""
        if time.monotonic() < self._away_until:
            return
        try:
            with self._client.pipeline(transaction=False) as publications:
                for topic, text in messages:
                    publications.publish(topic, text)
                publications.execute()
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + PAUSE
            if not self._is_away:
                log.warning("Valkey is away, browsers are served by polling: %s", error)
            self._is_away = True
        else:
            if self._is_away:
                log.warning("Valkey is back")
            self._is_away = False


@cache
def publisher(url: str) -> Publisher:
    return Publisher(url)


def send(topic: str, text: str) -> None:
    """Publish now, best effort."""
    send_all([(topic, text)])


def send_all(messages: Iterable[tuple[str, str]]) -> None:
    """The same for many, (topic, text) each."""
    publisher(settings.REDIS_URL).send(messages)


def announce(channel: Channel, payload: dict[str, Any]) -> None:
    """Tell whoever listens to a state channel: `payload` is `{"id", "type", "data"}`, the latest value of `id`."""
    send(topic(channel), encoded(payload))


def announce_on_commit(channel: Channel, payload: dict[str, Any]) -> None:
    transaction.on_commit(partial(announce, channel, payload), robust=True)


def announce_rows(logs: Mapping[Channel, Sequence[dict[str, Any]]]) -> None:
    """Tell whoever listens to each of these logs what was stored: payloads in `seq` order, without gaps."""
    send_all(
        (topic(channel), "\n".join([str(rows[0]["seq"]), *map(encoded_row, rows)])) for channel, rows in logs.items()
    )


def announce_rights_on_commit(account_id: UUID) -> None:
    transaction.on_commit(partial(send, control(account_id), "{}"), robust=True)


def wake_ingest_on_commit() -> None:
    """Have the ingest processes compare what runs with what the database wants, now."""
    transaction.on_commit(partial(send, INGEST, "{}"), robust=True)


class Subscriber:
    """One Valkey connection that listens to a changing set of topics and survives Valkey.

    `connected` says whether messages can arrive at the moment. What was sent while it was False is not repeated:
    `on_listening` is called once everything is heard that is sent from then on.
    """

    def __init__(self, topics: Iterable[str] = (), on_listening: Callable[[], object] = lambda: None) -> None:
        self.connected = False
        self._topics = set(topics)
        self._on_listening = on_listening
        self._pubsub: redis.asyncio.client.PubSub | None = None

    async def add(self, *topics: str) -> None:
        self._topics.update(topics)
        if self._pubsub and self.connected:
            await self._quietly(self._pubsub.subscribe(*topics))

    async def drop(self, *topics: str) -> None:
        self._topics.difference_update(topics)
        if self._pubsub and self.connected:
            await self._quietly(self._pubsub.unsubscribe(*topics))

    @staticmethod
    async def _quietly(command: Any) -> None:
        """The reading side notices a lost connection and subscribes to everything again."""
        with suppress(RedisError, OSError):
            await command

    async def messages(self) -> AsyncIterator[tuple[str, str]]:
        """(topic, text) for ever. Ends only by cancellation."""
        pause = 0.1
        while True:
            client = _async_client(decode_responses=True, socket_connect_timeout=2)
            try:
                async with client.pubsub() as self._pubsub:
                    # Of its own, because redis-py does not read without a topic. From here on `add` subscribes by
                    # itself; what was added before is read off the set after that, so that nothing falls between.
                    async with asyncio.timeout(SILENCE):
                        await self._pubsub.subscribe("lumio:keep")
                    self.connected, pause = True, 0.1
                    if self._topics:
                        await self._pubsub.subscribe(*self._topics)
                    await self._pubsub.ping()  # answered after all that was asked before it
                    is_asked = False
                    while (message := await self._pubsub.get_message(timeout=SILENCE)) or not is_asked:
                        is_asked = message is None
                        if message is None:
                            await self._pubsub.ping()
                        elif message["type"] == "message":
                            yield message["channel"], message["data"]
                        elif message["type"] == "pong":
                            self._on_listening()
            except (RedisError, OSError):
                pass
            finally:
                self.connected, self._pubsub = False, None
                await client.aclose()
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  not a secret
            pause = min(pause * 2, 2.0)


async def listen(topics: Iterable[str]) -> AsyncIterator[tuple[str, str]]:
    """(topic, text) of everything sent to `topics`, for ever. Messages sent while Valkey is away are lost."""
    async for message in Subscriber(topics).messages():
        yield message
