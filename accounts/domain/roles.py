"""The roles of an account: named sets of permissions, which its members hold.

Nobody puts into a role what they lack themselves, nor touches a role that allows more than their own, nor the one they
hold. So nobody gets more by changing roles. The owner's role is fixed; the three others that an account is born with
can be changed, but stay.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts import rights
from accounts.domain import members
from accounts.domain.audit import record
from accounts.domain.granting import grant
from accounts.enums import DEFAULT_ROLES, Action, DefaultRole, Permission
from accounts.models import Invitation, Member, Role
from lumio.lib.errors import Refusal
from lumio.lib.labels import one_line

if TYPE_CHECKING:
    from collections.abc import Collection

    from accounts.actor import Actor

NAME_LENGTH = 40
SLUG_LENGTH = 40
MOST_ROLES = 50
COLOUR = re.compile(r"#[0-9a-f]{6}")


class OwnerIsFixed(Refusal):
    code = "owner_is_fixed"
    status = 409
    sentence = _("The owner's role always allows everything. Nobody can change or delete it.")


class OwnRole(Refusal):
    code = "own_role"
    status = 409
    sentence = _("This is your own role: you could not take a change back. Ask somebody who has another one.")


class DefaultStays(Refusal):
    code = "default_stays"
    status = 409
    sentence = _("Every account keeps this role. You can change what it allows.")


class RoleInUse(Refusal):
    code = "role_in_use"
    status = 409
    sentence = _("Members still have this role. Give them another one first.")


class NameTaken(Refusal):
    code = "name_taken"
    status = 409
    sentence = _("There is a role “{name}” already. Choose another name.")


class NoName(Refusal):
    code = "no_name"
    sentence = _("Give the role a name of {limit} characters at most.")


class NoColour(Refusal):
    code = "no_colour"
    sentence = _("A colour looks like #22c55e.")


class TooManyRoles(Refusal):
    code = "too_many_roles"
    status = 409
    sentence = _("There are {most} roles already. Delete one that nobody needs any more.")


def listing(actor: Actor) -> list[Role]:
    """The account's roles with `held_by`, how many members have each; the one that allows most first. One query."""
    actor.require(Permission.ROLES_READ)
    found = Role.objects.filter(account=actor.account).annotate(held_by=Count("members"))
    return sorted(found, key=lambda role: (not role.is_owner, -len(role.codes), role.name))


def default_of(role: Role) -> DefaultRole | None:
    """What the role was made from when the account began; None for one that somebody made."""
    return next((default for default in DEFAULT_ROLES if default.slug == role.slug), None)


def why_fixed(actor: Actor, role: Role) -> Refusal | None:
    """Why the actor, given the permission, cannot touch the role; None if they can. One query."""
    if role.is_owner:
        return OwnerIsFixed()
    if not members.holds(actor, role):
        return members.RoleAbove()
    if Member.objects.filter(role=role, user=actor.user).exists():
        return OwnRole()
    return None


@transaction.atomic
def create(*, actor: Actor, name: str, colour: str, permissions: Collection[str]) -> Role:
    """A role of the account's own. `colour` as in CSS, "#22c55e".

    Raises UnknownPermission, MoreThanHeld, NoName, NameTaken, NoColour or TooManyRoles.
    """
    actor.require(Permission.ROLES_CREATE)
    others = _locked_roles(actor)
    if len(others) >= MOST_ROLES:
        raise TooManyRoles(most=MOST_ROLES)
    name = _name(name, others)
    role = Role.objects.create(
        account=actor.account,
        slug=_slug(name, {other.slug for other in others}),
        name=name,
        colour=_colour(colour),
        permissions=sorted(grant(actor, permissions)),
    )
    record(actor, Action.ROLE_CREATED, role, after=_told(role))
    return role


@transaction.atomic
def change(*, actor: Actor, role: Role, name: str, colour: str, permissions: Collection[str]) -> Role:
    """Set all of a role. It counts from its members' next request, and on open sockets at once.

    Raises OwnerIsFixed, RoleAbove, OwnRole, and what `create` does.
    """
    actor.require(Permission.ROLES_EDIT)
    others = _locked_roles(actor)
    role = _taken_from(others, role)
    _check_touchable(actor, role)
    before = _told(role)
    # A default role that keeps its name keeps it in every language.
    role.name = role.name if name == role.label else _name(name, [other for other in others if other != role])
    role.colour = _colour(colour)
    role.permissions = sorted(grant(actor, permissions))
    after = _told(role)
    changed = {key: value for key, value in after.items() if value != before[key]}
    if changed:
        role.save(update_fields=["name", "colour", "permissions"])
        record(actor, Action.ROLE_CHANGED, role, before={key: before[key] for key in changed}, after=changed)
    if "permissions" in changed:
        rights.changed(role.account_id)
    return role


@transaction.atomic
def delete(*, actor: Actor, role: Role) -> None:
    """Delete a role that nobody holds. Invitations that would give it end.

    Raises OwnerIsFixed, DefaultStays, RoleAbove, OwnRole or RoleInUse.
    """
    actor.require(Permission.ROLES_DELETE)
    role = _taken_from(_locked_roles(actor), role)
    _check_touchable(actor, role)
    if default_of(role):
        raise DefaultStays
    # Whoever accepts an invitation at this moment is waited for, and has the role then. Whoever gives it locks it.
    Invitation.objects.filter(role=role).delete()
    if Member.objects.filter(role=role).exists():
        raise RoleInUse
    record(actor, Action.ROLE_DELETED, role, before=_told(role))
    role.delete()


def _locked_roles(actor: Actor) -> list[Role]:
    """All of the account's, for this transaction alone; the account's row is the lock of its number and names.

    Not against whoever joins with one of them: they hold their invitation, which `delete` waits for.
    """
    actor.account.take_turns()
    return list(Role.objects.select_for_update(no_key=True).filter(account=actor.account).order_by("pk"))


def _taken_from(roles: list[Role], role: Role) -> Role:
    """As the database has it now; Http404 for one that has gone meanwhile."""
    return next((one for one in roles if one == role), None) or get_object_or_404(Role, pk=role.pk, account=None)


def _check_touchable(actor: Actor, role: Role) -> None:
    if refusal := why_fixed(actor, role):
        raise refusal


def _name(text: str, others: list[Role]) -> str:
    name = one_line(text)
    if not 0 < len(name) <= NAME_LENGTH:
        raise NoName(limit=NAME_LENGTH)
    if name.casefold() in {known.casefold() for other in others for known in (other.name, other.label)}:
        raise NameTaken(name=name)
    return name


def _colour(text: str) -> str:
    colour = text.strip().lower()
    if not COLOUR.fullmatch(colour):
        raise NoColour
    return colour


def _slug(name: str, taken: set[str]) -> str:
    """Of the name, with a number where that is another role's. It stays when the role is renamed."""
    stem = slugify(name)[: SLUG_LENGTH - 4] or "role"
    numbered = (stem, *(f"{stem}-{number}" for number in range(2, MOST_ROLES + 2)))
    return next(slug for slug in numbered if slug not in taken)


def _told(role: Role) -> dict[str, Any]:
    return {"name": role.name, "colour": role.colour, "permissions": list(role.permissions)}
