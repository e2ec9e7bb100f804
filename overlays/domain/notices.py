"""How open pages of an overlay learn that it is not what it was. (That its key opens nothing any more is a change of
rights, see `accounts.rights`.)"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from events import bus, channels

if TYPE_CHECKING:
    from uuid import UUID


def changed_on_commit(overlay_id: UUID) -> None:
    """Have its open pages compare what they show with what the database has: saved, a goal nearer, a timer started."""
    transaction.on_commit(partial(bus.send, bus.topic(channels.overlay(overlay_id)), bus.READ_AGAIN), robust=True)
