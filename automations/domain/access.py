"""Rows of one account, fetched and checked in one breath: a missing permission is a 403, somebody else's row a 404."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.shortcuts import get_object_or_404

from automations.models import Automation, Run
from lumio.lib.ids import key

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.enums import Permission


def get_automation(actor: Actor, automation_id: UUID | str, permission: Permission) -> Automation:
    """With its steps loaded, in order."""
    actor.require(permission)
    rows = Automation.objects.prefetch_related("steps")
    return get_object_or_404(rows, account=actor.account, pk=key(automation_id))


def get_run(actor: Actor, run_id: int, permission: Permission) -> Run:
    """With its steps loaded, in order."""
    actor.require(permission)
    return get_object_or_404(Run.objects.prefetch_related("steps"), account=actor.account, pk=run_id)
