"""Views without middleware, for what programs bring hundreds of times a second: there is no session to read and no form
to protect, and each of the fifteen changes the thread twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response

from lumio.hosts import WEBHOOK_PATHS

if TYPE_CHECKING:
    from lumio.hosts import Receive, Scope, Send

#: How many slashes the path of a delivery has: what else begins alike is for people with a session.
SLASHES = 4


class Bare(ASGIHandler):
    """Django's handler with URLs and views alone."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_response_async)  # type: ignore[attr-defined]


class ByPath:
    """ASGI application: deliveries of platforms go to Django without middleware, everything else to `pages`."""

    def __init__(self, pages: ASGIHandler) -> None:
        self.pages = pages
        self.bare = Bare()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        is_delivery = path.startswith(WEBHOOK_PATHS) and path.count("/") == SLASHES
        await (self.bare if is_delivery else self.pages)(scope, receive, send)  # type: ignore[arg-type]  # wider than Django's
