"""Background work, called by beat. Every job claims its rows, so running one twice does no harm."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from connections.domain import endings, orders, refresh, sweeps, validation


@shared_task(name="connections.tasks.refresh_due")
def refresh_due() -> int:
    return refresh.refresh_due()


@shared_task(name="connections.tasks.validate_due")
def validate_due() -> int:
    return validation.validate_due()


@shared_task(name="connections.tasks.warn_of_ends")
def warn_of_ends() -> int:
    return endings.warn()


@shared_task(name="connections.tasks.send_waiting")
def send_waiting() -> int:
    return orders.sweep()


@shared_task(name="connections.tasks.forget_orders")
def forget_orders() -> int:
    return orders.forget()


@worker_shutting_down.connect
def begin_nothing(**_: Any) -> None:
    """The worker waits for the tasks that run; their sweeps would otherwise go on with what is still due."""
    sweeps.stopping.set()
