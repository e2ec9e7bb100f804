"""Background work, called by beat. Every job claims its rows, so running one twice does no harm."""

from __future__ import annotations

from celery import shared_task

from integrations.domain import endings


@shared_task(name="integrations.tasks.warn_of_ends")
def warn_of_ends() -> int:
    return endings.warn()
