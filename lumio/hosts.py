"""Which host serves what.

The dashboard lives on `LUMIO_URL`'s host and nowhere else: only there are cookies read or set. The overlay host and
the LAN hosts (a tablet in the studio) serve unattended pages, opened by a token or a key in their address. The host of
`LUMIO_WEBHOOK_URL`, where it is another one, serves deliveries of platforms and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http.request import validate_host

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

OVERLAY_PATHS = ("/overlay/", "/bridge/", "/static/", "/uploads/", "/v1/ws")
WEBHOOK_PATHS = ("/v1/webhooks/",)
UNATTENDED_PATHS = ("/popout/", "/overlay/", "/bridge/", "/static/", "/uploads/", "/v1/")
#: Answered on every spelling of loopback, so that tools need not follow a redirect.
NEVER_REDIRECTED = ("/v1/", "/static/")


class OverHttp:
    """ASGI wrapper of requests; what is no request passes by."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.request if scope["type"] == "http" else self.application)(scope, receive, send)

    async def request(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise NotImplementedError


class ByHost:
    """ASGI wrapper. Sets `scope["serves"]` to "dashboard", "overlay" or "unattended"."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.application(scope, receive, send)
            return
        # daphne takes from a header of the caller's, `Daphne-Root-Path`, what Django would leave out of the path.
        scope = {**scope, "root_path": ""}
        if settings.LUMIO_BEHIND_PROXY:
            scope = _as_the_proxy_saw(scope)
        host = asked_host(scope)
        path: str = scope["path"]
        if host == settings.LUMIO_HOST:
            await self.application({**scope, "serves": "dashboard"}, receive, send)
            return

        overlay = host == settings.LUMIO_OVERLAY_HOST
        loopback = not overlay and host in settings.LOOPBACK_HOSTS
        # What does not begin with a slash, as only a program sends it, would change the host it is appended to.
        is_path = _raw_path(scope).startswith(b"/")
        if scope["type"] == "http" and loopback and is_path and not path.startswith(NEVER_REDIRECTED):
            await _redirect(scope, send)
            return
        # Django asks for the host again where it reads it; sockets and static files never get that far.
        known = validate_host(host, settings.ALLOWED_HOSTS)
        if not known or not path.startswith(_served(host)):
            await not_found(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
        bare = {**scope, "headers": headers, "serves": "overlay" if overlay else "unattended"}
        await self.application(bare, receive, _without_cookies(send))


def _served(host: str) -> tuple[str, ...]:
    """Beginnings of the paths that are there on a host that is not the dashboard's."""
    if host == settings.LUMIO_OVERLAY_HOST:
        return OVERLAY_PATHS
    is_tunnel = host == settings.LUMIO_WEBHOOK_HOST and host not in settings.LUMIO_LAN_HOSTS
    return WEBHOOK_PATHS if is_tunnel else UNATTENDED_PATHS


def _as_the_proxy_saw(scope: Scope) -> Scope:
    """With the address that the proxy in front wrote down: the last one, as those before it are the client's words.

    Without it all people would share one address: one limit of sign-ins, one entry in the audit log.
    """
    told = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    try:
        address = ip_address(told.decode("latin-1").rpartition(",")[2].strip().partition("%")[0])
    except ValueError:
        return scope
    return {**scope, "client": (str(address), 0)}


def asked_host(scope: Scope) -> str:
    """The Host header without its port, in lower case. Two of them name none: who reads which is anybody's guess."""
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    value = values[0] if len(values) == 1 else ""
    host, _, port = value.rpartition(":")
    return (host if port.isdigit() else value).lower()


def _without_cookies(send: Send) -> Send:
    async def filtered(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(name, value) for name, value in message["headers"] if name.lower() != b"set-cookie"]
            message = {**message, "headers": headers}
        await send(message)

    return filtered


async def _redirect(scope: Scope, send: Send) -> None:
    """To the same page under `LUMIO_URL`: Spotify comes back to 127.0.0.1, but the session lives on localhost."""
    target = settings.LUMIO_URL.encode() + _raw_path(scope)
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    await _answer(send, 307, [(b"location", target)])


def _raw_path(scope: Scope) -> bytes:
    """The path as it was sent, nothing of it decoded."""
    raw: bytes = scope.get("raw_path", scope["path"].encode())
    return raw.partition(b"?")[0]


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI application for addresses that lead nowhere, of pages and of sockets."""
    if scope["type"] == "http":
        await _answer(send, 404, [])
        return
    await receive()
    await send({"type": "websocket.close"})


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
