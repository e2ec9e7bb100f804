"""Whoever runs this Lumio, acting for the account of the instance itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied

from accounts.actor import Actor
from accounts.domain.accounts import instance_account
from accounts.enums import ALL, Via

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def operator_actor(user: User | AnonymousUser, *, address: str | None = None) -> Actor:
    """A person whom Django admin lets in. Raises PermissionDenied for everybody else."""
    if user.is_anonymous or not (user.is_active and user.is_staff):
        raise PermissionDenied
    return Actor(
        account=instance_account(),
        user=user,
        permissions=frozenset(ALL),
        via=Via.SESSION,
        via_detail="Django admin",
        address=address,
    )
