"""Why somebody can do something in an account, or cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.enums import Action, Permission
from accounts.models import AuditEntry, Role
from accounts.permission_groups import RESOURCES

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from accounts.actor import Actor
    from accounts.models import Account, Member

#: Lines of the audit log that are looked through for the last change of each permission.
LINES = 200


@dataclass(frozen=True)
class Change:
    """What made it so, as the audit log has it, in a sentence without its end."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Right:
    """One permission of one member: whether they have it, why in a sentence, and which roles allow it."""

    permission: Permission
    allowed: bool
    because: str
    roles: list[Role]
    changed: Change | None

    @property
    def slugs(self) -> list[str]:
        return [role.slug for role in self.roles]


@dataclass(frozen=True)
class RightGroup:
    """The permissions on one resource."""

    label: str | Promise
    rights: list[Right]


def grouped(rights: list[Right]) -> list[RightGroup]:
    """The same by what they are about."""
    by_resource = groupby(rights, key=lambda right: right.permission.value.partition(":")[0])
    return [RightGroup(RESOURCES[resource], list(found)) for resource, found in by_resource]


def rights_of(actor: Actor, member: Member) -> list[Right]:
    """Every permission, in the catalogue's order, of a member of the actor's account. Three queries at most.

    When it came to be so is told to whoever may read the audit log; not of somebody who is switched off as a person.
    """
    actor.require(Permission.MEMBERS_READ)
    roles = roles_of(actor.account)
    is_told = actor.can(Permission.AUDIT_READ) and member.user.is_active
    changes = _changes(member) if is_told else {}
    return [
        Right(
            permission=code,
            allowed=member.user.is_active and code in member.role.codes,
            because=_because(member, code),
            roles=[role for role in roles if code in role.codes],
            changed=changes.get(code),
        )
        for code in Permission
    ]


def roles_of(account: Account) -> list[Role]:
    """The roles of an account, the one that allows least first. One query."""
    return sorted(Role.objects.filter(account=account), key=lambda role: (len(role.codes), role.name))


def roles_with(account: Account, code: Permission) -> list[Role]:
    """Those of them that allow something. One query."""
    return [role for role in roles_of(account) if code in role.codes]


def _because(member: Member, code: Permission) -> str:
    if not member.user.is_active:
        return _("Whoever runs this Lumio has switched their sign-in off, so they can do nothing here.")
    if member.role.is_owner:
        return _("They own the account, and an owner may do everything.")
    sentence = (
        _("Their role {role} allows it.") if code in member.role.codes else _("Their role {role} does not allow it.")
    )
    return sentence.format(role=member.role.label)


def _changes(member: Member) -> dict[Permission, Change]:
    """For each permission what made it so: a change of what the role allows, else that they got this role."""
    lines = AuditEntry.objects.filter(account=member.account_id)
    seated = (
        lines.filter(target_id=str(member.pk), action__in=[Action.MEMBER_ADDED, Action.MEMBER_ROLE_CHANGED])
        .order_by("-pk")
        .first()
    )
    changes = {}
    if seated:
        joined = seated.action == Action.MEMBER_ADDED
        text = _("They joined as {role}") if joined else _("{by} gave them the role {role}")
        told = Change(seated.created_at, text.format(by=seated.actor_name, role=member.role.label))
        changes = dict.fromkeys(Permission, told)
    edits = lines.filter(target_id=str(member.role_id), action=Action.ROLE_CHANGED).order_by("-pk")[:LINES]
    for line in reversed(edits):
        if seated is None or line.pk > seated.pk:
            before, after = (set((side or {}).get("permissions", ())) for side in (line.before, line.after))
            text = _("{by} changed the role {role}").format(by=line.actor_name, role=member.role.label)
            moved = [Permission(code) for code in before ^ after if code in Permission.values]
            changes |= dict.fromkeys(moved, Change(line.created_at, text))
    return changes
