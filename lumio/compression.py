"""Pages are compressed on their way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.middleware.gzip import GZipMiddleware

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class CompressedPages(GZipMiddleware):
    """HTML alone: static files have been compressed, downloads may be asked for in parts, and what programs read is
    small.

    Django adds up to a hundred bytes to each, so that the length of a page tells nobody what it repeats.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming
        return super().process_response(request, response) if is_page else response
