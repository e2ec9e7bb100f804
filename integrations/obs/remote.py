"""An ObsLink to an OBS that Lumio reaches itself, spoken by obsws-python 1.8.0.

The library is given sockets that are open already and never opens one: it would look the name up again, follow
redirects, obey proxies, read configuration files and write the password to the log. The rest of what it does and what
is done about it here (shared/platforms/obs.md, section 8):

- It takes the next frame for the answer, whatever was asked: one thread asks, and after a time-out the link is over.
- A time limit begins anew with every byte, and a message may be as long as it likes: `_Socket` limits both.
- It drops the code that OBS closes with, and its thread for events dies in silence: both end the link here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from obsws_python.baseclient import ObsClient
from obsws_python.callback import Callback
from obsws_python.error import OBSSDKError, OBSSDKTimeoutError
from obsws_python.events import EventClient
from websocket import ABNF, WebSocket, WebSocketConnectionClosedException, WebSocketException, WebSocketTimeoutException

from integrations.enums import Tool
from integrations.obs import requests
from integrations.obs.handshake import EVENTS, NAME, SECONDS, Identified, failure_of, identify, signing
from integrations.obs.inbox import Inbox
from integrations.tools import dial
from integrations.tools.failures import LinkLost, Misunderstood, NoAnswer, NotATool, OutcomeUnknown
from integrations.tools.link import Closed
from lumio.lib import network
from lumio.lib.network import Address
from lumio.lib.secrets import Secret

#: As WebSockets are closed: after a frame that makes no sense, and without a word.
NONSENSE, NO_CODE = 1002, 1005
#: What comes of frames that are none of obs-websocket: the library takes what it gets.
NOT_UNDERSTOOD = (ValueError, LookupError, TypeError, AttributeError, RecursionError)

logger = logging.getLogger("obsws_python.lumio")


async def connect(host: str, port: int, password: Secret | None) -> RemoteLink:
    """Our own handshake first, because it tells what is wrong. Raises the ToolFailure for it."""
    transport = await dial.open(host, port, "/", Tool.OBS)
    try:
        identified = await identify(transport, signing(password), address=dial.address_of(host, port))
    finally:
        await transport.close()
    link = RemoteLink(identified)
    try:
        await link.begin(host, port, password.reveal() if password else "")
    except BaseException:
        await link.close()
        raise
    return link


class RemoteLink:
    """Two connections, as the library wants them: one asks and one listens."""

    def __init__(self, identified: Identified) -> None:
        self.found = identified.found
        self.requests = identified.requests
        self._inbox = Inbox()
        self._loop = asyncio.get_running_loop()
        #: Everything that is asked is asked in this one.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="obs")
        self._sockets: list[_Socket] = []
        self._listener: _Listener | None = None
        self._is_broken = self._is_over = False

    async def begin(self, host: str, port: int, password: str) -> None:
        """Raises ToolFailure."""
        asking, listening = [await self._open(host, port) for _ in range(2)]
        try:
            self._client = await self._in_thread(_Client, asking, password, 0)
            client = await self._in_thread(_Client, listening, password, EVENTS)
        except (OBSSDKTimeoutError, WebSocketTimeoutException, TimeoutError) as error:
            raise NoAnswer(tool=NAME, address=dial.address_of(host, port)) from error
        except (OBSSDKError, WebSocketException, OSError) as error:
            raise failure_of(next((one.closed for one in self._sockets if one.closed), Closed())) from error
        except NOT_UNDERSTOOD as error:
            raise Misunderstood(tool=NAME) from error
        self._listener = _Listener(client, hear=self._hear, end=self._end)
        self._listener.subscribe()

    async def ask(self, request: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        requests.check(request)
        if self._inbox.closed:
            raise LinkLost(tool=NAME)
        try:
            answered = await self._in_thread(self._asked, request, data)
        except (OBSSDKTimeoutError, WebSocketException, OSError) as error:
            self._give_up(self._client.ws.closed or Closed())
            raise OutcomeUnknown(tool=NAME) from error
        except NOT_UNDERSTOOD as error:
            self._give_up(Closed(NONSENSE))
            raise Misunderstood(tool=NAME) from error
        return requests.outcome(answered)

    def events(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        return self._inbox.read()

    async def close(self) -> None:
        self._give_up(Closed(1000))

    async def _open(self, host: str, port: int) -> _Socket:
        async with dial.reaching(host, port, Tool.OBS), asyncio.timeout(SECONDS):
            address, opened = await network.connect(host, port)
            opened.settimeout(SECONDS)
            self._sockets.append(_Socket(opened))
            try:
                await self._in_thread(self._sockets[-1].upgrade, address)
            except (WebSocketException, OSError, ValueError) as error:
                raise NotATool(tool=NAME, address=dial.address_of(host, port)) from error
        return self._sockets[-1]

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await self._loop.run_in_executor(self._thread, function, *arguments)

    def _asked(self, request: str, data: dict[str, Any] | None) -> Any:
        if self._is_broken or self._inbox.closed:
            raise LinkLost(tool=NAME)
        try:
            return self._client.req(request, data)
        except Exception:
            # Whoever waits for the next turn would get the answer to this, should it still come.
            self._is_broken = True
            raise

    def _hear(self, kind: Any, data: Any) -> None:
        """In the library's thread, which may outlive our loop."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._inbox.put, kind, data)

    def _end(self, closed: Closed) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._inbox.end, closed)

    def _give_up(self, closed: Closed) -> None:
        self._inbox.end(closed)
        if not self._is_over:
            self._is_over = True
            for one in self._sockets:
                one.hang_up()
            self._thread.submit(self._tidy_up)
            self._thread.shutdown(wait=False)

    def _tidy_up(self) -> None:
        """Files are closed when no thread reads them any more: their numbers are given to others at once."""
        if self._listener:
            self._listener.worker.join()
        for one in self._sockets:
            one.release()


