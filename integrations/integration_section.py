"""The Integrations section of the Connections page: OBS and Streamer.bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.enums import Permission
from integrations.domain import integrations

if TYPE_CHECKING:
    from accounts.actor import Actor

TEMPLATE = "integrations/_tools_section.html"


def context(actor: Actor) -> dict[str, Any]:
    """One query."""
    return {**rows(actor), "may_add": actor.can(Permission.CONNECTIONS_CREATE)}


def rows(actor: Actor) -> dict[str, Any]:
    """The part of it that changes by itself."""
    listed = integrations.listing(actor)
    return {
        "integrations": listed,
        "fingerprint": integrations.fingerprint(listed),
        "may_edit": actor.can(Permission.CONNECTIONS_EDIT),
        "may_see_actions": actor.can(Permission.SETTINGS_READ),
        "may_remove": actor.can(Permission.CONNECTIONS_DELETE),
    }
