"""Working through runs, so that each step is begun at most once, whoever dies meanwhile.

A worker claims a run by a conditional update with a lease. It stores that a step has begun before it carries it out,
and only while it holds the lease. So of a worker that died, or was held up until its lease was over, at most one step
is in the air: that one is UNKNOWN, and never done again. The rest of a run goes on as long as it is fresh; doing it
much later would surprise people on air, so it is left out then.

No database connection is held, and no transaction open, while a tool or a platform is asked.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection as database
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from automations import steps
from automations.domain import nudges
from automations.domain.carry_out import Outcome, carry_out
from automations.domain.failures import UNSURE, BrokenOff, TookTooLong, TooLate, WentWrong, plain
from automations.enums import RunState, StepState, StepType
from automations.models import Run, RunStep
from connections.domain.sweeps import let_go
from lumio.lib.crashpoints import crash_point
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.db.models import QuerySet

log = logging.getLogger(__name__)

#: Longer than one step takes. It is renewed before each.
LEASE = timedelta(seconds=30)
#: Seconds that a step has.
STEP_LASTS = 10.0
#: A run that came to a stop goes on if it is no older than this, its own waits aside.
FRESH = timedelta(minutes=2)
#: A wait of no more seconds than this keeps the worker.
MOMENT = 2.0
#: Runs of one account at the same time, over all workers: a flood of one keeps those of others waiting no longer.
MOST_AT_ONCE = 8
#: Runs that one sweep takes on.
SWEPT = 200

#: Of unfinished runs.
ALIVE = (RunState.WAITING, RunState.RUNNING)

#: Set when this process is about to end: a run is left between two steps, and somebody else goes on with it.
stopping = threading.Event()

_here = f"{socket.gethostname()[:40]}:{os.getpid()}"
# A tool that hangs keeps runs waiting, but none of the other work of a worker; and a step that takes longer than it may
# keeps no run.
_runs = ThreadPoolExecutor(16, thread_name_prefix="runs")
_steps = ThreadPoolExecutor(32, thread_name_prefix="steps")
#: Runs that wait for a thread here.
_queued: set[int] = set()


def begin(run_id: int) -> None:
    """Work on a run in a thread of its own, unless somebody else does. Never raises."""
    if run_id not in _queued:
        _queued.add(run_id)
        _runs.submit(_in_thread, run_id)


def sweep() -> int:
    """Begin with the runs that are due and that nobody works on: new ones that no worker was told of, those whose wait
    is over, and those whose worker died. How many."""
    now = timezone.now()
    full = _under_way(now).values("account").annotate(number=Count("pk")).filter(number__gte=MOST_AT_ONCE)
    due = _due(now).exclude(account__in=full.values("account"))
    run_ids = list(due.values_list("pk", flat=True)[:SWEPT])
    for run_id in run_ids:
        begin(run_id)
    return len(run_ids)


def work(run_id: int) -> None:
    """Claim a run and do what is left of it, up to its next longer wait; then begin with the next of its account."""
    now = timezone.now()
    account_id = _due(now).filter(pk=run_id).values_list("account", flat=True).first()
    if account_id is None or stopping.is_set() or _under_way(now).filter(account=account_id).count() >= MOST_AT_ONCE:
        return
    _work(run_id, now)
    if stopping.is_set():
        return
    if (next_id := _due(timezone.now()).filter(account=account_id).values_list("pk", flat=True).first()) is not None:
        begin(next_id)


def _work(run_id: int, now: datetime) -> None:
    owner = f"{_here}:{secrets.token_hex(6)}"
    claimed = _due(now).filter(pk=run_id).update(state=RunState.RUNNING, owner=owner, leased_until=now + LEASE)
    if not claimed:
        return
    run = Run.objects.select_related("account").get(pk=run_id)
    _settle_begun(run)
    left = list(run.steps.filter(state=StepState.WAITING))
    if left and (_is_stale(run, now) or run.account.closed_at):
        _abandon(run)
        return
    for step in left:
        if stopping.is_set():
            _held(run).update(state=RunState.WAITING, owner="", leased_until=None)
            return
        if step.type == StepType.WAIT:
            if not _pause(run, step):
                return
        elif not _do(run, step):
            return
    _finish(run)


def _in_thread(run_id: int) -> None:
    _queued.discard(run_id)
    try:
        work(run_id)
    except Exception:
        log.exception("Run %s was broken off; the sweep goes on with it", run_id)
    finally:
        database.close()


def _due(now: datetime) -> QuerySet[Run]:
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return Run.objects.filter(free, state__in=ALIVE, due_at__lte=now).order_by("due_at", "pk")


def _under_way(now: datetime) -> QuerySet[Run]:
    return Run.objects.filter(state=RunState.RUNNING, leased_until__gte=now).order_by()


def _settle_begun(run: Run) -> None:
    """Whoever had begun steps of this run is gone. A wait is over by now; of anything else nobody knows."""
    begun = run.steps.filter(state=StepState.RUNNING)
    now = timezone.now()
    begun.filter(type=StepType.WAIT).update(state=StepState.DONE, ended_at=now)
    begun.exclude(type=StepType.WAIT).update(state=StepState.UNKNOWN, ended_at=now, failure_code=BrokenOff.code)


def _is_stale(run: Run, now: datetime) -> bool:
    waits = steps.waits({"type": step.type, "config": step.config} for step in run.steps.all())
    return now > run.created_at + FRESH + timedelta(seconds=waits)


def _abandon(run: Run) -> None:
    """Leave out what is left."""
    now = timezone.now()
    with transaction.atomic():
        if _held(run).update(state=RunState.ABANDONED, ended_at=now, owner="", leased_until=None):
            left = run.steps.filter(state=StepState.WAITING)
            left.update(state=StepState.LEFT_OUT, ended_at=now, failure_code=TooLate.code)


def _held(run: Run) -> QuerySet[Run]:
    """The run, as long as it is this worker's."""
    return Run.objects.filter(pk=run.pk, owner=run.owner)


