"""Background work, called by beat."""

from __future__ import annotations

from celery import shared_task

from accounts.domain import deletion, mails, notifications, sessions


@shared_task(name="accounts.tasks.forget_sessions")
def forget_sessions() -> None:
    sessions.forget_expired()


@shared_task(name="accounts.tasks.forget_notifications")
def forget_notifications() -> None:
    notifications.forget_old()


@shared_task(name="accounts.tasks.send_notifications")
def send_notifications() -> int:
    return mails.send_due()


@shared_task(name="accounts.tasks.finish_deletions")
def finish_deletions() -> int:
    return deletion.finish()
