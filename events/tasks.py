"""Background work, called by beat."""

from __future__ import annotations

from celery import shared_task

from events.domain import retention


@shared_task(name="events.tasks.forget")
def forget() -> dict[str, int]:
    return retention.forget()
