"""Tells whoever listens that rights in an account may have changed. The live bus registers itself here."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

_listeners: list[Callable[[UUID], None]] = []


def register_listener(listener: Callable[[UUID], None]) -> None:
    """Have `listener(account_id)` called inside the transaction of every change of rights."""
    _listeners.append(listener)


def changed(account_id: UUID) -> None:
    """Call in the transaction that takes or gives a right (role, membership, popout token)."""
    for listener in _listeners:
        listener(account_id)
