"""The epoch of an account's rights. It rises with every change, so that open sockets are asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from events import bus
from events.models import LiveHead

if TYPE_CHECKING:
    from uuid import UUID


def bump(account_id: UUID) -> None:
    """Have every web process ask the account's open sockets again, as soon as this transaction is committed."""
    LiveHead.objects.bulk_create([LiveHead(account_id=account_id)], ignore_conflicts=True)
    LiveHead.objects.filter(account_id=account_id).update(access_epoch=F("access_epoch") + 1)
    bus.announce_rights_on_commit(account_id)
