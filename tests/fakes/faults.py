"""Misbehaviour on request: which answer to spoil, how, and how often."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OUTAGE_PAGE = "<html><body><h1>{status} Service Temporarily Unavailable</h1></body></html>"
"""What load balancers answer: not JSON, whatever the client asked for."""


@dataclass(slots=True)
class Fault:
    """One way of going wrong at one endpoint.

    `endpoint` is a path as the platform documents it, `*` allowed, optionally after a method:
    `/oauth2/token`, `POST /helix/chat/messages`, `/helix/*`. Of `close`, `redirect` and
    `status`/`body` the first one set decides the answer; with none of them the honest answer is
    only late (`delay` seconds) or slow (`drip` seconds before every byte). `after` does the
    honest work before the delay and whatever befalls the answer: what breaks rotating tokens.
    """

    endpoint: str
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    redirect: str | None = None
    close: bool = False
    after: bool = False
    times: int | None = 1
    until: float | None = None

    def matches(self, method: str, path: str) -> bool:
        wanted = self.endpoint if " " in self.endpoint else f"* {self.endpoint}"
        return fnmatchcase(f"{method} {path}", wanted)

    @property
    def is_spent(self) -> bool:
        return self.times == 0 or (self.until is not None and time.monotonic() >= self.until)

    @property
    def replaces_answer(self) -> bool:
        return bool(self.close or self.redirect or self.status or self.body is not None)

    async def spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer the request the wrong way."""
        answer = await handler(request) if self.after else None
        await asyncio.sleep(self.delay)
        if self.close:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=499)
        if self.redirect:
            return web.Response(status=302, headers={"Location": self.redirect, **self.headers})
        if self.replaces_answer:
            answer = self._made_up()
        elif answer is None:
            answer = await handler(request)
        if self.drip and isinstance(answer, web.Response):
            return await self._drip(request, answer)
        return answer

    def _made_up(self) -> web.Response:
        status = self.status or 200
        if isinstance(self.body, dict | list):
            return web.json_response(self.body, status=status, headers=self.headers)
        if self.body is not None:
            return web.Response(text=str(self.body), status=status, headers=self.headers)
        if status >= 500:
            page = OUTAGE_PAGE.format(status=status)
            return web.Response(text=page, status=status, content_type="text/html", headers=self.headers)
        return web.Response(status=status, headers=self.headers)

    async def _drip(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        body = answer.body if isinstance(answer.body, bytes) else b""
        slow = web.StreamResponse(status=answer.status, headers=answer.headers)
        slow.content_length = len(body)
        await slow.prepare(request)
        for at in range(len(body)):
            await asyncio.sleep(self.drip)
            await slow.write(body[at : at + 1])
        await slow.write_eof()
        return slow


class Faults:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that hits this request, counted down; None when it may pass."""
        self._faults = [fault for fault in self._faults if not fault.is_spent]
        for fault in self._faults:
            if fault.matches(method, path):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it arrived: what tests count."""

    method: str
    path: str
    parameters: dict[str, Any]
    headers: dict[str, str]
    at: float

    @classmethod
    async def read(cls, request: web.Request) -> Call:
        """Take down a request; the query and a form or JSON body become one dict."""
        parameters: dict[str, Any] = dict(request.query)
        if request.body_exists:
            if request.content_type == "application/json":
                try:
                    body = json.loads(await request.read())
                except ValueError:
                    body = None
                if isinstance(body, dict):
                    parameters.update(body)
            else:
                parameters.update(await request.post())
        return cls(request.method, request.path, parameters, dict(request.headers), time.time())
