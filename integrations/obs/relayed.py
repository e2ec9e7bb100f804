"""An ObsLink over a Transport: what the bridge page carries to the OBS it runs in, and back."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any, Self

from integrations.obs import requests
from integrations.obs.handshake import NAME, Identified, identify
from integrations.obs.inbox import Inbox
from integrations.tools.challenge import Sign
from integrations.tools.failures import LinkLost, Misunderstood, OutcomeUnknown
from integrations.tools.link import Closed, Transport

#: For one answer.
SECONDS = 5.0
EVENT, RESPONSE = 5, 7
#: As a WebSocket would be closed after a frame that makes no sense.
NONSENSE = 1002


class RelayedLink:
    """Several may ask at once: answers come in any order and are known by their `requestId`."""

    def __init__(self, transport: Transport, identified: Identified) -> None:
        self.found = identified.found
        self.requests = identified.requests
        self._transport = transport
        self._inbox = Inbox()
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def identified(cls, transport: Transport, sign: Sign, *, address: str = "127.0.0.1:4455") -> Self:
        """From an open connection. Raises ToolFailure, and then has closed it."""
        try:
            return cls(transport, await identify(transport, sign, address=address))
        except BaseException:
            await transport.close()
            raise

    async def ask(self, request: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        request_id = str(next(self._numbers))
        frame = requests.frame(request, request_id, data)
        if self._inbox.closed:
            raise LinkLost(tool=NAME)
        answered = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        try:
            await self._transport.send(frame)
            async with asyncio.timeout(SECONDS):
                return requests.outcome(await answered)
        except (Closed, TimeoutError) as error:
            # Whatever comes later is for nobody: a link that does not answer is given up.
            await self._give_up(error if isinstance(error, Closed) else Closed())
            raise OutcomeUnknown(tool=NAME) from error
        finally:
            del self._waiting[request_id]

    def events(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        return self._inbox.read()

    async def close(self) -> None:
        await self._give_up(Closed(1000))
        self._reading.cancel()
        await asyncio.wait([self._reading])

    async def _read(self) -> None:
        try:
            while not self._inbox.closed:
                self._take(await self._transport.receive())
        except Closed as closed:
            self._inbox.end(closed)
        except Misunderstood:
            self._inbox.end(Closed(NONSENSE))
        await self._give_up(self._inbox.closed or Closed())

    def _take(self, frame: dict[str, Any]) -> None:
        """Only answers and events; whatever else comes up is dropped."""
        told = frame.get("d")
        if not isinstance(told, dict):
            return
        if frame.get("op") == EVENT:
            self._inbox.put(told.get("eventType"), told.get("eventData"))
        elif frame.get("op") == RESPONSE:
            waiting = self._waiting.get(str(told.get("requestId")))
            if waiting and not waiting.done():
                waiting.set_result(told)

    async def _give_up(self, closed: Closed) -> None:
        self._inbox.end(closed)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Closed(closed.code, closed.reason))
        await self._transport.close()
