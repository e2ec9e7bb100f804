"""Background work that belongs to no app."""

from __future__ import annotations

from celery import shared_task

from events.domain import heartbeat
from lumio import preflight


@shared_task(name="lumio.tasks.beat_lives")
def beat_lives() -> None:
    """Beat sent this and a worker took it: both live."""
    heartbeat.beat("beat")


@shared_task(name="lumio.tasks.run_preflight")
def run_preflight(preflight_id: str) -> None:
    preflight.run(preflight_id)
