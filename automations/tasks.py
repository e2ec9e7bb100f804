"""Background work: runs as they are triggered, and what beat calls. Runs are claimed, so a task too many does no
harm."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from automations.domain import runner, runs


@shared_task(name="automations.tasks.work")
def work(run_id: int) -> None:
    runner.begin(run_id)


@shared_task(name="automations.tasks.sweep_runs")
def sweep_runs() -> int:
    return runner.sweep()


@shared_task(name="automations.tasks.forget_runs")
def forget_runs() -> int:
    return runs.forget()


@worker_shutting_down.connect
def begin_nothing(**_: Any) -> None:
    """Runs are left between two steps; the next worker goes on with them."""
    runner.stopping.set()
