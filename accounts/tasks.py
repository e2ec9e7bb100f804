"""Background work, called by beat."""

from __future__ import annotations

from celery import shared_task

from accounts.domain import sessions


@shared_task(name="accounts.tasks.forget_sessions")
def forget_sessions() -> None:
    sessions.forget_expired()
