"""Which channels should be listened to, and how their platforms reach the grants."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db import Error as DatabaseError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.domain import grants
from connections.domain.dressing import dressed
from connections.enums import GrantState, Purpose, Use
from connections.models import Connection, PlatformSwitch
from connections.platforms import PLATFORMS
from events.ingest.base import SourceSpec
from events.ingest.threads import in_thread
from lumio.lib.errors import Refusal

T = TypeVar("T")


def wanted_sources() -> list[SourceSpec]:
    """One source for each connected channel that can be listened to: not switched off, in an account that is open."""
    listening = [slug for slug, platform in PLATFORMS.items() if platform.listens]
    without_grant = [slug for slug in listening if PLATFORMS[slug].listens_without_grant]
    rows = Connection.objects.filter(
        Q(state=GrantState.CONNECTED) | Q(platform__in=without_grant),
        purpose=Purpose.CHANNEL,
        platform__in=listening,
        account__closed_at=None,
    ).only("id", "account_id", "platform", "channel_id", "channel_name", "scopes", "connected_at")
    return [_source(connection) for connection in switched_on(rows)]


def switched_on(rows: Iterable[Connection]) -> list[Connection]:
    """Those that the operator has not switched off. One query."""
    off = set(PlatformSwitch.objects.filter(use=Use.CHANNEL).values_list("platform", "account_id"))
    return [row for row in rows if not off & {(row.platform, None), (row.platform, row.account_id)}]


def _source(connection: Connection) -> SourceSpec:
    listen = PLATFORMS[connection.platform].listen
    return SourceSpec(
        key=connection.source_key,
        account_id=connection.account_id,
        run=partial(listen, connection.channel_id, grant=ConnectionGrant(connection.pk, tuple(connection.scopes))),
        # After a reconnect there may be more to subscribe to.
        revision=f"{connection.connected_at.isoformat()} {' '.join(sorted(connection.scopes))}",
        dress=dressed,
        name=connection.channel_name,
    )


class OutOfReach(Refusal):
    """A passing state like any other for whoever listens: a socket must not end because the database is away."""

    code = "grant_out_of_reach"
    status = 503
    sentence = _("Lumio's database does not answer right now, so this sign-in cannot be read.")


@dataclass(frozen=True, slots=True)
class ConnectionGrant:
    """`connections.domain.grants` for a platform that listens; raises what stands behind an unusable grant.

    One question at a time: while a token is renewed, one thread waits for it and not one for each subscription.
    """

    connection_id: UUID
    scopes: tuple[str, ...] = ()
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)

    async def client_id(self) -> str:
        return await self._ask(partial(grants.client_id, self.connection_id))

    async def access(self) -> grants.Access:
        return await self._ask(partial(grants.access, self.connection_id))

    async def refused(self, version: int) -> grants.Access:
        return await self._ask(partial(grants.refresh_if_version, self.connection_id, version))

    async def lost(self, code: str, params: dict[str, Any]) -> None:
        await in_thread(grants.mark_lost, self.connection_id, code, params)

    async def _ask(self, question: partial[T]) -> T:
        try:
            async with self._turn:
                return await in_thread(question)
        except grants.GrantUnusable as error:
            raise error.failure from error
        except DatabaseError as error:
            raise OutOfReach from error
