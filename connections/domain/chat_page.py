"""What the chat pages come with, the popout and the dashboard's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connections.domain import feed
from connections.domain.chat import desk

if TYPE_CHECKING:
    from accounts.actor import Actor


def page(actor: Actor) -> dict[str, Any]:
    """The context of `popout/_chat.html`."""
    account_id = actor.account.pk
    return {
        "chat": feed.chat(account_id),
        "channels": feed.channels(account_id),
        "desk": desk(actor),
        "can": actor.permissions,
    }
