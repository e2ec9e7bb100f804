"""A silent test event: does what Lumio tells reach each page that an account has open, and how fast?

It goes the way of everything live, over Valkey to the web processes, from there over the sockets to the pages, and
back: each process says which pages it has passed the event on to (`events.echoes`), then which of them have answered.
It is stored nowhere and shown nowhere.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from redis.exceptions import RedisError

from accounts.domain import sessions
from events import bus
from events.payloads import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Seconds that pages have to answer, and for which answers are kept that nobody fetched.
WITHIN = 3.0
KEPT_FOR = 60
#: Seconds of one look for answers: shorter than the time limit of `bus.client`.
LOOK = 0.25


@dataclass(frozen=True)
class Echo:
    """One open page. `page` is its path ("/v1/ws" for a program that did not say), `browser` as people name it ("OBS on
    Windows"), `overlay_id` the overlay that it shows, `is_popout` whether a popout token opened it. `milliseconds`
    until its answer was here, None for none."""

    page: str
    browser: str
    overlay_id: UUID | None
    is_popout: bool
    milliseconds: int | None


def sound(account_id: UUID, *, within: float = WITHIN) -> list[Echo] | None:
    """Send one event and wait until every page has answered or the time is over. None while Valkey is away: then pages
    are served from the database, and nobody can tell which there are."""
    client: Any = bus.client(settings.REDIS_URL)
    id = secrets.token_urlsafe(16)
    pages: dict[str, dict[str, Any]] = {}
    answers: dict[str, int] = {}
    began = time.monotonic()
    try:
        processes = client.publish(bus.control(account_id), encoded({"echo": id, "account": str(account_id)}))
        while time.monotonic() - began < within and (processes > 0 or answers.keys() < pages.keys()):
            if popped := client.blpop([key(id)], timeout=LOOK):
                told = json.loads(popped[1])
                if "pages" in told:
                    processes -= 1
                    pages |= told["pages"]
                else:
                    answers[told["page"]] = round((time.monotonic() - began) * 1000)
    except (RedisError, OSError):
        return None
    return _sorted(_read(page, answers.get(name)) for name, page in pages.items())


def key(id: str) -> str:
    """The list in Valkey that web processes answer in."""
    return f"lumio:echo:{id}"


def told_to(told: dict[str, Any]) -> tuple[str, UUID] | None:
    """The id of the test event that a message of a control topic is, and its account; None for other messages."""
    return (told["echo"], UUID(told["account"])) if "echo" in told else None


def _read(page: dict[str, Any], milliseconds: int | None) -> Echo:
    return Echo(
        page=page["page"],
        browser=sessions.name_of(page["browser"], page["system"]),
        overlay_id=UUID(page["overlay"]) if page["overlay"] else None,
        is_popout=page["is_popout"],
        milliseconds=milliseconds,
    )


def _sorted(echoes: Iterable[Echo]) -> list[Echo]:
    return sorted(echoes, key=lambda one: (one.overlay_id is None, one.page, one.browser, one.milliseconds or 0))
