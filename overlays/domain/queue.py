"""The alert queue of an account: what is to be shown, by whom, and that it was.

Pages pull. One that can be seen and is idle asks for the next alert (`offer`), says when it begins (`started`) and when
it is over (`done`). An offer and a play are leases: a page that is silent for too long has lost its offer, which goes
to the next who asks, while what it has begun counts as shown. One alert plays at a time; every page that asks within
moments of the first plays it along.

Whoever changes anything locks the `AlertQueue` row first, so all of this happens one after the other. `now` is passed
in, and nothing here waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from connections.platforms.gifts import MOST_NAMES
from events.enums import Kind, Origin
from events.on_air import on_air
from events.payloads import payload
from overlays.domain import matching, told, variables
from overlays.domain.sources import STALE_AFTER
from overlays.enums import ENDED, AlertState, OnReturn, PlayState
from overlays.layers import ALERTS
from overlays.models import Alert, AlertPlay, AlertQueue, Source

if TYPE_CHECKING:
    from uuid import UUID

    from events.models import LogRow
    from overlays.domain.matching import Match
    from overlays.models import Layer, Overlay

#: A page that was offered an alert begins within …
OFFER_LASTS = timedelta(seconds=10)
#: … and is done so long after the alert should be over, or is taken for dead.
GRACE = timedelta(seconds=5)
#: A breath between two alerts.
BREATH = timedelta(milliseconds=250)
#: A page that asks so soon after the first plays the same alert along.
JOINED_WITHIN = timedelta(seconds=3)
#: Gifts of one giver that come so soon after each other are one alert, as long as it waits.
MERGED_WITHIN = timedelta(seconds=15)
#: So often an alert is offered without anybody beginning. It may be the alert that no page can show.
MOST_ATTEMPTS = 5
#: A page that is seen again so soon after something played was only cut off for a moment.
BLINK = timedelta(seconds=15)

#: The priority of what somebody asked to see again, above all others.
FRONT = 10
PRIORITIES: dict[str, int] = {
    Kind.TIP: 8,
    Kind.SUPERCHAT: 8,
    Kind.CHARITY_DONATION: 8,
    Kind.SUB_GIFT: 7,
    Kind.MEMBERSHIP_GIFT: 7,
    Kind.SUB: 6,
    Kind.RESUB: 6,
    Kind.MEMBERSHIP: 6,
    Kind.RAID: 6,
    Kind.CHEER: 5,
    Kind.REDEMPTION: 4,
    Kind.FOLLOW: 2,
}
ORDINARY = 3

#: Where an alert comes from; the rest is history.
ALERTED = frozenset({Origin.LIVE, Origin.TEST})
#: Several of these by one person are one gift.
GIFTS = frozenset({Kind.SUB_GIFT, Kind.MEMBERSHIP_GIFT})
#: What costs nothing, so that robots can do it at will. What was paid for is never held back.
FREE = frozenset({Kind.FOLLOW, Kind.RAID, Kind.SHOUTOUT_RECEIVED, Kind.WATCH_STREAK, Kind.REDEMPTION})

_BEGUN = (PlayState.STARTED, PlayState.LEFT)
_OPEN = (PlayState.OFFERED, *_BEGUN)


@contextmanager
def locked(account_id: UUID) -> Iterator[AlertQueue]:
    """The queue of an account for one who changes it. If its `version` rises, it is saved and pages are told."""
    with transaction.atomic():
        rows = AlertQueue.objects.select_for_update(no_key=True).filter(pk=account_id)
        queue = rows.first()
        if queue is None:
            AlertQueue.objects.bulk_create([AlertQueue(account_id=account_id)], ignore_conflicts=True)
            queue = rows.get()
        before = queue.version
        yield queue
        if queue.version != before:
            queue.save()
            told.announce_on_commit(account_id)


# --- What comes in -----------------------------------------------------------------------------------------------


def enqueue(rows: Sequence[LogRow]) -> None:
    """Have alerts wait for those of these new events that an alert box of their account shows."""
    events_of: dict[UUID, list[LogRow]] = defaultdict(list)
    for row in rows:
        if row.kind in ALERTS and row.origin in ALERTED:
            events_of[row.account_id].append(row)
    boxes_of = matching.boxes_of(events_of) if events_of else {}
    for account_id in sorted(boxes_of):
        alerts = [alert for row in events_of[account_id] if (alert := alert_of(row, boxes_of[account_id]))]
        if alerts:
            with locked(account_id) as queue:
                _add(queue, alerts)


def alert_of(row: LogRow, boxes: Collection[Layer]) -> Alert | None:
    """An alert about an event, not stored and without a priority; None if no box shows it."""
    event = on_air(payload(row))
    if event is None or not matching.matches(event, boxes):
        return None
    return Alert(
        account_id=row.account_id,
        event_seq=row.seq,
        kind=row.kind,
        platform=row.platform,
        origin=row.origin,
        event=event,
        actor_id=row.actor_id,
        created_at=row.received_at,
    )


def priority_of(queue: AlertQueue, kind: str) -> int:
    """0 (last) to 9 (first)."""
    return int(queue.priorities.get(kind, usual_priority(kind)))


def usual_priority(kind: str) -> int:
    """The same for an account that has not said otherwise."""
    return PRIORITIES.get(kind, ORDINARY)


def _add(queue: AlertQueue, alerts: Sequence[Alert]) -> None:
    new: list[Alert] = []
    counts: dict[str, int] = {}
    for alert in alerts:
        if alert.kind in GIFTS and _merged(alert, new):
            continue
        alert.priority = priority_of(queue, alert.kind)
        if alert.kind in FREE and alert.origin == Origin.LIVE and queue.guard_most:
            counts[alert.kind] = counts.get(alert.kind, _lately(queue, alert)) + 1
            # Those that are held back count as well: what comes in a flood stays out until the flood is over.
            if counts[alert.kind] > queue.guard_most:
                alert.state, alert.ended_at = AlertState.HELD_BACK, alert.created_at
        new.append(alert)
    Alert.objects.bulk_create(new)
    queue.version += 1


def _lately(queue: AlertQueue, alert: Alert) -> int:
    return Alert.objects.filter(
        account=queue.pk,
        kind=alert.kind,
        origin=Origin.LIVE,
        priority__lt=FRONT,
        created_at__gt=alert.created_at - timedelta(seconds=queue.guard_seconds),
    ).count()


def _merged(gift: Alert, new: Sequence[Alert]) -> bool:
    """Whether a gift went into one of the same giver that waits."""
    if not gift.actor_id:
        return False
    stored = Alert.objects.filter(
        account=gift.account_id,
        state=AlertState.WAITING,
        kind=gift.kind,
        platform=gift.platform,
        actor_id=gift.actor_id,
        origin=gift.origin,
        priority__lt=FRONT,
        created_at__gte=gift.created_at - MERGED_WITHIN,
    )
    for other in (*new, *stored.order_by("id")):
        if _is_same_gift(gift, other):
            _take_in(other.event["data"], gift.event["data"])
            if other.pk:
                other.save(update_fields=["event"])
            return True
    return False


def _is_same_gift(gift: Alert, other: Alert) -> bool:
    named = ("kind", "platform", "actor_id", "origin")
    return all(getattr(gift, name) == getattr(other, name) for name in named) and (
        gift.event["data"]["extra"].get("tier") == other.event["data"]["extra"].get("tier")
    )


def _take_in(gift: dict[str, Any], further: dict[str, Any]) -> None:
    gift["amount"] = (gift["amount"] or 0) + (further["amount"] or 0)
    extra, more = gift["extra"], further["extra"]
    extra["recipients"] = [*extra.get("recipients", ()), *more.get("recipients", ())][:MOST_NAMES]
    if more.get("cumulative_total") is not None:
        extra["cumulative_total"] = more["cumulative_total"]


# --- What pages ask and say --------------------------------------------------------------------------------------


def offer(overlay: Overlay, source_id: UUID, now: datetime) -> dict[str, Any] | None:
    """What a page of this overlay, visible and idle, is to play; None if there is nothing for it.

    `{"play", "alert", "event", "variables", "layers": [{"layer", "variation"}], "muted", "seconds", "wait",
    "version"}`: the page begins `wait` seconds after it heard, and has to say so (`started`) before its lease ends. Who
    asks again before that is offered the same again, within the same lease. `play` is the same for one source and one
    alert for ever, so a page that has begun with it once never does so again. From `version` of the queue on it is the
    current one.
    """
    alive = Alert.objects.filter(account=overlay.account_id, state__in=(AlertState.WAITING, AlertState.PLAYING))
    if not alive.exists():  # idle pages ask every few seconds, and need no lock for that
        return None
    boxes = matching.boxes_on(overlay.pk)
    with locked(overlay.account_id) as queue:
        _expire(queue, now)
        if queue.paused or not boxes:
            return None
        found = _join(queue, source_id, boxes, now) if queue.current else _next(queue, boxes, now)
        if found is None:
            return None
        alert, matches = found
        play = _given(alert, overlay, source_id, matches, now)
        wait = (queue.next_at - now).total_seconds() if queue.next_at else 0
        return {
            "play": str(play.pk),
            "alert": alert.pk,
            "event": {**alert.event["data"], "type": alert.kind},
            "variables": variables.of_event(alert.event, overlay.language),
            "layers": play.layers,
            "muted": queue.muted,
            "seconds": play.seconds,
            "wait": max(0.0, wait),
            "version": queue.version,
        }


def started(play_id: UUID, source_id: UUID, now: datetime) -> bool:
    """The page shows it from now on. False if there is no such play; saying it twice does no harm."""
    return _heard(play_id, source_id, now, is_over=False)


def done(play_id: UUID, source_id: UUID, now: datetime) -> bool:
    """The page has shown it, or has begun and stopped. False if there is no such play; twice does no harm."""
    return _heard(play_id, source_id, now, is_over=True)


def gone(source_id: UUID, now: datetime) -> None:
    """The page is no more, or has lost its connection. What it was offered goes to another. What it has begun is its
    own until that lease runs out: a page that is there goes on showing it, and says so when it is connected again.
    Nobody plays that along any more: a page that was loaded anew would show it twice."""
    plays = AlertPlay.objects.filter(source=source_id, state__in=(PlayState.OFFERED, PlayState.STARTED))
    for account_id in sorted(set(plays.values_list("alert__account_id", flat=True))):
        with locked(account_id) as queue:
            here = plays.filter(alert__account=account_id)
            here.filter(state=PlayState.STARTED).update(state=PlayState.LEFT)
            here.filter(state=PlayState.OFFERED).update(state=PlayState.LOST)
            _settle(queue, now)


def came_back(overlay: Overlay, source_id: UUID, now: datetime) -> None:
    """A page can be seen again. If none could be, what the account wants is done with the alerts that waited.

    While the queue is paused they wait for somebody and not for a page, so nothing is done; nor with a replay, which
    somebody asked for; nor after a moment in which a restart or a network took the pages away.
    """
    boxes = matching.boxes_on(overlay.pk)
    if not boxes or _is_seen_elsewhere(overlay, source_id, now):
        return
    with locked(overlay.account_id) as queue:
        played_at = _last_played_at(queue)
        has_just_played = played_at is not None and now - played_at < BLINK
        if queue.paused or has_just_played or queue.on_return == OnReturn.ALL:
            return
        waiting = Alert.objects.filter(account=queue.pk, state=AlertState.WAITING, priority__lt=FRONT)
        waited = [alert for alert in waiting.order_by("-id") if matching.matches(alert.event, boxes)]
        over = waited[1:] if queue.on_return == OnReturn.NEWEST else waited
        if over:
            end(queue, [alert.pk for alert in over], AlertState.PASSED_OVER, now)


def sweep(now: datetime) -> int:
    """Close the leases that ran out because a page, or the process that had its socket, was killed. How many queues
    had such."""
    held = AlertPlay.objects.filter(alert=OuterRef("current"), state__in=_OPEN, leased_until__gt=now)
    stuck = AlertQueue.objects.filter(~Exists(held), current__isnull=False)
    account_ids = list(stuck.values_list("pk", flat=True))
    for account_id in account_ids:
        with locked(account_id) as queue:
            _expire(queue, now)
    return len(account_ids)


def end(queue: AlertQueue, alert_ids: Sequence[int], state: AlertState, now: datetime) -> int:
    """End alerts that have not ended yet, for the holder of the lock. How many.

    The pages that play one of them hear that it is no longer the current one, and stop.
    """
    alive = Alert.objects.filter(pk__in=alert_ids, account=queue.pk).exclude(state__in=ENDED)
    ended = alive.update(state=state, ended_at=now)
    AlertPlay.objects.filter(alert__in=alert_ids).exclude(state=PlayState.LOST).update(state=PlayState.DONE)
    if queue.current_id in alert_ids:
        queue.current, queue.next_at = None, now + BREATH
    queue.version += 1
    return ended


def clear(queue: AlertQueue, now: datetime) -> int:
    """The same for what plays and everything that waits, because somebody wants it so."""
    alive = Alert.objects.filter(account=queue.pk).exclude(state__in=ENDED)
    return end(queue, list(alive.values_list("pk", flat=True)), AlertState.CLEARED, now)


# --- Inside ------------------------------------------------------------------------------------------------------


def _is_seen_elsewhere(overlay: Overlay, source_id: UUID, now: datetime) -> bool:
    """Whether another page with an alert box of the account is open and not hidden."""
    visible = Source.objects.filter(
        overlay__account=overlay.account_id, connected=True, seen_at__gt=now - STALE_AFTER
    ).exclude(pk=source_id)
    overlay_ids = set(visible.exclude(visible=False).values_list("overlay_id", flat=True))
    boxes = matching.boxes_of([overlay.account_id]).get(overlay.account_id, ())
    return any(box.overlay_id in overlay_ids for box in boxes)


def _join(
    queue: AlertQueue, source_id: UUID, boxes: Collection[Layer], now: datetime
) -> tuple[Alert, list[Match]] | None:
    """What plays, for a page that can still play it along, or that has not begun with what it was offered."""
    alert = queue.current
    if alert is None or alert.started_at is None:
        return None
    plays = list(AlertPlay.objects.filter(alert=alert))
    mine = next((play for play in plays if play.source == source_id), None)
    if mine is None:
        is_left = any(play.state == PlayState.LEFT for play in plays)
        is_in_time = now - alert.started_at < JOINED_WITHIN and not is_left
    else:
        is_in_time = mine.state == PlayState.OFFERED
    matches = matching.matches(alert.event, boxes) if is_in_time else []
    return (alert, matches) if matches else None


def _next(queue: AlertQueue, boxes: Collection[Layer], now: datetime) -> tuple[Alert, list[Match]] | None:
    """The first of those that wait that one of these boxes shows; it plays from now on. Others do not hold it up."""
    waiting = Alert.objects.filter(account=queue.pk, state=AlertState.WAITING, kind__in=matching.kinds_of(boxes))
    for alert in waiting.order_by("-priority", "id").iterator():
        if matches := matching.matches(alert.event, boxes):
            _take(queue, alert, now)
            return alert, matches
    return None


def _given(alert: Alert, overlay: Overlay, source_id: UUID, matches: Sequence[Match], now: datetime) -> AlertPlay:
    play = AlertPlay.objects.filter(alert=alert, source=source_id).first()
    if play and play.state == PlayState.OFFERED:
        return play
    play = play or AlertPlay(alert=alert, source=source_id)
    play.overlay = overlay
    play.layers = [{"layer": match.layer, "variation": match.variation} for match in matches]
    play.seconds = max(match.seconds for match in matches)
    play.state, play.leased_until = PlayState.OFFERED, now + OFFER_LASTS
    play.save()
    return play


def _take(queue: AlertQueue, alert: Alert, now: datetime) -> None:
    alert.state, alert.started_at = AlertState.PLAYING, now
    alert.save(update_fields=["state", "started_at"])
    queue.current = alert
    queue.version += 1


def _begin(queue: AlertQueue, play: AlertPlay, now: datetime) -> None:
    """A page has begun, perhaps after it was taken for dead: then what it shows is not given to anybody else."""
    if play.state not in (PlayState.OFFERED, PlayState.LOST):
        return
    alert = play.alert
    if alert.state == AlertState.WAITING and queue.current is None:
        _take(queue, alert, now)
    elif alert.state == AlertState.WAITING:
        end(queue, [alert.pk], AlertState.PLAYED, now)
    if alert.pk != queue.current_id:
        _set(play, PlayState.DONE)
        return
    play.leased_until = now + timedelta(seconds=play.seconds) + GRACE
    _set(play, PlayState.STARTED)


def _last_played_at(queue: AlertQueue) -> datetime | None:
    """When the last alert was over, or has to be."""
    if queue.current is None:
        return queue.next_at
    leases = AlertPlay.objects.filter(alert=queue.current, state__in=_OPEN)
    last: datetime | None = leases.aggregate(last=Max("leased_until"))["last"]
    return last


def _expire(queue: AlertQueue, now: datetime) -> None:
    if queue.current:
        _close(AlertPlay.objects.filter(alert=queue.current, state__in=_OPEN, leased_until__lte=now))
        _settle(queue, now)


def _close(plays: Any) -> None:
    plays.filter(state=PlayState.OFFERED).update(state=PlayState.LOST)
    plays.filter(state__in=_BEGUN).update(state=PlayState.DONE)


def _settle(queue: AlertQueue, now: datetime) -> None:
    """What nobody plays any more is over, or waits again if nobody ever began."""
    alert = queue.current
    if alert is None:
        return
    states = set(AlertPlay.objects.filter(alert=alert).values_list("state", flat=True))
    if states.intersection(_OPEN):
        return
    if PlayState.DONE in states:
        alert.state, alert.ended_at = AlertState.PLAYED, now
    else:
        alert.attempts += 1
        is_hopeless = alert.attempts >= MOST_ATTEMPTS
        alert.state = AlertState.PASSED_OVER if is_hopeless else AlertState.WAITING
        alert.ended_at = now if is_hopeless else None
    alert.save(update_fields=["state", "attempts", "ended_at"])
    queue.current, queue.next_at = None, now + BREATH
    queue.version += 1


def _heard(play_id: UUID, source_id: UUID, now: datetime, *, is_over: bool) -> bool:
    plays = AlertPlay.objects.filter(pk=play_id, source=source_id)
    account_id = plays.values_list("alert__account_id", flat=True).first()
    if account_id is None:
        return False
    with locked(account_id) as queue:
        # Read now that the queue is locked: its overlay may have been removed meanwhile.
        play = plays.select_related("alert").first()
        if play is None:
            return False
        _begin(queue, play, now)
        if is_over:
            _set(play, PlayState.DONE)
            _settle(queue, now)
        return True


def _set(play: AlertPlay, state: PlayState) -> None:
    play.state = state
    play.save(update_fields=["state", "leased_until"])
