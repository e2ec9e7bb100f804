"""Background work, called by beat. Every job claims its rows, so running one twice does no harm."""

from __future__ import annotations

from celery import shared_task

from connections.domain import refresh


@shared_task(name="connections.tasks.refresh_due")
def refresh_due() -> int:
    return refresh.refresh_due()
