"""REST: the two logs of an account, and whether its channels are live."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from accounts import paging
from accounts.answers import Time, envelope
from accounts.enums import Permission
from accounts.gates import ApiView, any_of
from events.channels import TOPICS
from events.domain import log, status
from events.enums import Log
from events.payloads import payload

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class ViewerOut(serializers.Serializer):
    """Who did it, as the platform shows them."""

    id = serializers.CharField()
    login = serializers.CharField()
    name = serializers.CharField()
    avatar = serializers.CharField()
    anonymous = serializers.BooleanField()


class LogDataOut(serializers.Serializer):
    id = serializers.CharField(help_text="The platform's.")
    platform = serializers.CharField()
    channel_id = serializers.CharField()
    origin = serializers.CharField(help_text="live, backfill, replay or test.")
    occurred_at = Time()
    received_at = Time()
    actor = ViewerOut()
    amount = serializers.IntegerField(
        allow_null=True, help_text="How many of `unit`; money is in minor units of `currency`."
    )
    unit = serializers.CharField(help_text="Empty without an amount.")
    currency = serializers.CharField(help_text="ISO 4217, for money alone.")
    message = serializers.CharField()
    fragments = serializers.ListField(
        child=serializers.DictField(), help_text="The message in pieces: text, emotes, mentions."
    )
    extra = serializers.DictField(help_text="What only this type has to say.")


class LogRowOut(serializers.Serializer):
    """One thing that happened. `seq` is its number in the log; there are no gaps in it."""

    seq = serializers.IntegerField(min_value=1)
    type = serializers.CharField(help_text="As in the live protocol; new types come with new versions.")
    data = LogDataOut()  # type: ignore[assignment]  # the base class has a property of that name


class StatusOut(serializers.Serializer):
    """Whether one platform's channel is live, as last heard."""

    platform = serializers.CharField()
    channel_id = serializers.CharField()
    channel_name = serializers.CharField()
    live = serializers.BooleanField()
    live_since = Time(allow_null=True)
    viewers = serializers.IntegerField(allow_null=True)
    title = serializers.CharField()
    category = serializers.CharField()
    updated_at = Time()


class LogView(ApiView):
    log: ClassVar[Log]

    def read(self, request: Request) -> Response:
        limit = paging.limit(request.query_params.get("limit"))
        before, after = (
            paging.number(request.query_params.get(name), name, 0, paging.LAST) for name in ("before", "after")
        )
        rows = log.page(self.actor.account.pk, self.log, limit + 1, before=before, after=after)
        page = paging.Page.cut(rows, limit)
        # The very payload that sockets carry; a serializer in between would only cost time.
        return envelope(request, [payload(row) for row in page.rows], page.links(request, lambda row: row.seq))


class Events(LogView):
    gates: ClassVar = {"GET": Permission.EVENTS_READ}
    log = Log.EVENTS

    @extend_schema(responses=LogRowOut(many=True), parameters=paging.BY_SEQ)
    def get(self, request: Request) -> Response:
        """What happened on the account's channels, chat aside."""
        return self.read(request)


class Chat(LogView):
    gates: ClassVar = {"GET": Permission.CHAT_READ}
    log = Log.CHAT

    @extend_schema(responses=LogRowOut(many=True), parameters=paging.BY_SEQ)
    def get(self, request: Request) -> Response:
        """The account's chat, merged over all platforms."""
        return self.read(request)


class Status(ApiView):
    gates: ClassVar = {"GET": any_of(*TOPICS["status"])}

    @extend_schema(responses=StatusOut(many=True))
    def get(self, request: Request) -> Response:
        """Whether each platform's channel is live. For whoever may listen to the `status` channel."""
        found = [status.payload(one)["data"] for one in status.of_account(self.actor.account.pk)]
        return envelope(request, StatusOut(found, many=True).data)
