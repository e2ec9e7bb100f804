"""REST: the two logs of an account, and whether its channels are live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from accounts import filters, paging, throttle
from accounts.answers import Time, created, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView, any_of
from events.channels import TOPICS
from events.domain import access, samples, search, status, thanks
from events.enums import Log, Origin
from events.forms import TestEventIn
from events.payloads import payload

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from events.models import Event


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


class RemovedOut(serializers.Serializer):
    """When and by whom a line was taken out of the chat."""

    at = Time()
    by = serializers.DictField(help_text="id, login and name; empty where the platform does not tell.")


class ChatDataOut(LogDataOut):
    removed = RemovedOut(allow_null=True, help_text="Null while the line stands.")


class ChatRowOut(LogRowOut):
    """One line of the chat, or something that happened to lines."""

    data = ChatDataOut()


class ThankedOut(serializers.Serializer):
    """When and by whom an event was ticked as thanked for."""

    at = Time()
    by = serializers.DictField(help_text="id, login and name: the name of a member, the others empty.")


class EventDataOut(LogDataOut):
    thanked = ThankedOut(allow_null=True, help_text="Null while nobody ticked that they were thanked.")


class EventRowOut(LogRowOut):
    """One event."""

    data = EventDataOut()


class TickOut(serializers.Serializer):
    """Whether somebody was thanked for an event."""

    seq = serializers.IntegerField(min_value=1)
    thanked = ThankedOut(allow_null=True)


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


def _filter(name: str, description: str, **schema: Any) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", **schema}, description=description)


FILTERS = [
    _filter("type", "Only these types, separated by commas."),
    _filter("platform", "Only these platforms, separated by commas."),
    _filter("origin", f"Only of these origins, separated by commas: {', '.join(Origin.values)}."),
    _filter("q", "Part of the actor's name or of the message.", maxLength=filters.LONGEST_TEXT),
    _filter("since", "What happened from this moment on (ISO 8601; without a time zone, UTC)."),
    _filter("until", "What happened before this moment."),
]
#: What only events can be asked for.
THANKED = _filter("thanked", "Of events that somebody is thanked for: only those that are ticked (`true`), or are not.")


class LogView(ApiView):
    log: ClassVar[Log]
    parameters: ClassVar = FILTERS
    refusals: ClassVar = {"GET": (filters.BadFilter,)}

    def read(self, request: Request) -> Response:
        asked = request.query_params
        limit = paging.limit(asked.get("limit"))
        before, after = (paging.number(asked.get(name), name, 0, paging.LAST) for name in ("before", "after"))
        wanted = search.Search.parse(self.log, **{one.name: asked.get(one.name) for one in self.parameters})
        rows = search.page(self.actor.account.pk, self.log, limit + 1, wanted, before=before, after=after)
        page = paging.Page.cut(rows, limit)
        # The very payload that sockets carry; a serializer in between would only cost time.
        return envelope(request, [payload(row) for row in page.rows], page.links(request, lambda row: row.seq))


class Events(LogView):
    gates: ClassVar = {"GET": Permission.EVENTS_READ}
    log = Log.EVENTS
    parameters: ClassVar = [*FILTERS, THANKED]

    @extend_schema(responses=EventRowOut(many=True), parameters=[*paging.BY_SEQ, *FILTERS, THANKED])
    def get(self, request: Request) -> Response:
        """What happened on the account's channels, chat aside."""
        return self.read(request)


class EventDetail(ApiView):
    gates: ClassVar = {"GET": Permission.EVENTS_READ}
    refusals: ClassVar = {"GET": (Http404,)}

    @extend_schema(responses=EventRowOut)
    def get(self, request: Request, seq: int) -> Response:
        """One event, by its number in the log."""
        return envelope(request, payload(access.get_event(self.actor, seq)))


class EventThanks(ApiView):
    gates: ClassVar = {"PUT": Permission.EVENTS_CREATE, "DELETE": Permission.EVENTS_CREATE}
    refusals: ClassVar = {
        "PUT": (Http404, thanks.NothingToThankFor),
        "DELETE": (Http404, thanks.NothingToThankFor),
    }

    @extend_schema(request=None, responses=TickOut)
    def put(self, request: Request, seq: int) -> Response:
        """Tick that whoever did it was thanked, for everybody in the account. Who ticked first stays named."""
        return self.answer(request, thanks.tick(actor=self.actor, seq=seq, thanked=True))

    @extend_schema(responses={200: TickOut})
    def delete(self, request: Request, seq: int) -> Response:
        """Take the tick back."""
        return self.answer(request, thanks.tick(actor=self.actor, seq=seq, thanked=False))

    def answer(self, request: Request, event: Event) -> Response:
        return envelope(request, {"seq": event.seq, "thanked": event.thanked})


class TestEvents(ApiView):
    gates: ClassVar = {"POST": Permission.EVENTS_CREATE}
    limits: ClassVar = {"POST": throttle.TEST_EVENTS}
    refusals: ClassVar = {"POST": (samples.BadEvent,)}

    @extend_schema(request=TestEventIn, responses={201: EventRowOut})
    def post(self, request: Request) -> Response:
        """Have an event happen that nobody did: stored and told like any other, with the origin `test`."""
        wanted = sent(TestEventIn, request)
        row = samples.send(actor=self.actor, kind=wanted.pop("type"), **wanted)
        return created(payload(row), reverse("rest-event", args=[row.seq]))


class Chat(LogView):
    gates: ClassVar = {"GET": Permission.CHAT_READ}
    log = Log.CHAT

    @extend_schema(responses=ChatRowOut(many=True), parameters=[*paging.BY_SEQ, *FILTERS])
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
