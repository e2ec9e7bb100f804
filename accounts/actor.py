"""The one question every door asks: who is this, in which account, and what may they do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied

from accounts.enums import ALL, Permission, Via

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.models import Account, User


class PermissionRefused(PermissionDenied):
    """The actor lacks one permission. Becomes a 403 that names it, on every door."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission.value)
        self.permission = permission


class PageRefused(PermissionDenied):
    """The actor's popout token is bound to other pages."""


@dataclass(frozen=True)
class Actor:
    """Whoever acts: a signed-in member, a popout token, a one-time link or Lumio itself. Nothing further in asks which.

    `user` is the person the audit log names (None for Lumio itself), `permissions` what is allowed right now,
    `via_detail` how the log describes the door ("popout token …x9Qf"), `token_id` the popout token if one was used and
    `pages` the slugs of the popouts that one is bound to, none for all of them. `overlay_id` is the overlay of a page
    that came with its key: nobody acts there, it only listens.
    """

    account: Account
    user: User | None
    permissions: frozenset[str]
    via: Via = Via.SESSION
    via_detail: str = ""
    role_name: str = ""
    token_id: UUID | None = None
    pages: frozenset[str] = frozenset()
    overlay_id: UUID | None = None
    address: str | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """Who acts, as others read it."""
        return self.user.display_name if self.user else "Lumio"

    def can(self, permission: Permission) -> bool:
        return permission in self.permissions

    def can_any(self, *permissions: Permission) -> bool:
        return any(permission in self.permissions for permission in permissions)

    def require(self, permission: Permission) -> None:
        """Raise PermissionRefused unless the actor holds `permission`."""
        if not self.can(permission):
            raise PermissionRefused(permission)

    def require_any(self, *permissions: Permission) -> None:
        """Raise PermissionRefused, naming the first, unless the actor holds one of `permissions`."""
        if not self.can_any(*permissions):
            raise PermissionRefused(permissions[0])

    def require_page(self, slug: str) -> None:
        """Raise PageRefused for a popout token that is bound to other pages than this one."""
        if self.pages and slug not in self.pages:
            raise PageRefused(slug)


def system_actor(account: Account) -> Actor:
    """Lumio acting by itself: beat jobs, ingest, management commands."""
    return Actor(account=account, user=None, permissions=frozenset(ALL), via=Via.SYSTEM)
