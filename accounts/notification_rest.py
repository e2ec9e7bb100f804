"""REST: notifications, and marking them as read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from accounts import paging
from accounts.answers import Time, envelope
from accounts.domain import notifications, people
from accounts.gates import ANY_MEMBER, ApiView

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class NotificationOut(serializers.Serializer):
    """Something that whoever looks after the account should know."""

    id = serializers.IntegerField(help_text="Also its place in the list.")
    code = serializers.CharField(help_text="Its kind.")
    tone = serializers.CharField(help_text="bad, warn or info.")
    text = serializers.CharField(help_text="A sentence in the caller's language.")
    action = serializers.CharField(help_text="What helps, in a word or two.")
    url = serializers.CharField(help_text="The page of the dashboard where that is done.")
    created_at = Time()
    resolved_at = Time(allow_null=True, help_text="When it was over; null while it is not.")
    read = serializers.BooleanField(
        allow_null=True, help_text="By this person. What is over counts as read. Null for a popout token."
    )


class MarkedOut(serializers.Serializer):
    marked = serializers.IntegerField(help_text="How many were unread.")


class NotificationList(ApiView):
    gates: ClassVar = {"GET": ANY_MEMBER}

    @extend_schema(responses=NotificationOut(many=True), parameters=paging.BY_ID)
    def get(self, request: Request) -> Response:
        """What the caller should know of the account, as far as they may see what it is about."""
        limit = paging.limit(request.query_params.get("limit"))
        before, after = (
            paging.number(request.query_params.get(name), name, 0, paging.LAST) for name in ("before", "after")
        )
        page = notifications.listing(self.actor, limit=limit, before=before, after=after)
        data = NotificationOut(page.rows, many=True).data
        return envelope(request, data, page.links(request, lambda entry: entry.id))


class NotificationRead(ApiView):
    gates: ClassVar = {"POST": ANY_MEMBER}
    refusals: ClassVar = {"POST": (people.PersonNeeded,)}

    @extend_schema(request=None, responses=NotificationOut)
    def post(self, request: Request, notification_id: int) -> Response:
        """Mark one as read. Signed in only."""
        return envelope(request, NotificationOut(notifications.mark_read(self.actor, notification_id)).data)


class NotificationsRead(ApiView):
    gates: ClassVar = {"POST": ANY_MEMBER}
    refusals: ClassVar = {"POST": (people.PersonNeeded,)}

    @extend_schema(operation_id="notifications_read_all", request=None, responses=MarkedOut)
    def post(self, request: Request) -> Response:
        """Mark all as read. Signed in only."""
        return envelope(request, MarkedOut({"marked": notifications.mark_all_read(self.actor)}).data)
