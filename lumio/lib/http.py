"""Calls to outside systems: one deadline over the whole answer, a size limit, no redirects, typed failures."""

from __future__ import annotations

import contextlib
import json as jsonlib
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from django.utils.translation import gettext_lazy as _
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from lumio.lib.errors import Refusal

DEADLINE = 15.0
CONNECT_TIMEOUT = 5.0
MAX_BYTES = 1024 * 1024
USER_AGENT = "Lumio (+https://lumio.vision)"


class Unreachable(Refusal):
    """No usable answer: the network, a time limit or a size limit. Trying again later may help."""

    code = "unreachable"
    status = 502
    sentence = _("{host} could not be reached: {reason}.")

    def __init__(self, *, host: str, reason: str) -> None:
        super().__init__(host=host, reason=REASONS[reason])
        self.reason = reason


REASONS = {
    "network": _("there is no connection"),
    "timeout": _("it did not answer in time"),
    "too_large": _("its answer was too large"),
}


@dataclass(frozen=True)
class Answer:
    """A complete answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body's JSON value. Raises ValueError for anything else, whatever the content type claims."""
        try:
            return jsonlib.loads(self.body)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def call(
    method: str,
    url: str,
    *,
    params: Mapping[str, Any] | None = None,
    data: Mapping[str, str] | None = None,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
    deadline: float = DEADLINE,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """Ask once and read the whole answer within `deadline` seconds, however slowly it drips.

    Redirects are answers like any other: following one would carry our secrets along. Raises Unreachable.
    """
    guard = _Guard(deadline)
    host = requests.compat.urlsplit(url).hostname or url
    try:
        with guard, _session(guard) as session:
            response = session.request(
                method,
                url,
                params=params,
                data=data,
                json=json,
                headers=headers,
                timeout=(min(CONNECT_TIMEOUT, deadline), deadline),
                allow_redirects=False,
                stream=True,
            )
            body = _read(response, max_bytes)
            # A body without a length ends like this one when the guard cuts it.
            guard.check()
    except _TooLarge as error:
        raise Unreachable(host=host, reason="too_large") from error
    except (requests.RequestException, HTTPError, OSError) as error:
        late = guard.is_over or isinstance(error, requests.Timeout)
        raise Unreachable(host=host, reason="timeout" if late else "network") from error
    return Answer(response.status_code, CaseInsensitiveDict(response.headers), body)


class _TooLarge(Exception):
    pass


def _read(response: requests.Response, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in response.raw.stream(64 * 1024, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            raise _TooLarge
    return bytes(body)


class _Guard:
    """Shuts the connection down when the time is up: requests' own limits start anew with every byte."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends

    def check(self) -> None:
        if self.is_over:
            raise TimeoutError

    def watch(self, connection: socket.socket) -> None:
        self.check()
        with self._lock:
            # A copy: TLS takes the original's descriptor away, shutting down reaches the connection through any.
            self._sockets.append(connection.dup())

    def _cut(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            for connection in self._sockets:
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> _Guard:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._sockets:
                connection.close()
            self._sockets.clear()


def _session(guard: _Guard) -> requests.Session:
    session = requests.Session()
    # The environment could add a proxy or a .netrc password to calls that carry secrets of their own.
    session.trust_env = False
    session.headers["User-Agent"] = USER_AGENT
    adapter = _GuardedAdapter(guard)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, guard: _Guard) -> None:
        self._guard = guard
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        guard = self._guard

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                connection = super()._new_conn()
                guard.watch(connection)
                return connection

        class Tls(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                connection = super()._new_conn()
                guard.watch(connection)
                return connection

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = Tls

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
