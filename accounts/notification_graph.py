"""GraphQL: the same as `accounts.notification_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts import paging
from accounts.domain import notifications
from accounts.gates import ANY_MEMBER, field
from accounts.scalars import BigInt, DateTime

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.domain.notifications import Entry


class Notification(graphene.ObjectType):
    """Something that whoever looks after the account should know."""

    id = BigInt(required=True, description="Also its place in the list.")
    code = graphene.String(required=True, description="Its kind.")
    tone = graphene.String(required=True, description="bad, warn or info.")
    text = graphene.String(required=True, description="A sentence in the caller's language.")
    action = graphene.String(required=True, description="What helps, in a word or two.")
    url = graphene.String(required=True, description="The page of the dashboard where that is done.")
    created_at = DateTime(required=True)
    resolved_at = DateTime(description="When it was over; null while it is not.")
    read = graphene.Boolean(description="By this person. What is over counts as read. Null for a popout token.")


class Query(graphene.ObjectType):
    notifications = graphene.List(
        graphene.NonNull(Notification),
        before=BigInt(),
        after=BigInt(),
        limit=graphene.Int(default_value=paging.PAGE),
        description="Newest first; with `after` what follows, oldest first. Both take an `id`, itself excluded.",
    )

    @staticmethod
    @field(ANY_MEMBER)
    def resolve_notifications(
        root: Any, actor: Actor, limit: int | None, before: int | None = None, after: int | None = None
    ) -> list[Entry]:
        before, after = paging.number(before, "before", 0, paging.LAST), paging.number(after, "after", 0, paging.LAST)
        return notifications.listing(actor, limit=paging.limit(limit), before=before, after=after).rows


class MarkNotificationRead(graphene.Mutation):
    """Marks one as read. Signed in only."""

    class Arguments:
        id = BigInt(required=True)

    notification = graphene.Field(Notification, required=True)

    @staticmethod
    @field(ANY_MEMBER)
    def mutate(root: Any, actor: Actor, id: int) -> MarkNotificationRead:
        return MarkNotificationRead(notification=notifications.mark_read(actor, id))


class MarkAllNotificationsRead(graphene.Mutation):
    """Marks all as read. Signed in only."""

    marked = graphene.Int(required=True, description="How many were unread.")

    @staticmethod
    @field(ANY_MEMBER)
    def mutate(root: Any, actor: Actor) -> MarkAllNotificationsRead:
        return MarkAllNotificationsRead(marked=notifications.mark_all_read(actor))


class Mutation(graphene.ObjectType):
    mark_notification_read = MarkNotificationRead.Field()
    mark_all_notifications_read = MarkAllNotificationsRead.Field()
