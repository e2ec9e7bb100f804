"""Who is in an account, and with which role.

Nobody gives, changes or takes away what is above them: a role, or a member whose role, allows something that they may
not do themselves. The owner's role stays with the owner.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import paging, rights
from accounts.actor import Actor
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from accounts.models import Account, Invitation, Member, Role, User
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: Gives, for people of an account, sentences on what stops when they leave it: "2 popout tokens open nothing".
Dependents = Callable[[Account, Collection[UUID]], Mapping[UUID, list[str]]]
_dependents: list[Dependents] = []


class OwnerStays(Refusal):
    code = "owner_stays"
    status = 409
    sentence = _("The owner keeps their role and cannot be removed.")


class OwnerCannotLeave(OwnerStays):
    sentence = _("You own this account, so you cannot leave it. You can delete it.")


class RoleAbove(Refusal):
    code = "role_above"
    status = 409
    sentence = _("This role allows more than yours. Ask somebody who may do all of it, such as the account's owner.")


class NotOneself(Refusal):
    code = "not_oneself"
    status = 409
    sentence = _("Nobody changes their own role or removes themselves. Ask another member, or leave the account.")


class RoleNotAssignable(Refusal):
    code = "role_not_assignable"
    status = 409
    sentence = _("You cannot give this role to anybody: it is the owner's, or it allows more than yours.")


def register_dependents(dependents: Dependents) -> None:
    """Let an upper app say what depends on people. Called once, from `AppConfig.ready()`."""
    _dependents.append(dependents)


def listing(
    actor: Actor, *, limit: int, q: str = "", before: str | None = None, after: str | None = None
) -> paging.Page[Member]:
    """A page of the account's members, with person and role; `q` is a part of a name or an e-mail address.

    Raises BadCursor.
    """
    actor.require(Permission.MEMBERS_READ)
    found = _of(actor.account)
    if wanted := q.replace("\x00", "").strip():  # PostgreSQL refuses to look for the first
        found = found.filter(Q(user__name__icontains=wanted) | Q(user__email__icontains=wanted))
    return paging.newest_first(found, limit=limit, before=before, after=after)


def number(actor: Actor) -> int:
    return _of(actor.account).count()


def assignable(actor: Actor) -> list[Role]:
    """The roles that the actor may give to somebody, the one that allows most first. One query."""
    roles = [role for role in Role.objects.filter(account=actor.account) if _may_give(actor, role)]
    return sorted(roles, key=lambda role: (-len(role.codes), role.name))


def may_touch(actor: Actor, member: Member) -> bool:
    """Whether it is the actor's to change or remove `member`, given the permission."""
    is_own = actor.user is not None and member.user_id == actor.user.pk
    return not is_own and not member.role.is_owner and holds(actor, member.role)


def holds(actor: Actor, role: Role) -> bool:
    """Whether the actor may do all that the role allows: what is above somebody is not theirs to give or take away."""
    return role.codes <= actor.permissions


def depending(account: Account, people: Collection[UUID]) -> dict[UUID, list[str]]:
    """For each of these people what stops when they leave the account, in sentences."""
    found: dict[UUID, list[str]] = defaultdict(list)
    open_ones = Invitation.objects.open().filter(account=account, creator__in=people).order_by()
    for row in open_ones.values("creator").annotate(number=Count("pk")):
        text = ngettext("{number} open invitation ends", "{number} open invitations end", row["number"])
        found[row["creator"]].append(text.format(number=row["number"]))
    for dependents in _dependents:
        for person, sentences in dependents(account, people).items():
            found[person] += sentences
    return found


@transaction.atomic
def add(*, actor: Actor, user: User, role: Role) -> Member:
    """Take `user` into the actor's account. Raises django.db.IntegrityError for who is in it already."""
    actor.require(Permission.MEMBERS_CREATE)
    check_assignable(actor, role)
    member = Member.objects.create(account=actor.account, user=user, role=role)
    record(actor, Action.MEMBER_ADDED, member, after={"role": role.slug})
    rights.changed(actor.account.pk)
    return member


@transaction.atomic
def change_role(*, actor: Actor, member: Member, role: Role) -> Member:
    """Give `member` another role. It counts from their next request, and on open sockets at once.

    Their own role is for nobody to change, not even to a smaller one: they could not take that back.
    """
    actor.require(Permission.MEMBERS_EDIT)
    member = _locked(member)
    _check_touchable(actor, member)
    # Read anew, and kept as it is until the end: it may have come to allow more, or be about to go.
    role = get_object_or_404(Role.objects.select_for_update(no_key=True), pk=role.pk)
    check_assignable(actor, role)
    before, member.role = member.role, role
    if before != role:
        member.save(update_fields=["role"])
        record(actor, Action.MEMBER_ROLE_CHANGED, member, before={"role": before.slug}, after={"role": role.slug})
        rights.changed(member.account_id)
    return member


@transaction.atomic
def remove(*, actor: Actor, member: Member) -> None:
    """Take `member` out of the account. What they created stays, without their rights; their invitations end."""
    actor.require(Permission.MEMBERS_DELETE)
    member = _locked(member)
    _check_touchable(actor, member)
    _part(actor, member, Action.MEMBER_REMOVED)


@transaction.atomic
def leave(*, actor: Actor) -> None:
    """Go out of the account oneself; the same follows as from being removed. For a person, never for a token of theirs.

    Raises OwnerCannotLeave.
    """
    member = _locked(get_object_or_404(Member, account=actor.account, user=actor.user))
    if member.role.is_owner:
        raise OwnerCannotLeave
    _part(actor, member, Action.MEMBER_LEFT)


def check_assignable(actor: Actor, role: Role) -> None:
    """The owner's role is nobody else's, and no one hands out what they lack. Raises RoleNotAssignable."""
    if not _may_give(actor, role):
        raise RoleNotAssignable


def _may_give(actor: Actor, role: Role) -> bool:
    return not role.is_owner and role.account_id == actor.account.pk and holds(actor, role)


def _of(account: Account) -> QuerySet[Member]:
    return Member.objects.filter(account=account).select_related("user", "role")


def _locked(member: Member) -> Member:
    """As the database has it now, until the transaction ends. Raises Http404 for who has gone meanwhile."""
    rows = Member.objects.select_for_update(of=("self",)).select_related("account", "user", "role")
    return get_object_or_404(rows, pk=member.pk)


def _check_touchable(actor: Actor, member: Member) -> None:
    if member.role.is_owner:
        raise OwnerStays
    if actor.user is not None and member.user_id == actor.user.pk:
        raise NotOneself
    if not holds(actor, member.role):
        raise RoleAbove


def _part(actor: Actor, member: Member, action: Action) -> None:
    # Deleted, so that they do not open anything again should this person come back.
    Invitation.objects.filter(account=member.account_id, creator=member.user_id).delete()
    record(actor, action, member, before={"role": member.role.slug})
    rights.changed(member.account_id)
    member.delete()
