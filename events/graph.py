from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from graphene.types.generic import GenericScalar

from accounts import paging, throttle
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import any_of, field
from accounts.scalars import BigInt, DateTime
from events.channels import TOPICS
from events.domain import access, samples, search, status, thanks
from events.enums import Log
from events.forms import TestEventIn
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


class Hand(graphene.ObjectType):
    """Somebody who did something to a row. Texts are empty where nobody tells."""

    id = graphene.String(required=True, description="The platform's.")
    login = graphene.String(required=True)
    name = graphene.String(required=True)


class Removed(graphene.ObjectType):
    """When and by whom a line was taken out of the chat."""

    at = DateTime(required=True)
    by = graphene.Field(Hand, required=True)


class Thanked(graphene.ObjectType):
    """When and by whom an event was ticked as thanked for."""

    at = DateTime(required=True)
    by = graphene.Field(Hand, required=True, description="The name of a member; the other texts are empty.")


class LogEntry(graphene.ObjectType):
    """One thing that happened. `seq` is its number in the log, `id` the platform's."""

    seq = BigInt(required=True)
    type = graphene.String(required=True)
    id = graphene.String(required=True)
    platform = graphene.String(required=True)
    channel_id = graphene.String(required=True)
    origin = graphene.String(required=True)
    occurred_at = DateTime(required=True)
    received_at = DateTime(required=True)
    actor = graphene.Field(Viewer, required=True)
    amount = BigInt(description="How many of `unit`; money is in minor units of `currency`.")
    unit = graphene.String(required=True)
    currency = graphene.String(required=True)
    message = graphene.String(required=True)
    fragments = GenericScalar(required=True)
    extra = GenericScalar(required=True)
    removed = graphene.Field(Removed, description="Of a line of chat; null while it stands.")
    thanked = graphene.Field(Thanked, description="Of an event; null while nobody ticked that they were thanked.")


class ChannelStatus(graphene.ObjectType):
    """Whether one platform's channel is live, as last heard."""

    platform = graphene.String(required=True)
    channel_id = graphene.String(required=True)
    channel_name = graphene.String(required=True)
    live = graphene.Boolean(required=True)
    live_since = DateTime()
    viewers = graphene.Int()
    title = graphene.String(required=True)
    category = graphene.String(required=True)
    updated_at = DateTime(required=True)


def page_of_log(description: str, **filters: graphene.Scalar) -> graphene.List:
    """Newest first; with `after` what follows, oldest first. The cursors are `seq`s, themselves excluded."""
    return graphene.List(
        graphene.NonNull(LogEntry),
        before=BigInt(),
        after=BigInt(),
        type=graphene.List(graphene.NonNull(graphene.String), description="Only these types."),
        platform=graphene.List(graphene.NonNull(graphene.String), description="Only these platforms."),
        origin=graphene.List(graphene.NonNull(graphene.String), description="Only of these origins."),
        q=graphene.String(description="Part of the actor's name or of the message."),
        since=graphene.String(description="What happened from this moment on (ISO 8601)."),
        until=graphene.String(description="What happened before this moment."),
        **filters,
        limit=graphene.Int(default_value=paging.PAGE),
        description=description,
    )


class Query(graphene.ObjectType):
    events = page_of_log(
        "What happened on the account's channels, chat aside.",
        thanked=graphene.Boolean(description="Of what somebody is thanked for: only what is ticked, or is not."),
    )
    chat = page_of_log("The account's chat, merged over all platforms.")
    event = graphene.Field(LogEntry, seq=BigInt(required=True), description="One event, by its number.")
    channel_status = graphene.List(
        graphene.NonNull(ChannelStatus), description="Whether each platform's channel is live."
    )

    @field(Permission.EVENTS_READ)
    def resolve_events(root: Any, actor: Actor, **asked: Any) -> list[dict[str, Any]]:
        return _entries(actor, Log.EVENTS, **asked)

    @field(Permission.CHAT_READ)
    def resolve_chat(root: Any, actor: Actor, **asked: Any) -> list[dict[str, Any]]:
        return _entries(actor, Log.CHAT, **asked)

    @field(Permission.EVENTS_READ)
    def resolve_event(root: Any, actor: Actor, seq: int) -> dict[str, Any]:
        return entry(payload(access.get_event(actor, seq)))

    @field(any_of(*TOPICS["status"]))
    def resolve_channel_status(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [status.payload(one)["data"] for one in status.of_account(actor.account.pk)]


class EmitEventInput(graphene.InputObjectType):
    """What is left out is filled in; what the type has no place for is dropped."""

    type = graphene.String(required=True)
    platform = graphene.String(required=True)
    name = graphene.String(description="Who did it.")
    amount = BigInt(description="How many of `unit`; money is in minor units of `currency`.")
    unit = graphene.String(description="Of a `cheer`: bits if not told.")
    currency = graphene.String()
    message = graphene.String()


class EmitEvent(graphene.Mutation):
    """Has an event happen that nobody did: stored and told like any other, with the origin `test`."""

    class Arguments:
        input = EmitEventInput(required=True)

    event = graphene.Field(LogEntry, required=True)

    @staticmethod
    @field(Permission.EVENTS_CREATE, limit=throttle.TEST_EVENTS)
    def mutate(root: Any, actor: Actor, input: EmitEventInput) -> EmitEvent:
        given = taken(TestEventIn, input)
        return EmitEvent(event=entry(payload(samples.send(actor=actor, kind=given.pop("type"), **given))))


class TickThanks(graphene.Mutation):
    """Ticks that whoever did it was thanked, for everybody in the account, or takes the tick back.

    Who ticked first stays named.
    """

    class Arguments:
        seq = BigInt(required=True)
        thanked = graphene.Boolean(required=True)

    seq = BigInt(required=True)
    thanked = graphene.Field(Thanked)

    @staticmethod
    @field(Permission.EVENTS_CREATE)
    def mutate(root: Any, actor: Actor, seq: int, thanked: bool) -> TickThanks:
        event = thanks.tick(actor=actor, seq=seq, thanked=thanked)
        return TickThanks(seq=event.seq, thanked=_marked(event.thanked))


class Mutation(graphene.ObjectType):
    emit_event = EmitEvent.Field()
    tick_thanks = TickThanks.Field()


def _entries(
    actor: Actor, log: Log, limit: int | None, before: int | None = None, after: int | None = None, **filters: Any
) -> list[dict[str, Any]]:
    before, after = paging.number(before, "before", 0, paging.LAST), paging.number(after, "after", 0, paging.LAST)
    wanted = search.Search.parse(log, **filters)
    rows = search.page(actor.account.pk, log, paging.limit(limit), wanted, before=before, after=after)
    return [entry(payload(row)) for row in rows]


def entry(row: dict[str, Any]) -> dict[str, Any]:
    """The payload of a row as `LogEntry` takes it."""
    marks = {name: _marked(row["data"].get(name)) for name in ("removed", "thanked")}
    return {"seq": row["seq"], "type": row["type"], **row["data"], **marks}


def _marked(mark: dict[str, Any] | None) -> dict[str, Any] | None:
    """With all of whoever did it: where a platform does not tell, nothing is stored."""
    return {"at": mark["at"], "by": {"id": "", "login": "", "name": ""} | mark["by"]} if mark else None
