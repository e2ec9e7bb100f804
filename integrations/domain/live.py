"""What the connections to tools are like now, as whoever holds them says. It stands in Valkey alone.

A link is said again before KEPT_FOR is over, so what a killed process knew is soon forgotten. While Valkey is away
nothing is known; nothing here raises.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils import timezone

from events import bus, channels, states
from events.domain import watching
from events.domain.watching import KEPT_FOR
from events.ingest.base import Failure
from events.payloads import encoded
from integrations.enums import Tool

if TYPE_CHECKING:
    from integrations.models import Integration
    from integrations.tools.failures import ToolFailure
    from integrations.tools.link import Found

#: Seconds between two times that a holder says the same.
AGAIN = 15.0


class Link(TypedDict, total=False):
    """`state`: connected, limited (some of what the tool can do cannot be reached), connecting or trouble."""

    state: str
    version: str
    latency_ms: int | None
    #: A `Route`.
    via: str
    is_protected: bool
    #: Why there is trouble: a code of `tools.failures` and what its sentence needs.
    failure: dict[str, Any] | None
    #: When this was said, ISO 8601. `keep` sets it.
    at: str


def keep(integration_id: UUID, account_id: UUID, link: Link) -> None:
    """This is what the connection is like now. Whoever looks is told of what changes, but not of every millisecond."""
    text = encoded({**link, "at": timezone.now().isoformat()})

    def ask(client: Any) -> bytes | None:
        with client.pipeline() as commands:
            commands.hget(_key(account_id), str(integration_id))
            commands.hset(_key(account_id), str(integration_id), text)
            commands.expire(_key(account_id), KEPT_FOR)
            known: bytes | None = commands.execute()[0]
            return known

    known = watching.asked(ask, None)
    if _gist(json.loads(known) if known else {}) != _gist(link):
        _tell(account_id)


def forget(integration_id: UUID, account_id: UUID) -> None:
    """Nobody holds a connection any more."""
    if watching.asked(lambda client: client.hdel(_key(account_id), str(integration_id)), 0):
        _tell(account_id)


def links(account_id: UUID) -> dict[UUID, Link]:
    """By integration; nothing for one that nobody speaks for. One round trip."""
    return links_of([account_id]).get(account_id, {})


def links_of(account_ids: Collection[UUID]) -> dict[UUID, dict[UUID, Link]]:
    """The same of several accounts, still one round trip."""

    def ask(client: Any) -> list[dict[bytes, bytes]]:
        with client.pipeline(transaction=False) as commands:
            for account_id in account_ids:
                commands.hgetall(_key(account_id))
            answers: list[dict[bytes, bytes]] = commands.execute()
            return answers

    oldest = timezone.now() - timedelta(seconds=KEPT_FOR)
    found: dict[UUID, dict[UUID, Link]] = {}
    for account_id, kept in zip(account_ids, watching.asked(ask, ()) if account_ids else (), strict=False):
        known = {UUID(key.decode()): json.loads(text) for key, text in kept.items()}
        found[account_id] = {key: link for key, link in known.items() if datetime.fromisoformat(link["at"]) > oldest}
    return found


def up(row: Integration, found: Found, *, is_limited: bool = False) -> Link:
    """The link of a tool that answers."""
    return {
        "state": "limited" if is_limited else "connected",
        "version": found.version,
        "latency_ms": found.latency_ms,
        "via": row.route,
        "is_protected": found.is_protected,
        "failure": None,
    }


def connecting(row: Integration) -> Link:
    """The link of a tool of which nothing is known yet."""
    return {"state": "connecting", "version": "", "latency_ms": None, "via": row.route, "failure": None}


def trouble(row: Integration, failure: ToolFailure) -> Link:
    """The link of a tool that cannot be reached."""
    return {
        "state": "trouble",
        "version": "",
        "latency_ms": None,
        "via": row.route,
        "is_protected": True,
        "failure": Failure.of(failure).as_json,
    }


def named(row: Integration) -> dict[str, str]:
    """What the sentences of `tools.failures` need."""
    return {"tool": Tool(row.tool).label, "address": row.address, "host": row.host}


def _gist(link: Any) -> dict[str, Any]:
    return {name: value for name, value in link.items() if name not in {"latency_ms", "at"}}


def _tell(account_id: UUID) -> None:
    """Whoever looks at the account's OBS. The Connections page asks by itself."""
    with suppress(DatabaseError):  # they are asked again in a few seconds anyway
        for told in states.messages("obs", [account_id]).get(account_id, ()):
            bus.announce(channels.obs(account_id), told)


def _key(account_id: UUID) -> str:
    return f"lumio:links:{account_id}"
