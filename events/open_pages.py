"""What this web process tells the others of its sockets: the pages of popout tokens, see `events.domain.presence`."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from redis.exceptions import RedisError

from events import bus
from events.domain.presence import KEPT_FOR, PROCESSES, pages_of

if TYPE_CHECKING:
    from uuid import UUID

    from events.sockets import Socket

#: Seconds between two times that everything is said, and in which changes gather.
EVERY = 10.0
GATHER = 0.05
#: Seconds after which the name of a process that no longer speaks is dropped. Its pages were forgotten long before.
SILENT_FOR = 3600.0


class OpenPages:
    """The sockets of popout tokens. Changes are written at once and together, everything every EVERY seconds: a Valkey
    that restarted knows nothing. What cannot be written is left for the next time; nobody waits for it."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._spawn = spawn
        self._name = uuid4().hex
        self._sockets: dict[UUID, list[Socket]] = defaultdict(list)
        self._changed: set[UUID] = set()
        self._is_gathering = False
        self._is_writing = asyncio.Lock()
        self._written_at = time.monotonic()

    def add(self, socket: Socket) -> None:
        if token_id := socket.token_id:
            self._sockets[token_id].append(socket)
            self._note(token_id)

    def remove(self, socket: Socket) -> None:
        if token_id := socket.token_id:
            self._sockets[token_id].remove(socket)
            if not self._sockets[token_id]:
                del self._sockets[token_id]
            self._note(token_id)

    def find(self, page_id: str) -> Socket | None:
        """The socket of an open page."""
        return next((one for some in self._sockets.values() for one in some if one.page.get("id") == page_id), None)

    def refresh(self) -> None:
        """Say everything again if it is time to."""
        if time.monotonic() - self._written_at >= EVERY and self._sockets:
            self._written_at = time.monotonic()
            self._spawn(self._write_all())

    def _note(self, token_id: UUID) -> None:
        self._changed.add(token_id)
        if not self._is_gathering:
            self._is_gathering = True
            self._spawn(self._write_changed())

    async def _write_changed(self) -> None:
        await asyncio.sleep(GATHER)
        self._is_gathering = False
        async with self._is_writing:
            changed, self._changed = self._changed, set()
            await self._write(changed)

    async def _write_all(self) -> None:
        async with self._is_writing:
            self._changed.clear()
            await self._write(self._sockets, anew=True)

    async def _write(self, token_ids: Collection[UUID], *, anew: bool = False) -> None:
        key = pages_of(self._name)
        open_ones = {str(one): _text(self._sockets[one]) for one in token_ids if one in self._sockets}
        gone = [str(one) for one in token_ids if one not in self._sockets]
        try:
            async with bus.async_client() as client, client.pipeline() as commands:
                if anew:
                    commands.delete(key)
                if open_ones:
                    commands.hset(key, mapping=open_ones)
                if gone:
                    commands.hdel(key, *gone)
                commands.expire(key, KEPT_FOR)
                commands.zadd(PROCESSES, {self._name: time.time()})
                commands.zremrangebyscore(PROCESSES, "-inf", time.time() - SILENT_FOR)
                await commands.execute()
        except (RedisError, OSError):
            pass


def _text(sockets: Collection[Socket]) -> str:
    return json.dumps([socket.page for socket in sockets])
