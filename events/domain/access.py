"""Rows of the events log, fetched and checked in one breath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404

from accounts.enums import Permission
from events.models import Event

if TYPE_CHECKING:
    from accounts.actor import Actor


def get_event(actor: Actor, seq: int) -> Event:
    """The event of that number in the actor's account. Raises PermissionRefused or Http404."""
    actor.require(Permission.EVENTS_READ)
    return get_object_or_404(Event.objects.defer("raw"), account=actor.account, seq=seq)
