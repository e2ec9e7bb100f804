"""REST: the alert queue of an account, its history, and its controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import filters, paging
from accounts.answers import Flag, Time, created, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from overlays.alert_forms import AlertSettingsInput
from overlays.domain import access, controls, history, told
from overlays.enums import AlertState

if TYPE_CHECKING:
    from rest_framework.request import Request

    from overlays.models import Alert, AlertQueue


class AlertOut(serializers.Serializer):
    """An event that is shown once."""

    id = serializers.IntegerField()
    event = serializers.IntegerField(source="event_seq", help_text="Its number in the log of events.")
    type = serializers.CharField(source="kind")
    data = serializers.DictField(  # type: ignore[assignment]  # the base class has a property of that name
        source="event.data", help_text="What viewers may see of the event."
    )
    state = serializers.CharField(help_text=f"One of {', '.join(AlertState.values)}.")
    priority = serializers.IntegerField(help_text="0 (last) to 9 (first); 10 for what somebody asked to see again.")
    replay_of = serializers.IntegerField(source="replay_of_id", allow_null=True)
    created_at = Time()
    started_at = Time(allow_null=True)
    ended_at = Time(allow_null=True)


class AlertActorOut(serializers.Serializer):
    """Whose event it is, as viewers see them."""

    name = serializers.CharField()
    avatar = serializers.CharField()
    anonymous = serializers.BooleanField()


class CurrentAlertOut(serializers.Serializer):
    """What plays now."""

    alert = serializers.IntegerField()
    kind = serializers.CharField()
    platform = serializers.CharField()
    actor = AlertActorOut()
    amount = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField(allow_blank=True)
    currency = serializers.CharField(allow_blank=True)
    origin = serializers.CharField()
    started_at = Time()


class PressedOut(serializers.Serializer):
    """That the panic button is pressed."""

    since = Time()
    by = serializers.CharField(help_text="Who pressed it.")
    failed = serializers.IntegerField(help_text="How many OBS could not be switched. `/v1/panic` says why.")


class AlertQueueOut(serializers.Serializer):
    """As the `alerts` channel of the live protocol tells it."""

    paused = serializers.BooleanField()
    muted = serializers.BooleanField()
    waiting = serializers.IntegerField()
    held_back = serializers.IntegerField(help_text="Within the last hour, because too many of their kind came at once.")
    current = CurrentAlertOut(allow_null=True)
    on_return = serializers.CharField()
    panic = PressedOut(allow_null=True, help_text="Null while the panic button is not pressed.")
    version = serializers.IntegerField(help_text="Rises with every change.")


class AlertQueueInput(serializers.Serializer):
    """What is left out stays as it is."""

    paused = Flag(required=False, help_text="What plays goes on to its end.")
    muted = Flag(required=False)


class AlertSettingsOut(serializers.Serializer):
    on_return = serializers.CharField(help_text="What becomes of alerts that waited while no page could be seen.")
    guard_most = serializers.IntegerField(help_text="More alerts of a kind that costs nothing are held back; 0: never.")
    guard_seconds = serializers.IntegerField(help_text="Within so many seconds.")
    priorities = serializers.DictField(
        child=serializers.IntegerField(), help_text="By type, where it is not the usual."
    )


class ClearedOut(serializers.Serializer):
    cleared = serializers.IntegerField(help_text="How many alerts.")


STATE = OpenApiParameter("state", str, description=f"Only these, separated by commas: {', '.join(AlertState.values)}.")


class Alerts(ApiView):
    gates: ClassVar = {"GET": Permission.EVENTS_READ}
    refusals: ClassVar = {"GET": (filters.BadFilter,)}

    @extend_schema(responses=AlertOut(many=True), parameters=[*paging.BY_ID, STATE])
    def get(self, request: Request) -> Response:
        """The alerts of the last days, newest first."""
        asked = request.query_params
        before, after = (paging.number(asked.get(name), name, 0, paging.LAST) for name in ("before", "after"))
        states = history.states_of(asked.get("state"))
        page = history.page(self.actor, paging.limit(asked.get("limit")), states=states, before=before, after=after)
        return envelope(request, AlertOut(page.rows, many=True).data, page.links(request, lambda alert: alert.pk))


class AlertDetail(ApiView):
    gates: ClassVar = {"GET": Permission.EVENTS_READ}
    refusals: ClassVar = {"GET": (Http404,)}

    @extend_schema(responses=AlertOut)
    def get(self, request: Request, alert_id: int) -> Response:
        """One alert."""
        return envelope(request, AlertOut(access.get_alert(self.actor, alert_id, Permission.EVENTS_READ)).data)


class Queue(ApiView):
    gates: ClassVar = {"GET": Permission.EVENTS_READ, "PATCH": Permission.EVENTS_CREATE}

    @extend_schema(responses=AlertQueueOut)
    def get(self, request: Request) -> Response:
        """What plays, how many wait, and whether the queue is held or silent."""
        return self.answer(request)

    @extend_schema(request=AlertQueueInput, responses=AlertQueueOut)
    def patch(self, request: Request) -> Response:
        """Hold the queue, let it go on, silence it."""
        controls.switch(self.actor, **sent(AlertQueueInput, request))
        return self.answer(request)

    def answer(self, request: Request) -> Response:
        [message] = told.messages([self.actor.account.pk])[self.actor.account.pk]
        return envelope(request, AlertQueueOut(message["data"]).data)


class QueueSettings(ApiView):
    gates: ClassVar = {"GET": Permission.EVENTS_READ, "PATCH": Permission.OVERLAYS_EDIT}
    refusals: ClassVar = {"PATCH": (controls.BadAlertSetting,)}

    @extend_schema(responses=AlertSettingsOut)
    def get(self, request: Request) -> Response:
        """How alerts are played."""
        return self.answer(request, controls.of_account(self.actor))

    @extend_schema(request=AlertSettingsInput, responses=AlertSettingsOut)
    def patch(self, request: Request) -> Response:
        """Change how alerts are played from now on."""
        return self.answer(request, controls.change(self.actor, controls.Settings(**sent(AlertSettingsInput, request))))

    def answer(self, request: Request, row: AlertQueue) -> Response:
        return envelope(request, AlertSettingsOut(row).data)


class SkipCurrent(ApiView):
    gates: ClassVar = {"POST": Permission.EVENTS_CREATE}
    refusals: ClassVar = {"POST": (controls.NothingPlays,)}

    @extend_schema(operation_id="alerts_skip_current", request=None, responses=AlertOut)
    def post(self, request: Request) -> Response:
        """End what plays, wherever it plays."""
        return envelope(request, AlertOut(controls.skip(self.actor)).data)


class Clear(ApiView):
    gates: ClassVar = {"POST": Permission.EVENTS_CREATE}

    @extend_schema(request=None, responses=ClearedOut)
    def post(self, request: Request) -> Response:
        """End what plays and everything that waits."""
        return envelope(request, ClearedOut({"cleared": controls.clear(self.actor)}).data)


class Skip(ApiView):
    gates: ClassVar = {"POST": Permission.EVENTS_CREATE}
    refusals: ClassVar = {"POST": (Http404, controls.AlertIsOver)}

    @extend_schema(request=None, responses=AlertOut)
    def post(self, request: Request, alert_id: int) -> Response:
        """End one alert that plays or waits."""
        alert = access.get_alert(self.actor, alert_id, Permission.EVENTS_CREATE)
        return envelope(request, AlertOut(controls.skip(self.actor, alert)).data)


class Replay(ApiView):
    gates: ClassVar = {"POST": Permission.EVENTS_CREATE}
    refusals: ClassVar = {"POST": (Http404, controls.NoBoxForThis)}

    @extend_schema(request=None, responses={201: AlertOut})
    def post(self, request: Request, alert_id: int) -> Response:
        """Have an alert play again, before all that wait."""
        alert = access.get_alert(self.actor, alert_id, Permission.EVENTS_CREATE)
        return _made(controls.replay(self.actor, alert))


class EventAlert(ApiView):
    gates: ClassVar = {"POST": Permission.EVENTS_CREATE}
    refusals: ClassVar = {"POST": (Http404, controls.NoAlertOfThis, controls.NoBoxForThis)}

    @extend_schema(request=None, responses={201: AlertOut})
    def post(self, request: Request, seq: int) -> Response:
        """Have the alert of an event play, before all that wait."""
        return _made(controls.play_event(self.actor, seq))


def _made(alert: Alert) -> Response:
    shown: Any = AlertOut(alert).data
    return created(shown, reverse("rest_alert", args=[alert.pk]))
