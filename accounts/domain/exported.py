"""What an account's export holds of the account itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain import audit_log, export
from accounts.enums import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Account


def register() -> None:
    export.register("account.json", _("Name and time zone"), Permission.ACCOUNT_READ, _account)
    export.register("roles.json", _("Roles and what they allow"), Permission.ROLES_READ, _roles)
    export.register("members.json", _("Members and their roles"), Permission.MEMBERS_READ, _members)
    export.register("invitations.json", _("Invitations, without their links"), Permission.MEMBERS_READ, _invitations)
    export.register("notifications.jsonl", _("Notifications"), Permission.CONNECTIONS_READ, _notifications)
    export.register("audit.jsonl", _("Audit log"), Permission.AUDIT_READ, _audit)
    export.register_file(
        export.File("audit.csv", _("Audit log, for spreadsheets"), Permission.AUDIT_READ, audit_log.table)
    )


def _account(account: Account) -> list[export.Row]:
    return [{"id": account.pk, "name": account.name, "time_zone": account.time_zone, "created_at": account.created_at}]


def _roles(account: Account) -> Iterator[export.Row]:
    for role in export.by_key(account.roles.all()):
        yield {
            "id": role.pk,
            "slug": role.slug,
            "name": role.label,
            "colour": role.colour,
            "permissions": sorted(role.codes),
        }


def _members(account: Account) -> Iterator[export.Row]:
    for member in export.by_key(account.members.select_related("user", "role")):
        yield {
            "id": member.pk,
            "name": member.user.display_name,
            "email": member.user.email,
            "role": member.role.slug,
            "created_at": member.created_at,
        }


def _invitations(account: Account) -> Iterator[export.Row]:
    """Without their codes, of which only digests are kept anyway."""
    for invitation in export.by_key(account.invitations.select_related("role", "creator")):
        yield {
            "id": invitation.pk,
            "role": invitation.role.slug,
            "note": invitation.note,
            "created_by": invitation.creator.display_name,
            "created_at": invitation.created_at,
            "expires_at": invitation.expires_at,
            "uses": invitation.uses,
            "max_uses": invitation.max_uses,
        }


def _notifications(account: Account) -> Iterator[export.Row]:
    return export.chosen(account.notifications.all(), "id", "code", "subject", "params", "created_at", "resolved_at")


def _audit(account: Account) -> Iterator[export.Row]:
    return (audit_log.shown(line) for lines in audit_log.batches(account) for line in lines)
