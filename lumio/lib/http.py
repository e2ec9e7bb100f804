"""Calls to outside systems: one deadline over the whole answer, a size limit, no redirects, typed failures."""

from __future__ import annotations

import contextlib
import json as jsonlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

import requests
from django.utils.translation import gettext_lazy as _
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError

from lumio.lib.errors import Refusal

DEADLINE = 15.0
CONNECT_TIMEOUT = 5.0
MAX_BYTES = 1024 * 1024
#: After half a minute of silence the other end is asked whether it is still there, three times.
KEEPALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    ),
]
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

    def json(self, *, parse_float: Callable[[str], Any] | None = None) -> Any:
        """The body's JSON value. Raises ValueError for anything else, whatever the content type claims.

        `parse_float` makes a number with a decimal point, `Decimal` where it is money.
        """
        try:
            return jsonlib.loads(self.body, parse_float=parse_float)
        except (RecursionError, ArithmeticError) as error:
            raise ValueError("nested too deeply, or a number that none is made of") from error


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


class Stream:
    """A GET whose answer has no end in sight: begun, read piece by piece in one thread, and cut from any.

    `deadline` is for the answer to begin. Afterwards each piece may take `silence` seconds; a dead network is noticed
    within a minute in any case. Reading ends with the answer, and like everything else here raises Unreachable.
    """

    def __init__(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        deadline: float = DEADLINE,
        silence: float,
    ) -> None:
        self._params = params
        self._headers = {"Accept-Encoding": "identity"} | dict(headers or {})
        self._url = url
        self._silence = silence
        self._deadline = deadline
        self._guard = _Guard(deadline)

    def cut(self) -> None:
        """End it at once: whoever reads gets Unreachable."""
        self._guard.cut()

    @contextlib.contextmanager
    def opened(self) -> Iterator[tuple[Answer, Iterator[bytes]]]:
        """The answer and the pieces of its body; the body of an answer that is not good is there as a whole."""
        with self._failures(), self._guard, _session(self._guard, keepalive=True) as session:
            response = session.get(
                self._url,
                params=self._params,
                headers=self._headers,
                timeout=(min(CONNECT_TIMEOUT, self._deadline), self._silence),
                allow_redirects=False,
                stream=True,
            )
            is_good = 200 <= response.status_code < 300
            body = b"" if is_good else _read(response, MAX_BYTES)
            self._guard.check()
            self._guard.stop_counting()
            answer = Answer(response.status_code, CaseInsensitiveDict(response.headers), body)
            yield answer, self._pieces(response) if is_good else iter(())

    def _pieces(self, response: requests.Response) -> Iterator[bytes]:
        with self._failures():
            while piece := response.raw.read1(64 * 1024):
                yield piece
            self._guard.check()

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        host = requests.compat.urlsplit(self._url).hostname or self._url
        try:
            yield
        except _TooLarge as error:
            raise Unreachable(host=host, reason="too_large") from error
        except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
            late = self._guard.is_over or isinstance(error, (requests.Timeout, ReadTimeoutError, TimeoutError))
            raise Unreachable(host=host, reason="timeout" if late else "network") from error


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
        self._is_cut = False
        self._ends = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._shut_down)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends

    def check(self) -> None:
        if self._is_cut:
            raise ConnectionAbortedError
        if self.is_over:
            raise TimeoutError

    def stop_counting(self) -> None:
        """From now on only `cut` ends it."""
        self._ends = float("inf")
        self._timer.cancel()

    def watch(self, connection: socket.socket) -> None:
        with self._lock:
            self.check()
            # A copy: TLS takes the original's descriptor away, shutting down reaches the connection through any.
            self._sockets.append(connection.dup())

    def cut(self) -> None:
        self._is_cut = True
        self._shut_down()

    def _shut_down(self) -> None:
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


def _session(guard: _Guard, *, keepalive: bool = False) -> requests.Session:
    session = requests.Session()
    # The environment could add a proxy or a .netrc password to calls that carry secrets of their own.
    session.trust_env = False
    session.headers["User-Agent"] = USER_AGENT
    adapter = _GuardedAdapter(guard, KEEPALIVE if keepalive else ())
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, guard: _Guard, options: Sequence[tuple[int, int, int]]) -> None:
        self._guard = guard
        self._options = [*HTTPConnection.default_socket_options, *options]
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, socket_options=self._options, **kwargs)
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
