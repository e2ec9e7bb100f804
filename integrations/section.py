"""The StreamElements section of the Connections page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.enums import Permission
from integrations.domain import tokens
from integrations.forms import TokenForm

if TYPE_CHECKING:
    from accounts.actor import Actor

TEMPLATE = "integrations/_section.html"


def context(actor: Actor) -> dict[str, Any]:
    """One query."""
    return {**rows(actor), "form": TokenForm(), "may_add": actor.can(Permission.CONNECTIONS_CREATE)}


def rows(actor: Actor) -> dict[str, Any]:
    """The part of it that changes by itself."""
    listed = tokens.listing(actor)
    return {
        "tokens": listed,
        "fingerprint": tokens.fingerprint(listed),
        "may_remove": actor.can(Permission.CONNECTIONS_DELETE),
    }
