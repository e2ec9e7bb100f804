"""Tells whoever listens that rights in an account may have changed. The live bus registers itself here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from accounts.models import User

_listeners: list[Callable[[UUID], None]] = []


def register_listener(listener: Callable[[UUID], None]) -> None:
    """Have `listener(account_id)` called inside the transaction of every change of rights."""
    _listeners.append(listener)


def changed(account_id: UUID) -> None:
    """Call in the transaction that takes or gives a right (role, membership, popout token)."""
    for listener in _listeners:
        listener(account_id)


def changed_for(user: User) -> None:
    """The same in every account of a person: who they are, or whether they may come in at all, has changed."""
    for account_id in user.memberships.values_list("account_id", flat=True):
        changed(account_id)
