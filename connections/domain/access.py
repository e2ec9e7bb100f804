"""Rows of one account, fetched and checked in one breath: a missing permission is a 403, somebody else's row a 404."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import Permission
from connections.enums import Use
from connections.models import AppCredentials, Connection, PlatformSwitch
from connections.platforms import PLATFORMS

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.models import Account
    from connections.platforms.base import Platform


def get_platform(slug: str) -> Platform:
    """Raises Http404 for a platform that there is not."""
    try:
        return PLATFORMS[slug]
    except KeyError:
        raise Http404 from None


def get_connection(actor: Actor, connection_id: UUID | str, permission: Permission) -> Connection:
    actor.require(permission)
    try:
        key = UUID(str(connection_id))
    except ValueError:
        raise Http404 from None
    return get_object_or_404(Connection, account=actor.account, pk=key)


def get_credentials(actor: Actor, platform: Platform) -> AppCredentials:
    actor.require(Permission.CONNECTIONS_EDIT)
    return get_object_or_404(AppCredentials, account=actor.account, platform=platform.slug)


def switched_off(account: Account, use: Use = Use.CHANNEL) -> dict[str, str]:
    """Platforms whose `use` the operator has switched off, for everybody or for this account, each with the reason
    (or "")."""
    switches = PlatformSwitch.objects.filter(Q(account=None) | Q(account=account), use=use)
    # What is said about this account alone is more telling than what is said to everybody.
    return {
        switch.platform: switch.reason for switch in sorted(switches, key=lambda switch: switch.account_id is not None)
    }
