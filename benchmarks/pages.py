"""What pages cost."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client


def connections_page_queries() -> float:
    """SQL queries of the Connections page with everything connected, broken and announced that it can show."""
    client = _browser()
    from django.test.utils import CaptureQueriesContext

    client.get("/dashboard/connections")  # the first page of a session also notes where it was begun
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/dashboard/connections")
    assert page.content.decode().count("</article>") >= 5, "a card is missing"
    return len(queries)


def page_kb() -> float:
    """The largest page of the dashboard as it is sent, compressed, in kB: what it loads besides, a browser has from the
    page before."""
    return max(len(page.content) for page in _pages_of_the_dashboard()) / 1000


def page_transfer_kb() -> float:
    """What a browser that was never here loads of the largest page of the dashboard: page and files, compressed, in kB.
    The font, a third of it, is drawn later."""
    return (
        max(len(page.content) + sum(map(_compressed, _files_of(_text(page)))) for page in _pages_of_the_dashboard())
        / 1000
    )


def popout_transfer_kb() -> float:
    """What a browser that was never here loads of the largest popout: page and files, compressed, in kB."""
    client = _browser()
    from tests.factories import make_token
    from tokens.enums import POPOUTS

    sizes = {}
    for popout in POPOUTS:
        if popout.url_name:
            _, secret = make_token(permissions=set(popout.permissions))
            address = f"{reverse(popout.url_name)}?token={secret.reveal()}"
            page = client.get(address, headers={"accept-encoding": "gzip"})
            sizes[popout.slug] = len(page.content) + sum(map(_compressed, _files_of(_text(page))))
    return max(sizes.values()) / 1000


@cache
def _browser() -> Client:
    """Somebody's who owns an account with a lot in it."""
    django.setup()
    from django.test import Client

    from tests.factories import make_user
    from tests.pictures.cards import fill

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    owner = make_user()
    fill(owner)
    client = Client(HTTP_HOST=settings.LUMIO_HOST)
    client.force_login(owner)
    return client


@cache
def _pages_of_the_dashboard() -> list[HttpResponse]:
    """Each that is about no row of its own."""
    client = _browser()
    from tests.test_doors import PAGES, POSTED

    addresses = [door.split()[1] for door in PAGES if door not in POSTED and "<" not in door]
    pages = [client.get(address, headers={"accept-encoding": "gzip"}) for address in addresses]
    return [page for page in pages if page.status_code == 200 and page.get("Content-Encoding") == "gzip"]


def _text(page: HttpResponse) -> str:
    return gzip.decompress(page.content).decode()


def _files_of(page: str) -> set[Path]:
    """The files that a page loads, and those that these load."""
    found: set[Path] = set()
    ahead = [_collected(name) for name in re.findall(r'(?:href|src)="/static/([^"]+)"', page)]
    while ahead:
        path = ahead.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix in (".js", ".css"):
            named = re.findall(r"""(?:from|import|url\()\s*["']?(\.{1,2}/[^"')]+)["')]""", path.read_text())
            ahead += [(path.parent / name).resolve() for name in named]
    return found


def _collected(name: str) -> Path:
    return (Path(settings.STATIC_ROOT) / name).resolve()


def _compressed(path: Path) -> int:
    """Bytes of a file as it is served to a browser of today."""
    smaller = path.with_name(path.name + ".br")
    return (smaller if smaller.exists() else path).stat().st_size
