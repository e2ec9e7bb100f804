"""Trying to reach a tool because a person asks: what comes of it is a result, whichever way it goes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from django.db import transaction
from django.http import Http404

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from integrations.domain import commands, results, vault
from integrations.enums import Route, Tool, Trigger
from integrations.obs import handshake
from integrations.streamerbot import testing as streamerbot
from integrations.tools.failures import ToolFailure
from integrations.tools.link import Found

if TYPE_CHECKING:
    from accounts.actor import Actor
    from integrations.models import Integration, IntegrationResult


def test(*, actor: Actor, integration: Integration) -> IntegrationResult:
    """Say hello to the tool, within five seconds, over the connection that is there or one of its own.

    A failure is a result, too, and is not raised.
    """
    actor.require(Permission.CONNECTIONS_EDIT)
    found, failure = None, None
    try:
        found = reach(integration)
    except ToolFailure as error:
        failure = error
    with transaction.atomic():
        results.record(integration.pk, trigger=Trigger.TEST, found=found, failure=failure, by=actor.user)
        result = next(iter(results.latest([integration.pk])[integration.pk]), None)
        if result is None:
            raise Http404  # it was removed meanwhile
        said = {"failure": result.failure_code} if failure else {"version": result.version}
        record(actor, Action.INTEGRATION_TESTED, integration, after=said)
    return result


def reach(row: Integration) -> Found:
    """What the tool says of itself, within five seconds. Nothing is kept of it. Raises ToolFailure."""
    if row.route == Route.BRIDGE:
        return Found(**commands.ask(row, "test", {}))
    password = vault.password_of(row)
    if row.tool == Tool.OBS:
        return asyncio.run(handshake.test(row.host, row.port, password))
    return asyncio.run(streamerbot.test(row.host, row.port, row.endpoint, password))
