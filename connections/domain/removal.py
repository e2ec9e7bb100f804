"""Ending a sign-in: the row and its tokens go in the caller's transaction, the platform is told after commit."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.actor import system_actor
from accounts.domain.audit import record
from accounts.enums import Action
from connections.domain import grants, notices, sweeps, vault
from connections.domain.revocation import hand_back
from connections.enums import Purpose
from connections.models import Connection
from connections.platforms import PLATFORMS
from connections.platforms.failures import PlatformFailure
from events.domain import sources

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.models import Account
    from connections.platforms.base import Platform


def remove(actor: Actor, connection: Connection) -> None:
    """Forget a connection. Call inside a transaction; a refresh under way finds no row and hands its tokens back."""
    platform = PLATFORMS[connection.platform]
    try:
        client = vault.client_for(connection.account_id, connection.platform)
        token = vault.read(connection, "access_token_encrypted")
    except PlatformFailure:
        pass  # with nothing readable there is nothing to hand back
    else:
        if connection.purpose == Purpose.CHANNEL:
            channel = grants.Access(token, client.id, connection.channel_id, connection.version)
            transaction.on_commit(partial(_leave, platform, channel), robust=True)
        tell = partial(hand_back, platform, client, token, account_id=connection.account_id)
        transaction.on_commit(tell, robust=True)
    record(
        actor,
        Action.BOT_DISCONNECTED if connection.purpose == Purpose.BOT else Action.CONNECTION_REMOVED,
        connection,
        before={"channel_id": connection.channel_id, "channel_name": connection.channel_name},
    )
    notices.well(connection)
    notices.connection_changed(connection.account_id, connection.platform)
    sources.remove(connection.source_key)
    sources.remove(connection.player_key)
    connection.delete()


def remove_all(account: Account) -> None:
    """Hand back every sign-in of an account that is closed, one after the other."""
    actor = system_actor(account)
    for key in account.connections.values_list("pk", flat=True):
        with transaction.atomic():
            connection = Connection.objects.select_for_update().filter(pk=key).first()
            if connection is not None:
                remove(actor, connection)


def _leave(platform: Platform, channel: grants.Access) -> None:
    """Best effort, while the token still works. No database connection is held meanwhile."""
    sweeps.let_go()
    with suppress(PlatformFailure):
        platform.leave(channel)
