"""What starts automations by themselves: events and commands, in the very transaction that stores them.

So a run is there exactly when its event is, and once. What the run does was copied into it: whoever changes the
automation afterwards changes no run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, F

from automations.domain import commands, nudges, variables
from automations.enums import TriggerType, Who
from automations.models import Automation, Run, RunStep
from events import words
from events.enums import Origin
from events.payloads import payload

if TYPE_CHECKING:
    from uuid import UUID

    from events.models import LogRow

#: An automation runs so often a minute by itself. What comes beyond that is a flood, or a loop that leads through
#: something that Lumio does not see.
MOST_A_MINUTE = 30
MINUTE = timedelta(minutes=1)

#: What happens, or is meant to be taken for it; the rest is history.
LIVE = frozenset({Origin.LIVE, Origin.TEST})

#: Whether an automation is for what a row says.
Fits = Callable[[Automation, "LogRow"], bool]


def on_events(rows: Sequence[LogRow]) -> None:
    """Start what new events trigger. One query where there is nothing to start."""
    live = [row for row in rows if row.origin in LIVE]
    if live:
        _start(live, _of_accounts(live, trigger=TriggerType.EVENT), _takes_event)


def on_chat(rows: Sequence[LogRow]) -> None:
    """Start what new messages trigger. No query where none of them begins like a command."""
    said = {(row.account_id, row.seq): command for row in rows if (command := commands.command_of(row))}
    if not said:
        return
    live = [row for row in rows if row.origin in LIVE and (row.account_id, row.seq) in said]
    known = _of_accounts(live, trigger=TriggerType.COMMAND, command__in=set(said.values()))
    if not known:
        return
    meant = [row for row in live if row.account_id in known]
    own = commands.own(meant)

    def takes(automation: Automation, row: LogRow) -> bool:
        return automation.command == said[row.account_id, row.seq] and commands.may(row, Who(automation.who))

    _start([row for row in meant if (row.account_id, row.seq) not in own], known, takes)


def _of_accounts(rows: Sequence[LogRow], **wanted: object) -> dict[UUID, list[Automation]]:
    found: dict[UUID, list[Automation]] = defaultdict(list)
    accounts = {row.account_id for row in rows}
    switched_on = Automation.objects.filter(account__in=accounts, account__closed_at=None, enabled=True, **wanted)
    for automation in switched_on.select_related("account", "created_by").order_by("created_at", "pk"):
        found[automation.account_id].append(automation)
    return dict(found)


def _takes_event(automation: Automation, row: LogRow) -> bool:
    return row.kind in automation.kinds and (
        not automation.least or Decimal(words.worth(payload(row)) or 0) >= automation.least
    )


def _start(rows: Sequence[LogRow], known: dict[UUID, list[Automation]], fits: Fits) -> None:
    wanted: dict[UUID, list[LogRow]] = defaultdict(list)
    for row in rows:
        for automation in known.get(row.account_id, ()):
            if (not automation.platforms or row.platform in automation.platforms) and fits(automation, row):
                wanted[automation.pk].append(row)
    if not wanted:
        return
    # Locked, so that none of them is removed before its runs are there.
    locked = Automation.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=wanted).order_by("pk")
    automations = list(locked.select_related("account", "created_by").prefetch_related("steps"))
    recent = _recent([automation.pk for automation in automations], rows[-1].received_at)
    runs = [
        run
        for automation in automations
        for run in _runs(automation, wanted[automation.pk], recent.get(automation.pk, 0))
    ]
    if runs:
        _insert(runs, {automation.pk: automation for automation in automations})


def _recent(automation_ids: Sequence[UUID], now: datetime) -> dict[UUID, int]:
    """How often each ran by itself within the last minute."""
    lately = Run.objects.filter(automation__in=automation_ids, created_at__gt=now - MINUTE, seq__isnull=False)
    return dict(lately.values_list("automation").annotate(Count("pk")).order_by())


def _runs(automation: Automation, rows: Sequence[LogRow], recent: int) -> list[Run]:
    """Those of these rows for which it runs, not stored, past its cool-downs."""
    runs: list[Run] = []
    left_out = 0
    cooldown, viewer_cooldown = (timedelta(seconds=one) for one in (automation.cooldown, automation.viewer_cooldown))
    seen = _viewers(automation, rows, viewer_cooldown) if viewer_cooldown else set()
    for row in rows:
        viewer = (row.platform, row.actor_id)
        if automation.ran_at and row.received_at < automation.ran_at + cooldown:
            continue
        if viewer_cooldown and row.actor_id and viewer in seen:
            continue
        if recent + len(runs) >= MOST_A_MINUTE:
            left_out += 1
            continue
        seen.add(viewer)
        automation.ran_at = row.received_at
        runs.append(_run(automation, row))
    if runs:
        runs[-1].left_out = left_out
    elif left_out:
        newest = Run.objects.filter(automation=automation, seq__isnull=False).order_by("-pk").values("pk")[:1]
        Run.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).update(left_out=F("left_out") + left_out)
    return runs


def _viewers(automation: Automation, rows: Sequence[LogRow], cooldown: timedelta) -> set[tuple[str, str]]:
    """Who of those who wrote or did these has had it run within their cool-down."""
    lately = Run.objects.filter(
        automation=automation,
        created_at__gt=rows[-1].received_at - cooldown,
        viewer__in={row.actor_id for row in rows if row.actor_id},
    )
    return set(lately.values_list("platform", "viewer"))


def _run(automation: Automation, row: LogRow) -> Run:
    return Run(
        account_id=automation.account_id,
        automation=automation,
        name=automation.name,
        trigger=automation.trigger,
        log=row.log,
        seq=row.seq,
        platform=row.platform,
        viewer=row.actor_id,
        variables=variables.of_row(row, automation),
        created_at=row.received_at,
        due_at=row.received_at,
    )


def _insert(runs: Sequence[Run], automations: dict[UUID, Automation]) -> None:
    stored = Run.objects.bulk_create(runs)
    RunStep.objects.bulk_create(
        step for run in stored if run.automation_id for step in copied(run, automations[run.automation_id])
    )
    Automation.objects.filter(pk__in={run.automation_id for run in stored}).update(ran_at=stored[0].created_at)
    transaction.on_commit(partial(nudges.send, [run.pk for run in stored]), robust=True)


def copied(run: Run, automation: Automation) -> list[RunStep]:
    """The steps of an automation as those of a run, not stored."""
    return [
        RunStep(run=run, position=step.position, type=step.type, config=step.config) for step in automation.steps.all()
    ]
