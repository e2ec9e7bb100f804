"""Which pages popout tokens have open at this moment, and closing one of them.

Every web process says in Valkey what it has open (`events.open_pages`), and has to say it again before KEPT_FOR is
over: what a killed process had open is soon forgotten. PROCESSES holds their names by the time they last spoke; under
`pages_of` each has a hash, token id → JSON list of pages.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.domain import sessions
from events import bus
from events.payloads import encoded

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

#: Seconds that pages stay known without being said again.
KEPT_FOR = 30
#: A sorted set of web processes.
PROCESSES = "lumio:pages"

_PATH = re.compile(r"/[0-9A-Za-z/_.-]{0,79}", re.ASCII)


@dataclass(frozen=True)
class OpenPage:
    """`page` is its path, "/v1/ws" for a program that did not say, `browser` as people name it ("OBS on Windows"),
    `address` without its last part ("203.0.113.x"), empty where nobody knows it."""

    id: str
    page: str
    browser: str
    address: str
    since: datetime


def open_pages(token_ids: Collection[UUID]) -> dict[UUID, list[OpenPage]] | None:
    """The open pages of each of these tokens, oldest first; None while Valkey is away, as nobody knows then.

    Two round trips for any number of tokens.
    """
    found: dict[UUID, list[OpenPage]] = {token_id: [] for token_id in token_ids}
    if not found:
        return found
    names = [str(token_id) for token_id in found]
    client = bus.client(settings.REDIS_URL)
    try:
        processes: Any = client.zrange(PROCESSES, 0, -1)
        with client.pipeline(transaction=False) as questions:
            for process in processes:
                questions.hmget(pages_of(process.decode()), names)
            answers = questions.execute()
    except (RedisError, OSError):
        return None
    for answer in answers:
        for pages, text in zip(found.values(), answer, strict=True):
            pages += map(_read, json.loads(text)) if text else ()
    for pages in found.values():
        pages.sort(key=lambda page: page.since)
    return found


def close_page(account_id: UUID, page_id: str) -> bool:
    """Have whichever process serves an open page hang up on it for good. False if no process can be reached.

    The token goes on working: whoever loads the page again has it again.
    """
    try:
        heard_by: Any = bus.client(settings.REDIS_URL).publish(bus.control(account_id), encoded({"close": page_id}))
    except (RedisError, OSError):
        return False
    return bool(heard_by)


def told_to_close(told: dict[str, Any]) -> str | None:
    """The id of the page that a message of a control topic is about; None for other messages."""
    page_id: str | None = told.get("close")
    return page_id


def pages_of(process: str) -> str:
    return f"{PROCESSES}:{process}"


def kept(*, page: str, user_agent: str, address: str | None) -> dict[str, str]:
    """What Valkey keeps of a page that is opened now. The words for the browser are chosen when it is read."""
    browser, system = sessions.recognise(user_agent)
    return {
        "id": str(uuid4()),
        "page": page,
        "browser": browser,
        "system": system,
        "address": coarse(address),
        "since": timezone.now().isoformat(),
    }


def _read(kept: dict[str, str]) -> OpenPage:
    return OpenPage(
        id=kept["id"],
        page=kept["page"],
        browser=sessions.name_of(kept["browser"], kept["system"]),
        address=kept["address"],
        since=datetime.fromisoformat(kept["since"]),
    )


def path_of(page: Any) -> str | None:
    """The path that a page says it has, if it can be one."""
    return page if isinstance(page, str) and _PATH.fullmatch(page) else None


def coarse(address: str | None) -> str:
    """An address without what tells one household from the next: the first 24 bits of IPv4, the first 64 of IPv6."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    known = getattr(known, "ipv4_mapped", None) or known
    if known.is_unspecified:
        return ""
    if known.version == 4:
        return str(known).rpartition(".")[0] + ".x"
    return f"{ipaddress.ip_network((known, 64), strict=False).network_address}x"
