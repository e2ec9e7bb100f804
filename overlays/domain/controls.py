"""What people do with the alert queue: hold it, silence it, take alerts out and put them in again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from events.domain.access import get_event
from lumio.lib.errors import Refusal
from overlays.domain import matching, queue
from overlays.enums import ENDED, AlertState, OnReturn
from overlays.layers import ALERTS
from overlays.models import Alert, AlertQueue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.actor import Actor

#: Of the guard: alerts, and seconds.
GUARD_MOST = 10_000
GUARD_SECONDS = 3_600


class NothingPlays(Refusal):
    code = "nothing_plays"
    status = 409
    sentence = _("No alert plays at the moment, so there is none to skip.")


class AlertIsOver(Refusal):
    code = "alert_is_over"
    status = 409
    sentence = _("This alert is over already. Play it again if you want to see it once more.")


class NoAlertOfThis(Refusal):
    code = "no_alert_of_this"
    status = 409
    sentence = _(
        "There are no alerts for this kind of event. Choose a follow, a sub, a tip, a cheer, a raid, a redeemed reward "
        "or the like."
    )


class NoBoxForThis(Refusal):
    code = "no_box_for_this"
    status = 409
    sentence = _(
        "No alert box of your overlays shows this event. Add a variation for it to an alert box, or make the box "
        "visible."
    )


class BadAlertSetting(Refusal):
    code = "bad_alert_setting"
    status = 422
    sentence = _("{name} takes {takes}.")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is to be set; None leaves it as it is. `priorities` names the kinds that are to differ from PRIORITIES."""

    on_return: str | None = None
    guard_most: int | None = None
    guard_seconds: int | None = None
    priorities: Mapping[str, int] | None = None


def of_account(actor: Actor) -> AlertQueue:
    """The queue as it is now, with what plays; not stored before there is anything to store."""
    actor.require(Permission.EVENTS_READ)
    found = AlertQueue.objects.select_related("current").filter(account=actor.account).first()
    return found or AlertQueue(account=actor.account)


def switch(actor: Actor, *, paused: bool | None = None, muted: bool | None = None) -> None:
    """Hold the queue or let it go on, silence it or not. What plays goes on to its end. None leaves it as it is."""
    actor.require(Permission.EVENTS_CREATE)
    with queue.locked(actor.account.pk) as row:
        before = {"paused": row.paused, "muted": row.muted}
        after = before | {name: value for name, value in (("paused", paused), ("muted", muted)) if value is not None}
        if after != before:
            row.paused, row.muted = after["paused"], after["muted"]
            row.version += 1
            record(actor, Action.ALERTS_CONTROLLED, before=before, after=after)


def skip(actor: Actor, alert: Alert | None = None) -> Alert:
    """End an alert that plays or waits; without one, what plays. Raises NothingPlays or AlertIsOver."""
    actor.require(Permission.EVENTS_CREATE)
    with queue.locked(actor.account.pk) as row:
        found = row.current if alert is None else Alert.objects.get(pk=alert.pk)
        if found is None:
            raise NothingPlays
        if found.state in ENDED:
            raise AlertIsOver
        queue.end(row, [found.pk], AlertState.SKIPPED, timezone.now())
        record(actor, Action.ALERTS_CONTROLLED, after={"skipped": _named(found)})
    found.refresh_from_db()
    return found


def clear(actor: Actor) -> int:
    """End what plays and everything that waits. How many alerts that were."""
    actor.require(Permission.EVENTS_CREATE)
    with queue.locked(actor.account.pk) as row:
        ended = queue.clear(row, timezone.now())
        if ended:
            record(actor, Action.ALERTS_CONTROLLED, after={"cleared": ended})
    return ended


def replay(actor: Actor, alert: Alert) -> Alert:
    """Have an alert play again, before all that wait. Raises NoBoxForThis."""
    actor.require(Permission.EVENTS_CREATE)
    boxes = matching.boxes_of([alert.account_id]).get(alert.account_id, [])
    if not matching.matches(alert.event, boxes):
        raise NoBoxForThis
    again = Alert(
        **{name: getattr(alert, name) for name in ("account_id", "event_seq", "kind", "platform", "origin", "event")},
        actor_id=alert.actor_id,
        replay_of=alert,
    )
    return _in_front(actor, again)


def play_event(actor: Actor, seq: int) -> Alert:
    """Have the alert of any event play now, also of one that never had one. Raises Http404, NoAlertOfThis or
    NoBoxForThis."""
    event = get_event(actor, seq, Permission.EVENTS_CREATE)
    if event.kind not in ALERTS:
        raise NoAlertOfThis
    alert = queue.alert_of(event, matching.boxes_of([event.account_id]).get(event.account_id, []))
    if alert is None:
        raise NoBoxForThis
    alert.created_at = timezone.now()
    return _in_front(actor, alert)


def change(actor: Actor, wanted: Settings) -> AlertQueue:
    """Change how alerts are played from now on. Raises BadAlertSetting."""
    actor.require(Permission.OVERLAYS_EDIT)
    values = {name: value for name, value in vars(wanted).items() if value is not None}
    _check(values)
    with queue.locked(actor.account.pk) as row:
        before = {name: getattr(row, name) for name in values}
        if "priorities" in values:
            values["priorities"] = {
                kind: number for kind, number in values["priorities"].items() if number != queue.usual_priority(kind)
            }
        if before != values:
            for name, value in values.items():
                setattr(row, name, value)
            row.version += 1
            record(actor, Action.ALERT_SETTINGS_CHANGED, before=before, after=values)
    return row


def _in_front(actor: Actor, alert: Alert) -> Alert:
    with queue.locked(actor.account.pk) as row:
        alert.priority = queue.FRONT
        alert.save()
        row.version += 1
        record(actor, Action.ALERT_REPLAYED, after=_named(alert))
    return alert


def _named(alert: Alert) -> dict[str, Any]:
    return {"alert": alert.pk, "type": alert.kind, "seq": alert.event_seq, "name": alert.event["data"]["actor"]["name"]}


def _check(values: Mapping[str, Any]) -> None:
    if "on_return" in values and values["on_return"] not in OnReturn.values:
        raise BadAlertSetting(name="on_return", takes=", ".join(OnReturn.values))
    for name, low, high in (("guard_most", 0, GUARD_MOST), ("guard_seconds", 1, GUARD_SECONDS)):
        if name in values and not (type(values[name]) is int and low <= values[name] <= high):
            raise BadAlertSetting(name=name, takes=f"{low}-{high}")
    if "priorities" in values and not _are_priorities(values["priorities"]):
        raise BadAlertSetting(name="priorities", takes=f"{', '.join(ALERTS)}: 0-9")


def _are_priorities(given: Any) -> bool:
    return isinstance(given, dict) and all(
        kind in ALERTS and type(number) is int and 0 <= number <= 9 for kind, number in given.items()
    )
