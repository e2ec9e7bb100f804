"""Rows of the logs and viewers, fetched and checked in one breath: what is another account's is a 404."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import Permission
from events.domain.removals import SAID
from events.models import ChatLine, Event, Viewer
from lumio.lib.payload import UNSTORABLE

if TYPE_CHECKING:
    from accounts.actor import Actor


def get_event(actor: Actor, seq: int, permission: Permission = Permission.EVENTS_READ) -> Event:
    """The event of that number in the actor's account. Raises PermissionRefused or Http404."""
    actor.require(permission)
    return get_object_or_404(Event.objects.defer("raw"), account=actor.account, seq=seq)


def get_line(actor: Actor, seq: int, permission: Permission) -> ChatLine:
    """What was said under that number in the actor's account. Raises PermissionRefused or Http404."""
    actor.require(permission)
    return get_object_or_404(ChatLine.objects.defer("raw"), account=actor.account, kind__in=SAID, seq=seq)


def get_viewer(actor: Actor, platform: str, user_id: str, *permissions: Permission) -> Viewer:
    """Somebody who was seen on the account's channel, for whoever has one of the permissions.

    Raises PermissionRefused or Http404.
    """
    actor.require_any(*permissions)
    if UNSTORABLE.search(platform + user_id):  # no database can be asked for it
        raise Http404
    return get_object_or_404(Viewer, account=actor.account, platform=platform, user_id=user_id)
