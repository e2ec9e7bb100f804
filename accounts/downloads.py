"""Answers of any length. They are made in threads of their own, and only as fast as whoever asked takes them.

Django would collect what a plain iterator yields before it sends the first byte, and in its one thread for sync code.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from django.db import close_old_connections
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.text import slugify
from rest_framework.renderers import BaseRenderer, JSONRenderer

from accounts.gates import NOT_KEPT

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from accounts.models import Account

#: So many downloads go on at once in one process; further ones wait between two pieces.
_threads = ThreadPoolExecutor(2, thread_name_prefix="download")


class Csv(BaseRenderer):
    """Lets REST framework know the type; what is refused is JSON."""

    media_type = "text/csv"
    format = "csv"

    def render(self, data: object, *args: object, **kwargs: object) -> bytes:
        return JSONRenderer().render(data)


class Zip(Csv):
    media_type = "application/zip"
    format = "zip"


def file_name(what: str, account: Account, ending: str) -> str:
    """As people find it again, without what an account's name may hold: lumio-audit-log-ada-live-2026-05-01.csv."""
    return f"lumio-{what}-{slugify(account.name) or account.pk}-{timezone.localdate():%Y-%m-%d}.{ending}"


def download(request: HttpRequest, pieces: Iterator[bytes], *, name: str, kind: str) -> HttpResponseBase:
    """A file called `name` of the media type `kind`. `pieces` reads the database a batch at a time, in any thread."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": NOT_KEPT}
    if request.method == "HEAD":
        return HttpResponse(content_type=kind, headers=headers)
    return StreamingHttpResponse(in_pieces(pieces), content_type=kind, headers=headers)


async def in_pieces(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """What a streaming response sends: `pieces`, each made in a thread of its own."""
    source = _Source(pieces, translation.get_language())
    loop = asyncio.get_running_loop()
    try:
        while (piece := await loop.run_in_executor(_threads, source.next)) is not None:
            yield piece
    finally:
        # Not awaited: whoever left early may have cancelled this.
        _threads.submit(source.close)


class _Source:
    """An iterator that is never entered by two threads, and speaks the reader's language in each of them."""

    def __init__(self, pieces: Iterator[bytes], language: str | None) -> None:
        self._pieces = pieces
        self._language = language
        self._turn = threading.Lock()

    def next(self) -> bytes | None:
        with self._turn, translation.override(self._language):
            close_old_connections()
            try:
                return next(self._pieces, None)
            finally:
                close_old_connections()

    def close(self) -> None:
        with self._turn:
            if close := getattr(self._pieces, "close", None):
                close()
