"""Commands to whoever holds the connection to a tool, from any process, over Valkey.

A command is carried out at most once, however many sessions hear of it: it is claimed before. Whoever waited in vain
tries to claim it too, and knows then that nothing was done and nothing will be; or that somebody has it, and nobody
can tell what came of it. Without Valkey nothing is done.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from events import bus
from events.ingest.base import Failure
from events.payloads import encoded
from integrations.domain.live import named
from integrations.enums import Route
from integrations.tools.failures import Busy, NoBridge, NotConnected, OutcomeUnknown, SwitchedOff, ToolFailure, stored

if TYPE_CHECKING:
    from integrations.models import Integration

logger = logging.getLogger(__name__)

#: Carries out a command: (command, data) → what it answers. May raise ToolFailure.
Handle = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]

#: Seconds that anybody waits at most, and after which a claim and an answer are forgotten.
LONGEST = 10.0
KEPT = 60
#: Commands that one session carries out at the same time.
MOST_AT_ONCE = 16


def ask(integration: Integration, command: str, data: dict[str, Any], *, within: float = 5.0) -> dict[str, Any]:
    """Have whoever holds the connection carry out a command; its answer.

    Raises SwitchedOff; NotConnected or NoBridge where nothing was done; OutcomeUnknown where that is not certain; and
    whatever ToolFailure the session raised.
    """
    if not integration.is_enabled:
        raise SwitchedOff(**named(integration))
    id = secrets.token_urlsafe(16)
    try:
        told = _tell(integration.pk, encoded({"id": id, "command": command, "data": data}))
        answer = _answer(id, within) if told else None
    except (RedisError, OSError):
        told, answer = True, None
    if answer is not None:
        return _opened(answer, integration)
    if told and not _withdrawn(id):
        raise OutcomeUnknown(**named(integration))
    raise (NoBridge if integration.route == Route.BRIDGE else NotConnected)(**named(integration))


def _tell(integration_id: UUID, text: str) -> bool:
    """Whether anybody heard it."""
    topic = _topic(integration_id)
    client: Any = bus.client(settings.REDIS_URL)
    try:
        [(_, listening)] = client.pubsub_numsub(topic)
    except (RedisError, OSError):
        return False
    return bool(listening and client.publish(topic, text))


def _answer(id: str, within: float) -> bytes | None:
    popped: Any = _waiting(settings.REDIS_URL).blpop([_answer_key(id)], timeout=min(within, LONGEST))
    return popped[1] if popped else None


def _withdrawn(id: str) -> bool:
    """Whether nobody has claimed the command, and from now on nobody can."""
    try:
        return bool(bus.client(settings.REDIS_URL).set(_claim_key(id), "withdrawn", nx=True, ex=KEPT))
    except (RedisError, OSError):
        return False


def _opened(answer: bytes, integration: Integration) -> dict[str, Any]:
    said = json.loads(answer)
    if failure := said.get("failure"):
        raise stored(failure["code"], named(integration) | failure["params"])
    result: dict[str, Any] = said["result"]
    return result


@cache
def _waiting(url: str) -> redis.Redis:
    """For waiting, which the short time-out of `bus.client` would cut."""
    return redis.Redis.from_url(
        url, socket_connect_timeout=bus.TIMEOUT, socket_timeout=LONGEST + 2, retry=Retry(NoBackoff(), 0)
    )


# --- Where the session runs -----------------------------------------------------------------------------------------


@asynccontextmanager
async def serve(integration_id: UUID, handle: Handle) -> AsyncIterator[None]:
    """Meanwhile commands to this integration are carried out here. Those under way at the end are given up."""
    async with DESK.open(integration_id, handle):
        yield


class Desk:
    """Takes the commands of all sessions of this process, over one connection to Valkey."""

    def __init__(self) -> None:
        self._handles: dict[str, Handle] = {}
        self._busy: dict[str, set[asyncio.Task[None]]] = {}
        self._subscriber = bus.Subscriber()
        self._listening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def open(self, integration_id: UUID, handle: Handle) -> AsyncIterator[None]:
        topic = _topic(integration_id)
        self._handles[topic] = handle
        if self._listening is None:
            self._subscriber = bus.Subscriber()
            self._listening = asyncio.create_task(self._listen(self._subscriber))
        await self._subscriber.add(topic)
        try:
            yield
        finally:
            if self._handles.get(topic) is handle:  # another session of the same may have begun
                await self._close(topic)

    async def _close(self, topic: str) -> None:
        del self._handles[topic]
        subscriber = self._subscriber
        ending = self._busy.pop(topic, set())
        if not self._handles and self._listening:
            ending.add(self._listening)
            self._listening = None
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        await subscriber.drop(topic)

    async def _listen(self, subscriber: bus.Subscriber) -> None:
        async for topic, text in subscriber.messages():
            handle = self._handles.get(topic)
            if handle is None:
                continue
            try:
                told = json.loads(text)
                id, command, data = told["id"], told["command"], told["data"]
            except (ValueError, KeyError, TypeError):
                logger.warning("A command to a tool is not understood")
                continue
            busy = self._busy.setdefault(topic, set())
            if len(busy) >= MOST_AT_ONCE:
                handle = _too_many
            task = asyncio.create_task(_carry_out(id, partial(handle, command, data)))
            busy.add(task)
            task.add_done_callback(busy.discard)


async def _too_many(command: str, data: dict[str, Any]) -> dict[str, Any]:
    raise Busy


async def _carry_out(id: str, work: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    """Claim a command, carry it out, and answer whoever waits."""
    with suppress(RedisError, OSError):
        async with bus.async_client() as client:
            if not await client.set(_claim_key(id), "claimed", nx=True, ex=KEPT):
                return
        answer = await _result(work)
        async with bus.async_client() as client, client.pipeline() as steps:
            steps.rpush(_answer_key(id), encoded(answer))
            steps.expire(_answer_key(id), KEPT)
            await steps.execute()


async def _result(work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    try:
        async with asyncio.timeout(LONGEST):
            return {"result": await work()}
    except ToolFailure as failure:
        return {"failure": Failure.of(failure).as_json}
    except (TimeoutError, asyncio.CancelledError):
        pass  # the session is over; whoever waits is told so all the same
    except Exception:
        logger.exception("A command to a tool failed")
    return {"failure": {"code": OutcomeUnknown.code, "params": {}}}


DESK = Desk()


def _topic(integration_id: UUID) -> str:
    return f"lumio:tool:{integration_id}"


def _claim_key(id: str) -> str:
    return f"lumio:tool:claim:{id}"


def _answer_key(id: str) -> str:
    return f"lumio:tool:answer:{id}"
