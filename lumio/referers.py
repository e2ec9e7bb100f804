"""Tokens in addresses: what browsers tell of the page they come from.

An answer to an address that carries a token has the browser tell nobody, whatever kind of answer it is. A token that
is told all the same, by a page of somebody else's or an old browser, has leaked.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.db import Error as DatabaseError
from django.db import connections

from tokens.domain import leaks

if TYPE_CHECKING:
    from lumio.hosts import Application, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

MARK = leaks.MARK.encode()


class Referers:
    """ASGI wrapper. A token in the Referer is revoked before the request goes on, which is answered as any other."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for name, value in scope.get("headers", ()):
            if name == b"referer" and MARK in value:
                await sync_to_async(_revoke)(value.decode("latin-1"))
        await self.application(scope, receive, _telling_nobody(send) if _carries_token(scope) else send)


def _carries_token(scope: Scope) -> bool:
    """Whether there may be one in the address: as itself, within another address, or pasted where none belongs."""
    return b"token" in scope.get("query_string", b"") or leaks.MARK in scope.get("path", "")


def _revoke(referer: str) -> None:
    try:
        leaks.in_referer(referer)
    except DatabaseError as error:
        log.warning("A popout token in a Referer could not be revoked: %s", error)
    finally:
        connections.close_all()  # no request begins or ends here, which is when Django looks after them


def _telling_nobody(send: Send) -> Send:
    async def filtered(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [(name, value) for name, value in message["headers"] if name.lower() != b"referrer-policy"]
            message = {**message, "headers": [*others, (b"referrer-policy", b"no-referrer")]}
        await send(message)

    return filtered
