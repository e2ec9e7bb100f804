"""GraphQL: the same as `overlays.alert_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from graphene.types.generic import GenericScalar

from accounts import paging
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import BigInt, DateTime
from overlays import alert_forms
from overlays.domain import access, controls, history, told
from overlays.enums import AlertState as State
from overlays.enums import OnReturn

if TYPE_CHECKING:
    from accounts.actor import Actor
    from overlays.models import Alert as AlertRow
    from overlays.models import AlertQueue as QueueRow

AlertState = graphene.Enum.from_enum(State, name="AlertState")
AlertsOnReturn = graphene.Enum.from_enum(OnReturn, name="AlertsOnReturn")


class Alert(graphene.ObjectType):
    """An event that is shown once."""

    id = BigInt(required=True)
    event = BigInt(required=True, description="Its number in the log of events.")
    type = graphene.String(required=True)
    data = GenericScalar(required=True, description="What viewers may see of the event.")
    state = AlertState(required=True)
    priority = graphene.Int(
        required=True, description="0 (last) to 9 (first); 10 for what somebody asked to see again."
    )
    replay_of = BigInt()
    created_at = DateTime(required=True)
    started_at = DateTime()
    ended_at = DateTime()


class AlertSettings(graphene.ObjectType):
    on_return = AlertsOnReturn(
        required=True, description="What becomes of alerts that waited while no page could be seen."
    )
    guard_most = graphene.Int(
        required=True, description="More alerts of a kind that costs nothing are held back; 0: never."
    )
    guard_seconds = graphene.Int(required=True, description="Within so many seconds.")
    priorities = GenericScalar(required=True, description="By type, where not the usual one.")


class AlertActor(graphene.ObjectType):
    """Whose event it is, as viewers see them."""

    name = graphene.String(required=True)
    avatar = graphene.String(required=True)
    anonymous = graphene.Boolean(required=True)


class CurrentAlert(graphene.ObjectType):
    """What plays now."""

    alert = BigInt(required=True)
    kind = graphene.String(required=True)
    platform = graphene.String(required=True)
    actor = graphene.Field(AlertActor, required=True)
    amount = BigInt()
    unit = graphene.String(required=True)
    currency = graphene.String(required=True)
    origin = graphene.String(required=True)
    started_at = DateTime(required=True)


class Pressed(graphene.ObjectType):
    """That the panic button is pressed."""

    since = DateTime(required=True)
    by = graphene.String(required=True, description="Who pressed it.")
    failed = graphene.Int(required=True, description="How many OBS could not be switched. `panic` says why.")


class AlertQueue(graphene.ObjectType):
    """What plays, how many wait, and whether the queue is held or silent."""

    paused = graphene.Boolean(required=True)
    muted = graphene.Boolean(required=True)
    waiting = graphene.Int(required=True)
    held_back = graphene.Int(
        required=True, description="Within the last hour, because too many of their kind came at once."
    )
    current = graphene.Field(CurrentAlert)
    on_return = AlertsOnReturn(required=True)
    panic = graphene.Field(Pressed, description="Null while the panic button is not pressed.")
    version = BigInt(required=True, description="Rises with every change.")


class AlertSettingsInput(graphene.InputObjectType):
    """What is left out stays as it is."""

    on_return = AlertsOnReturn()
    guard_most = graphene.Int()
    guard_seconds = graphene.Int()
    priorities = GenericScalar(description="Numbers from 0 to 9 by type.")


class SwitchAlerts(graphene.Mutation):
    """Holds the queue, lets it go on, silences it. What plays goes on to its end."""

    class Arguments:
        paused = graphene.Boolean()
        muted = graphene.Boolean()

    queue = graphene.Field(AlertQueue, required=True)

    @staticmethod
    @field(Permission.EVENTS_CREATE)
    def mutate(root: Any, actor: Actor, paused: bool | None = None, muted: bool | None = None) -> SwitchAlerts:
        controls.switch(actor, paused=paused, muted=muted)
        return SwitchAlerts(queue=_queue(actor))


class SkipAlert(graphene.Mutation):
    """Ends one alert that plays or waits; without an `id`, what plays."""

    class Arguments:
        id = BigInt()

    alert = graphene.Field(Alert, required=True)

    @staticmethod
    @field(Permission.EVENTS_CREATE)
    def mutate(root: Any, actor: Actor, id: int | None = None) -> SkipAlert:
        alert = None if id is None else access.get_alert(actor, id, Permission.EVENTS_CREATE)
        return SkipAlert(alert=_alert(controls.skip(actor, alert)))


class ClearAlerts(graphene.Mutation):
    """Ends what plays and everything that waits."""

    cleared = graphene.Int(required=True)

    @staticmethod
    @field(Permission.EVENTS_CREATE)
    def mutate(root: Any, actor: Actor) -> ClearAlerts:
        return ClearAlerts(cleared=controls.clear(actor))


class ReplayAlert(graphene.Mutation):
    """Has an alert play again, before all that wait."""

    class Arguments:
        id = BigInt(required=True)

    alert = graphene.Field(Alert, required=True)

    @staticmethod
    @field(Permission.EVENTS_CREATE)
    def mutate(root: Any, actor: Actor, id: int) -> ReplayAlert:
        return ReplayAlert(alert=_alert(controls.replay(actor, access.get_alert(actor, id, Permission.EVENTS_CREATE))))


class PlayEventAlert(graphene.Mutation):
    """Has the alert of an event play, before all that wait."""

    class Arguments:
        seq = BigInt(required=True)

    alert = graphene.Field(Alert, required=True)

    @staticmethod
    @field(Permission.EVENTS_CREATE)
    def mutate(root: Any, actor: Actor, seq: int) -> PlayEventAlert:
        return PlayEventAlert(alert=_alert(controls.play_event(actor, seq)))


class UpdateAlertSettings(graphene.Mutation):
    """Changes how alerts are played from now on."""

    class Arguments:
        input = AlertSettingsInput(required=True)

    settings = graphene.Field(AlertSettings, required=True)

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    def mutate(root: Any, actor: Actor, input: AlertSettingsInput) -> UpdateAlertSettings:
        on_return = input.get("on_return")
        given = taken(alert_forms.AlertSettingsInput, {**input, "on_return": on_return and on_return.value})
        return UpdateAlertSettings(settings=_settings(controls.change(actor, controls.Settings(**given))))


class Query(graphene.ObjectType):
    alerts = graphene.List(
        graphene.NonNull(Alert),
        state=graphene.List(graphene.NonNull(AlertState)),
        before=BigInt(),
        after=BigInt(),
        limit=graphene.Int(default_value=paging.PAGE),
        description="The alerts of the last days, newest first; with `after` what follows, oldest first.",
    )
    alert = graphene.Field(Alert, id=BigInt(required=True), description="One alert.")
    alert_queue = graphene.Field(
        AlertQueue, description="What plays, how many wait, and whether the queue is held or silent."
    )
    alert_settings = graphene.Field(AlertSettings, description="How alerts are played.")

    @staticmethod
    @field(Permission.EVENTS_READ)
    def resolve_alerts(
        root: Any,
        actor: Actor,
        limit: int | None,
        state: list[State] | None = None,
        before: int | None = None,
        after: int | None = None,
    ) -> list[dict[str, Any]]:
        before, after = paging.number(before, "before", 0, paging.LAST), paging.number(after, "after", 0, paging.LAST)
        states = [one.value for one in state or ()]
        page = history.page(actor, paging.limit(limit), states=states, before=before, after=after)
        return [_alert(alert) for alert in page.rows]

    @staticmethod
    @field(Permission.EVENTS_READ)
    def resolve_alert(root: Any, actor: Actor, id: int) -> dict[str, Any]:
        return _alert(access.get_alert(actor, id, Permission.EVENTS_READ))

    @staticmethod
    @field(Permission.EVENTS_READ)
    def resolve_alert_queue(root: Any, actor: Actor) -> dict[str, Any]:
        return _queue(actor)

    @staticmethod
    @field(Permission.EVENTS_READ)
    def resolve_alert_settings(root: Any, actor: Actor) -> dict[str, Any]:
        return _settings(controls.of_account(actor))


class Mutation(graphene.ObjectType):
    switch_alerts = SwitchAlerts.Field()
    skip_alert = SkipAlert.Field()
    clear_alerts = ClearAlerts.Field()
    replay_alert = ReplayAlert.Field()
    play_event_alert = PlayEventAlert.Field()
    update_alert_settings = UpdateAlertSettings.Field()


def _alert(row: AlertRow) -> dict[str, Any]:
    return {
        "id": row.pk,
        "event": row.event_seq,
        "type": row.kind,
        "data": row.event["data"],
        "state": row.state,
        "priority": row.priority,
        "replay_of": row.replay_of_id,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
    }


def _queue(actor: Actor) -> dict[str, Any]:
    [message] = told.messages([actor.account.pk])[actor.account.pk]
    data: dict[str, Any] = message["data"]
    return data


def _settings(row: QueueRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("on_return", "guard_most", "guard_seconds", "priorities")}
