"""What pages cost."""

from __future__ import annotations

import re
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.urls import reverse


def connections_page_queries() -> float:
    """SQL queries of the Connections page with everything connected, broken and announced that it can show."""
    django.setup()
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.factories import make_user
    from tests.pictures.cards import fill

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    owner = make_user()
    fill(owner)
    client = Client(HTTP_HOST=settings.LUMIO_HOST)
    client.force_login(owner)
    client.get("/dashboard/connections")  # the first page of a session also notes where it was begun
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/dashboard/connections")
    assert page.content.decode().count("</article>") >= 5, "a card is missing"
    return len(queries)


def popout_transfer_kb() -> float:
    """What a browser that was never here loads of the largest popout: page and files, compressed, in kB."""
    django.setup()
    from django.test import Client

    from tests.factories import make_token, make_user
    from tests.pictures.cards import fill
    from tokens.enums import POPOUTS

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    fill(make_user())
    client = Client(HTTP_HOST=settings.LUMIO_HOST)
    sizes = {}
    for popout in POPOUTS:
        if popout.url_name:
            _, secret = make_token(permissions=set(popout.permissions))
            address = f"{reverse(popout.url_name)}?token={secret.reveal()}"
            page = client.get(address, headers={"accept-encoding": "gzip"})
            assert page["Content-Encoding"] == "gzip"
            files = _files_of(client.get(address).content.decode())
            sizes[popout.slug] = len(page.content) + sum(map(_compressed, files))
    return max(sizes.values()) / 1000


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
