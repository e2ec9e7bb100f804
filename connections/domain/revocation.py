"""Handing tokens back to the platform that gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from connections.domain import sweeps
from connections.models import Connection
from connections.platforms import oauth

if TYPE_CHECKING:
    from connections.platforms.base import Client, Platform
    from lumio.lib.secrets import Secret


def hand_back(platform: Platform, client: Client, token: Secret, *, account_id: UUID) -> None:
    """Tell the platform that nobody will use a token again, best effort. No database connection is held meanwhile.

    Where one token's end is the end of every sign-in by that person, it is kept from costing the account another one.
    """
    others = Connection.objects.filter(account_id=account_id, platform=platform.slug)
    if platform.oauth.revoking_ends_all and others.exists():
        return
    sweeps.let_go()
    oauth.revoke(platform, client, token)
