"""The doors for machines that watch Lumio: `/healthz`, `/readyz`, `/readyz/web`, `/metrics`, on every host name.

They stand in front of everything else, Django included (see `lumio.health`).
"""

from __future__ import annotations

import json
import secrets
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from django.conf import settings

from lumio import health, metrics
from lumio.hosts import OverHttp, asked_host

if TYPE_CHECKING:
    from lumio.hosts import Receive, Scope, Send

#: What a proxy adds: with one of them the caller is somebody behind it.
FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip", b"via"}


class Probes(OverHttp):
    """ASGI wrapper."""

    async def request(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["path"]:
            case "/healthz":
                await _answer_json(scope, send, {"status": "ok"})
            case "/readyz":
                await _answer_json(scope, send, await health.report(health.ALL))
            case "/readyz/web":
                await _answer_json(scope, send, await health.report(health.OWN))
            case "/metrics":
                if may_scrape(scope):
                    await _answer(scope, send, 200, metrics.CONTENT_TYPE, await metrics.text())
                else:
                    await _answer(scope, send, 404, "text/plain", b"")
            case _:
                await self.application(scope, receive, send)


def may_scrape(scope: Scope) -> bool:
    """Whoever has the token, and programs on this machine that no proxy speaks for."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if given := headers.get(b"authorization"):
        wanted = f"Bearer {settings.LUMIO_METRICS_TOKEN}".encode()
        return bool(settings.LUMIO_METRICS_TOKEN) and secrets.compare_digest(given, wanted)
    if settings.LUMIO_BEHIND_PROXY or FORWARDED & headers.keys():
        return False
    # The host too: a page of the internet may have its own name lead a browser here to this machine.
    return _is_own(scope) and asked_host(scope) in settings.LOOPBACK_HOSTS


def _is_own(scope: Scope) -> bool:
    try:
        return ip_address((scope.get("client") or [""])[0]).is_loopback
    except ValueError:
        return False


async def _answer_json(scope: Scope, send: Send, content: dict[str, Any]) -> None:
    status = 200 if content["status"] == "ok" else 503
    await _answer(scope, send, status, "application/json", json.dumps(content).encode())


async def _answer(scope: Scope, send: Send, status: int, kind: str, body: bytes) -> None:
    if scope["method"] not in {"GET", "HEAD"}:
        status, body = 405, b""
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *([(b"allow", b"GET, HEAD")] if status == 405 else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