class _Socket(WebSocket):
    """One message is so large at most and, unless nothing is waited for, takes so long at most. `closed` is what the
    other end said last.
    """

    def __init__(self, opened: socket.socket) -> None:
        # It looks at every byte in Python, seconds for a large scene; decoding looks again anyway.
        super().__init__(skip_utf8_validation=True)
        self.closed: Closed | None = None
        self._opened = opened
        self._room = dial.MAX_FRAME
        self._deadline: float | None = None

    def upgrade(self, address: Address) -> None:
        url = f"ws://{address.host}:{address.port}"
        self.connect(url, socket=self._opened, redirect_limit=0, suppress_origin=True)  # type: ignore[no-untyped-call]

    def hang_up(self) -> None:
        """Wakes whoever waits for something. From any thread."""
        with contextlib.suppress(OSError):
            self._opened.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        self._opened.close()

    def recv(self) -> str | bytes:
        patience = self.gettimeout()
        self._deadline = None if patience is None else time.monotonic() + patience
        self._room = dial.MAX_FRAME
        try:
            return super().recv()
        finally:
            if self.sock:
                self.sock.settimeout(patience)

    def recv_data_frame(self, control_frame: bool = False) -> tuple[int, Any]:
        opcode, frame = super().recv_data_frame(control_frame)
        if opcode == ABNF.OPCODE_CLOSE:
            code = struct.unpack("!H", frame.data[:2])[0] if len(frame.data) >= 2 else NO_CODE
            self.closed = Closed(code, frame.data[2:].decode(errors="replace"))
            raise WebSocketConnectionClosedException
        return opcode, frame

    def _recv(self, bufsize: int) -> bytes:
        if self._deadline is not None and self.sock:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise WebSocketTimeoutException
            self.sock.settimeout(left)
        received: bytes = super()._recv(bufsize)  # type: ignore[no-untyped-call]
        self._room -= len(received)
        if self._room < 0:
            self.closed = Closed(dial.TOO_LARGE)
            raise WebSocketConnectionClosedException
        return received


class _Client(ObsClient):
    """Says Hello over a socket that is open, and forgets the password once it is in."""

    def __init__(self, opened: _Socket, password: str, subscriptions: int) -> None:
        self.logger = logger
        self.ws = opened
        self.password = password
        self.subs = subscriptions
        opened.settimeout(SECONDS)
        self.server_hello = json.loads(opened.recv())
        self.authenticate()
        self.password = ""


class _Listener(EventClient):
    #: The library's shows the password.
    __repr__ = object.__repr__

    def __init__(self, client: _Client, *, hear: Callable[[Any, Any], None], end: Callable[[Closed], None]) -> None:
        self.base_client = client
        self.logger = logger
        self.callback = _Callback(hear)
        self._end = end

    def trigger(self, stop_event: Any) -> None:
        try:
            super().trigger(stop_event)
        except (WebSocketException, *NOT_UNDERSTOOD):
            self._end(Closed(NONSENSE))
        else:
            self._end(self.base_client.ws.closed or Closed())


class _Callback(Callback):
    """Hands every event on. The library's own picks them by the names of functions."""

    def __init__(self, hear: Callable[[Any, Any], None]) -> None:
        super().__init__()
        self._hear = hear

    def trigger(self, event: Any, data: Any) -> None:
        self._hear(event, data)
