"""The base of every stand-in: an aiohttp application in a thread, with verbs for tests.

A stand-in lives on one event loop. Its verbs may be called from any thread and, as
`POST /_control/<verb>` with the arguments as a JSON object, from any process.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar, cast

from aiohttp import web

from tests.fakes.faults import Call, Fault, Faults, Handler
from tests.fakes.loop import LoopThread

HOST = "127.0.0.1"
REMEMBERED_CALLS = 50_000

R = TypeVar("R")
Method = TypeVar("Method", bound=Callable[..., Any])


def verb(method: Method) -> Method:
    """A thing a test can make happen: runs on the stand-in's loop, reachable at /_control/."""

    @functools.wraps(method)
    def on_the_loop(self: StandIn, *args: Any, **kwargs: Any) -> Any:
        return self.on_loop(lambda: method(self, *args, **kwargs))

    on_the_loop.is_verb = True  # type: ignore[attr-defined]
    return cast(Method, on_the_loop)


class Refused(Exception):
    """The platform says no; subclasses know the shape of its error bodies."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def body(self) -> dict[str, Any]:
        raise NotImplementedError

    def response(self) -> web.Response:
        return web.json_response(self.body(), status=self.status)


@dataclasses.dataclass
class Settings:
    """What `configure()` may change; a stand-in adds its own."""

    latency: float = 0.0
    """Seconds before every answer."""


class StandIn:
    """An outside system with a memory. Use it as a context manager, or `start()` and `stop()`.

    The memory outlives `stop()`, so a test can take the whole platform away and bring it back on
    the same port.
    """

    def __init__(self) -> None:
        self.port = 0
        self._faults = Faults()
        self._calls: deque[Call] = deque(maxlen=REMEMBERED_CALLS)
        self._thread: LoopThread | None = None
        self._runner: web.AppRunner | None = None
        self._mounted: list[web.AbstractRouteDef] = []

    # What a stand-in fills in

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The platform's own endpoints."""
        raise NotImplementedError

    @property
    def settings(self) -> Settings:
        """The switches, changed in place."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """Cut whatever is still connected; the server is about to stop."""

    def snapshot(self) -> dict[str, Any]:
        """The memory as plain JSON values, for `GET /_state`."""
        raise NotImplementedError

    # Running

    def mount(self, routes: Iterable[web.AbstractRouteDef]) -> None:
        """Serve more pages beside the platform's own, from the next start on."""
        self._mounted.extend(routes)

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    @property
    def host(self) -> str:
        """Host and port."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def start(self, port: int = 0) -> Self:
        """Listen on loopback; port 0 takes a free one, and the same one at the next start."""
        listener = socket.create_server((HOST, port or self.port))
        self.port = listener.getsockname()[1]
        self._thread = LoopThread(type(self).__name__)
        self._thread.wait(self._serve(listener))
        return self

    def stop(self) -> None:
        """Cut all connections and stop listening."""
        if self._thread is not None and self._runner is not None:
            self._thread.call(self.hang_up)
            self._thread.wait(self._runner.cleanup())
            self._thread.stop()
            self._thread = None

    def __enter__(self) -> Self:
        return self if self._thread else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def on_loop(self, function: Callable[[], R]) -> R:
        """Run a function where the memory lives; at once when the server is not running."""
        return self._thread.call(function) if self._thread else function()

    async def _serve(self, listener: socket.socket) -> None:
        application = web.Application(middlewares=[self._middleware])
        application.add_routes(
            [
                *self.routes(),
                *self._mounted,
                web.post("/_control/{verb}", self._control),
                web.get("/_state", self._show_state),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5, handler_cancellation=True)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(("/_", "/studio")):
            return await handler(request)
        self._calls.append(await Call.read(request))
        fault = self._faults.take(request.method, request.path)
        late = Fault("*", delay=self.settings.latency + (fault.delay if fault else 0.0))

        async def honest(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except Refused as refusal:
                return refusal.response()

        return await dataclasses.replace(fault or late, delay=late.delay).spoil(request, honest)

    # Control from other processes

    async def _control(self, request: web.Request) -> web.Response:
        method: Any = getattr(self, request.match_info["verb"], None)
        if not getattr(method, "is_verb", False):
            return web.json_response({"error": "no such verb"}, status=404)
        try:
            body = await request.read()
            arguments = json.loads(body) if body else {}
            inspect.signature(method).bind(**arguments)
            result = method(**arguments)
        except (TypeError, ValueError, LookupError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
        return web.json_response({"result": result}, dumps=_dumps)

    async def _show_state(self, request: web.Request) -> web.Response:
        return web.json_response(self.snapshot(), dumps=_dumps)

    # Verbs every stand-in has

    @verb
    def configure(self, **changes: Any) -> None:
        """Change settings by name, e.g. `configure(latency=0.2)`; unknown names are refused."""
        known = {field.name for field in dataclasses.fields(self.settings)}
        if unknown := changes.keys() - known:
            raise ValueError(f"no such settings: {sorted(unknown)}")
        for name, value in changes.items():
            setattr(self.settings, name, value)

    @verb
    def fail(
        self,
        endpoint: str,
        *,
        status: int | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
        delay: float = 0.0,
        drip: float = 0.0,
        redirect: str | None = None,
        close: bool = False,
        after: bool = False,
        times: int | None = 1,
        seconds: float | None = None,
    ) -> None:
        """Spoil the next answers of an endpoint; `faults.Fault` explains the ways.

        `times=None` goes on until `heal()`; `seconds` goes on for that long, however often.
        """
        self._faults.add(
            Fault(
                endpoint,
                status=status,
                body=body,
                headers=headers or {},
                delay=delay,
                drip=drip,
                redirect=redirect,
                close=close,
                after=after,
                times=None if seconds is not None else times,
                until=None if seconds is None else time.monotonic() + seconds,
            )
        )

    @verb
    def heal(self) -> None:
        """Answer honestly and without delay again."""
        self._faults.clear()
        self.settings.latency = 0.0

    @verb
    def calls(self, endpoint: str = "*", **parameters: Any) -> list[Call]:
        """Requests so far, oldest first, at an endpoint (as in `fail`) and with these parameters.

        `len(twitch.calls("/oauth2/token", grant_type="refresh_token"))` counts refreshes.
        """
        wanted = Fault(endpoint)
        return [
            call
            for call in self._calls
            if wanted.matches(call.method, call.path) and parameters.items() <= call.parameters.items()
        ]

    @verb
    def forget_calls(self) -> None:
        """Start counting anew."""
        self._calls.clear()


def _dumps(value: Any) -> str:
    return json.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, set | frozenset | tuple):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
