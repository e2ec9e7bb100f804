from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from graphene.types.generic import GenericScalar

from accounts import paging
from accounts.enums import Permission
from accounts.gates import any_of, field
from accounts.scalars import BigInt
from events.channels import TOPICS
from events.domain import log, status
from events.enums import Log
from events.payloads import payload

if TYPE_CHECKING:
    from accounts.actor import Actor


class Viewer(graphene.ObjectType):
    """Who did it, as the platform shows them."""

    id = graphene.String(required=True)
    login = graphene.String(required=True)
    name = graphene.String(required=True)
    avatar = graphene.String(required=True)
    anonymous = graphene.Boolean(required=True)


class LogEntry(graphene.ObjectType):
    """One thing that happened. `seq` is its number in the log, `id` the platform's."""

    seq = BigInt(required=True)
    type = graphene.String(required=True)
    id = graphene.String(required=True)
    platform = graphene.String(required=True)
    channel_id = graphene.String(required=True)
    origin = graphene.String(required=True)
    occurred_at = graphene.String(required=True)
    received_at = graphene.String(required=True)
    actor = graphene.Field(Viewer, required=True)
    amount = BigInt(description="How many of `unit`; money is in minor units of `currency`.")
    unit = graphene.String(required=True)
    currency = graphene.String(required=True)
    message = graphene.String(required=True)
    fragments = GenericScalar(required=True)
    extra = GenericScalar(required=True)


class ChannelStatus(graphene.ObjectType):
    """Whether one platform's channel is live, as last heard."""

    platform = graphene.String(required=True)
    channel_id = graphene.String(required=True)
    channel_name = graphene.String(required=True)
    live = graphene.Boolean(required=True)
    live_since = graphene.String()
    viewers = graphene.Int()
    title = graphene.String(required=True)
    category = graphene.String(required=True)
    updated_at = graphene.String(required=True)


def page_of_log(description: str) -> graphene.List:
    """Newest first; with `after` what follows, oldest first. The cursors are `seq`s, themselves excluded."""
    return graphene.List(
        graphene.NonNull(LogEntry),
        required=True,
        before=BigInt(),
        after=BigInt(),
        limit=graphene.Int(default_value=paging.PAGE),
        description=description,
    )


class Query(graphene.ObjectType):
    events = page_of_log("What happened on the account's channels, chat aside.")
    chat = page_of_log("The account's chat, merged over all platforms.")
    channel_status = graphene.List(graphene.NonNull(ChannelStatus), required=True)

    @field(Permission.EVENTS_READ)
    def resolve_events(root: Any, actor: Actor, **cursor: Any) -> list[dict[str, Any]]:
        return _entries(actor, Log.EVENTS, **cursor)

    @field(Permission.CHAT_READ)
    def resolve_chat(root: Any, actor: Actor, **cursor: Any) -> list[dict[str, Any]]:
        return _entries(actor, Log.CHAT, **cursor)

    @field(any_of(*TOPICS["status"]))
    def resolve_channel_status(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [status.payload(one)["data"] for one in status.of_account(actor.account.pk)]


def _entries(
    actor: Actor, which: Log, limit: int | None, before: int | None = None, after: int | None = None
) -> list[dict[str, Any]]:
    before, after = paging.number(before, "before", 0, paging.LAST), paging.number(after, "after", 0, paging.LAST)
    rows = log.page(actor.account.pk, which, paging.limit(limit), before=before, after=after)
    return [{"seq": row["seq"], "type": row["type"], **row["data"]} for row in map(payload, rows)]
