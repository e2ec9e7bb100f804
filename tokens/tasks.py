"""Background work, called by beat."""

from __future__ import annotations

from celery import shared_task

from tokens.domain import listing


@shared_task(name="tokens.tasks.forget_revoked")
def forget_revoked() -> int:
    return listing.forget_revoked()
