"""Background work, called by beat."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from overlays.domain import history, queue, sources, uploads


@shared_task(name="overlays.tasks.sweep_alerts")
def sweep_alerts() -> int:
    return queue.sweep(timezone.now())


@shared_task(name="overlays.tasks.forget_alerts")
def forget_alerts() -> int:
    return history.forget(timezone.now())


@shared_task(name="overlays.tasks.sweep_uploads")
def sweep_uploads() -> int:
    return uploads.sweep()


@shared_task(name="overlays.tasks.forget_sources")
def forget_sources() -> int:
    return sources.forget(timezone.now())
