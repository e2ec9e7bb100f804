"""Rows of one account, fetched and checked in one breath: a missing permission is a 403, somebody else's row a 404."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.shortcuts import get_object_or_404

from integrations.models import Integration, StreamElementsToken
from lumio.lib.ids import key

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.enums import Permission
    from integrations.enums import Tool


def get_token(actor: Actor, token_id: UUID | str, permission: Permission) -> StreamElementsToken:
    """With its source loaded."""
    actor.require(permission)
    tokens = StreamElementsToken.objects.select_related("source")
    return get_object_or_404(tokens, account=actor.account, pk=key(token_id))


def get_integration(
    actor: Actor, integration_id: UUID | str, permission: Permission, tool: Tool | None = None
) -> Integration:
    """Of `tool`, if one is named: the other one is a 404, too."""
    actor.require(permission)
    of_tool = {"tool": tool} if tool else {}
    return get_object_or_404(Integration, account=actor.account, pk=key(integration_id), **of_tool)
