"""Who is in an account, and with which role."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import rights
from accounts.actor import Actor
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from accounts.models import Member, Role, User
from lumio.lib.errors import Refusal


class OwnerStays(Refusal):
    code = "owner_stays"
    status = 409
    sentence = _("The owner keeps their role and cannot be removed.")


class RoleNotAssignable(Refusal):
    code = "role_not_assignable"
    status = 409
    sentence = _("This role cannot be given to anybody here.")


@transaction.atomic
def add(*, actor: Actor, user: User, role: Role) -> Member:
    """Take `user` into the actor's account."""
    actor.require(Permission.MEMBERS_CREATE)
    _check_assignable(actor, role)
    member = Member.objects.create(account=actor.account, user=user, role=role)
    record(actor, Action.MEMBER_ADDED, member, after={"role": role.slug})
    rights.changed(actor.account.pk)
    return member


@transaction.atomic
def change_role(*, actor: Actor, member: Member, role: Role) -> None:
    """Give `member` another role. It counts from their next request, and on open sockets at once."""
    actor.require(Permission.MEMBERS_EDIT)
    _check_not_owner(member)
    _check_assignable(actor, role)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    record(actor, Action.MEMBER_ROLE_CHANGED, member, before={"role": before.slug}, after={"role": role.slug})
    rights.changed(member.account_id)


@transaction.atomic
def remove(*, actor: Actor, member: Member) -> None:
    """Take `member` out of the account. What they created stays, without their rights."""
    actor.require(Permission.MEMBERS_DELETE)
    _check_not_owner(member)
    record(actor, Action.MEMBER_REMOVED, member, before={"role": member.role.slug})
    rights.changed(member.account_id)
    member.delete()


def _check_not_owner(member: Member) -> None:
    if member.role.is_owner:
        raise OwnerStays


def _check_assignable(actor: Actor, role: Role) -> None:
    """The owner's role is nobody else's, and no one hands out what they lack."""
    if role.is_owner or role.account_id != actor.account.pk or not role.codes <= actor.permissions:
        raise RoleNotAssignable
