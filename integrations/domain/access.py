"""Rows of one account, fetched and checked in one breath: a missing permission is a 403, somebody else's row a 404."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from integrations.models import StreamElementsToken

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.enums import Permission


def get_token(actor: Actor, token_id: UUID | str, permission: Permission) -> StreamElementsToken:
    """With its source loaded."""
    actor.require(permission)
    try:
        key = UUID(str(token_id))
    except ValueError:
        raise Http404 from None
    return get_object_or_404(StreamElementsToken.objects.select_related("source"), account=actor.account, pk=key)
