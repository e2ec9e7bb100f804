"""What moderators write down about viewers, for one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from connections.domain import access, orders
from connections.models import ViewerNote
from events.domain import access as log_access

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.actor import Actor

LONGEST_NOTE = 1_000
#: Notes of one viewer that are shown, the newest.
SHOWN = 100


def of_viewer(actor: Actor, platform: str, user_id: str) -> list[ViewerNote]:
    """The notes about a viewer, newest first. Raises PermissionRefused, or Http404 for somebody never seen."""
    log_access.get_viewer(actor, platform, user_id, Permission.CHAT_NOTES)
    return newest(actor, platform, user_id)


def newest(actor: Actor, platform: str, user_id: str) -> list[ViewerNote]:
    """The same where somebody has looked already who asks and about whom."""
    notes = ViewerNote.objects.filter(account=actor.account, platform=platform, user_id=user_id)
    return list(notes.order_by("-created_at")[:SHOWN])


@transaction.atomic
def add(*, actor: Actor, platform: str, user_id: str, text: str) -> ViewerNote:
    """Write something down about a viewer. Raises PermissionRefused, or Http404 for somebody never seen."""
    viewer = log_access.get_viewer(actor, platform, user_id, Permission.CHAT_NOTES)
    note = ViewerNote.objects.create(
        account=actor.account,
        platform=platform,
        user_id=user_id,
        text=text,
        author=actor.user,
        author_name=orders.name_of(actor),
    )
    record(actor, Action.CHAT_NOTE_ADDED, viewer, after={"note": text[: orders.QUOTED]})
    return note


@transaction.atomic
def remove(*, actor: Actor, note_id: UUID | str) -> None:
    """Take a note away, whoever wrote it. Raises PermissionRefused or Http404."""
    note = access.get_note(actor, note_id)
    viewer = log_access.get_viewer(actor, note.platform, note.user_id, Permission.CHAT_NOTES)
    record(actor, Action.CHAT_NOTE_REMOVED, viewer, before={"note": note.text[: orders.QUOTED]})
    note.delete()