def _begun(run: Run, step: RunStep, now: datetime, **fields: object) -> bool:
    """Store that a step has begun; False if the run is no longer this worker's, which then has to let it be."""
    with transaction.atomic():
        if not _held(run).update(**{"leased_until": now + LEASE, **fields}):
            return False
        return bool(
            RunStep.objects.filter(pk=step.pk, state=StepState.WAITING).update(state=StepState.RUNNING, started_at=now)
        )


def _pause(run: Run, step: RunStep) -> bool:
    """Whether the moment is over; if not, the run is released until it is."""
    now, seconds = timezone.now(), float(step.config["seconds"])
    if seconds > MOMENT:
        due_at = now + timedelta(seconds=seconds)
        if _begun(run, step, now, state=RunState.WAITING, due_at=due_at, owner="", leased_until=None):
            nudges.send([run.pk], seconds)
        return False
    if not _begun(run, step, now):
        return False
    let_go()
    time.sleep(seconds)
    return _ended(run, step, StepState.DONE)


def _do(run: Run, step: RunStep) -> bool:
    """Carry a step out; False if the run is no longer this worker's."""
    if not _begun(run, step, timezone.now()):
        return False
    crash_point("run.begun")
    state, outcome = _done(run, step)
    crash_point("run.done")
    return _ended(run, step, state, outcome)


def _done(run: Run, step: RunStep) -> tuple[StepState, Outcome]:
    """What came of it."""
    let_go()
    doing = _steps.submit(_carry_out, run, step)
    if not wait([doing], STEP_LASTS).done:
        doing.cancel()
        outcome = Outcome(problem=TookTooLong(seconds=int(STEP_LASTS)))
    else:
        outcome = doing.result()
    if outcome.problem is None:
        return StepState.DONE, outcome
    return (StepState.UNKNOWN if outcome.problem.code in UNSURE else StepState.FAILED), outcome


def _carry_out(run: Run, step: RunStep) -> Outcome:
    try:
        return carry_out(run, step)
    except Refusal as refusal:
        return Outcome(problem=refusal)
    except Exception:
        log.exception("A step of run %s failed", run.pk)
        return Outcome(problem=WentWrong())
    finally:
        database.close()


def _ended(run: Run, step: RunStep, state: StepState, outcome: Outcome | None = None) -> bool:
    """Store what became of a step, also where somebody has given it up meanwhile: this is the one who knows."""
    outcome = outcome or Outcome()
    RunStep.objects.filter(pk=step.pk, state__in=(StepState.RUNNING, StepState.UNKNOWN)).update(
        state=state,
        ended_at=timezone.now(),
        outcome=outcome.done,
        failure_code=outcome.problem.code if outcome.problem else "",
        failure_params=plain(outcome.problem.params) if outcome.problem else {},
    )
    return _held(run).exists()


def _finish(run: Run) -> None:
    states = set(run.steps.values_list("state", flat=True))
    state = RunState.DONE if states <= {StepState.DONE} else RunState.FAILED
    _held(run).update(state=state, ended_at=timezone.now(), owner="", leased_until=None)
