"""Uploaded files as browsers fetch them, from the hosts of overlays and of the LAN. The name is the key: nothing else
is asked for, so that OBS and custom code can show them.

A file never changes under its name, and whatever is in it runs nothing.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpResponse, StreamingHttpResponse
from django.http.request import split_domain_port
from django.views.decorators.http import require_safe

from accounts.downloads import in_pieces
from accounts.gates import public
from overlays.domain import uploads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

PIECE = 128 * 1024
#: Of one part (RFC 9110, section 14.1.2); several at once are not asked for by browsers, and answered with everything.
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class NotThere(Exception):
    """A part that begins behind the end of the file."""


@public("whoever knows the name may see the file; it is for pages in OBS, which has no session")
@require_safe
def file(request: HttpRequest, file: str) -> HttpResponseBase:
    # The dashboard's host has cookies, so nothing that somebody brought is opened there.
    host, _ = split_domain_port(request.get_host())
    found = uploads.find(file) if host != settings.LUMIO_HOST else None
    if found is None:
        return HttpResponse(status=404, headers={"Cache-Control": "no-store"})
    tag = f'"{found.digest}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": tag,
    }
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    wanted = request.headers.get("Range", "") if request.headers.get("If-Range", tag) == tag else ""
    try:
        part = _part(wanted, found.size)
    except NotThere:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.size}"})
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{found.size}"
    status, part = (200, range(found.size)) if part is None else (206, part)
    headers["Content-Length"] = str(len(part))
    if request.method == "HEAD":
        return HttpResponse(content_type=found.content_type, status=status, headers=headers)
    try:
        opened = default_storage.open(found.file)
    except FileNotFoundError:
        return HttpResponse(status=404, headers={"Cache-Control": "no-store"})
    pieces = in_pieces(_read(opened, part))
    return StreamingHttpResponse(pieces, content_type=found.content_type, status=status, headers=headers)


def _part(wanted: str, size: int) -> range | None:
    """The bytes that a Range header asks for, None for all of them. Raises NotThere."""
    found = _RANGE.fullmatch(wanted)
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= size:
        raise NotThere
    return range(start, stop)


def _read(opened: IO[bytes], part: range) -> Iterator[bytes]:
    with opened:
        opened.seek(part.start)
        left = len(part)
        while left and (piece := opened.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
