"""What moderators write down about viewers, for one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from connections.domain import orders
from connections.models import ViewerNote
from events.models import Viewer

if TYPE_CHECKING:
    from accounts.actor import Actor

#: Characters of one.
LONGEST_NOTE = 1_000
#: Notes of one viewer that are shown, the newest.
SHOWN = 100


def of_viewer(actor: Actor, viewer: Viewer) -> list[ViewerNote]:
    """What is written down about a viewer, newest first. Raises PermissionRefused."""
    actor.require(Permission.CHAT_NOTES)
    notes = ViewerNote.objects.filter(account=viewer.account_id, platform=viewer.platform, user_id=viewer.user_id)
    return list(notes.order_by("-created_at")[:SHOWN])


@transaction.atomic
def add(*, actor: Actor, viewer: Viewer, text: str) -> ViewerNote:
    """Write something down about a viewer. Raises PermissionRefused."""
    actor.require(Permission.CHAT_NOTES)
    note = ViewerNote.objects.create(
        account=actor.account,
        platform=viewer.platform,
        user_id=viewer.user_id,
        text=text,
        author=actor.user,
        author_name=actor.name,
    )
    record(actor, Action.CHAT_NOTE_ADDED, viewer, after={"note": text[: orders.QUOTED]})
    return note


@transaction.atomic
def remove(*, actor: Actor, note: ViewerNote) -> None:
    """Take a note away, whoever wrote it. Raises PermissionRefused."""
    actor.require(Permission.CHAT_NOTES)
    viewer = Viewer.objects.filter(account=actor.account, platform=note.platform, user_id=note.user_id).first()
    record(actor, Action.CHAT_NOTE_REMOVED, viewer or note, before={"note": note.text[: orders.QUOTED]})
    note.delete()
