"""Rows of one account, fetched and checked in one breath: a missing permission is a 403, somebody else's row a 404."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.shortcuts import get_object_or_404

from accounts.models import Invitation, Member, Role
from lumio.lib.ids import key

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.enums import Permission


def get_member(actor: Actor, member_id: UUID | str, permission: Permission) -> Member:
    """With account, person and role."""
    actor.require(permission)
    members = Member.objects.select_related("account", "user", "role")
    return get_object_or_404(members, account=actor.account, pk=key(member_id))


def get_role(actor: Actor, role: UUID | str, permission: Permission) -> Role:
    """By its id, or by its slug."""
    actor.require(permission)
    try:
        which: dict[str, UUID | str] = {"pk": UUID(str(role))}
    except ValueError:
        which = {"slug": role}
    return get_object_or_404(Role, account=actor.account, **which)


def get_invitation(actor: Actor, invitation_id: UUID | str, *permissions: Permission) -> Invitation:
    """With its creator's rights, whether it still works or not; for whoever holds any of `permissions`."""
    actor.require_any(*permissions)
    return get_object_or_404(Invitation.objects.with_rights(), account=actor.account, pk=key(invitation_id))
