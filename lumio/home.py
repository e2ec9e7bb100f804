"""What the dashboard shows once everything is set up: how the connections are, and what happens on stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.enums import Permission
from connections.domain import channels, feed

if TYPE_CHECKING:
    from accounts.actor import Actor


def of(actor: Actor) -> dict[str, Any]:
    """The context of the page, as far as this person may see it: `cards` of what is connected, whether one of them
    `needs_attention`, and the `feed`. Nine queries."""
    context: dict[str, Any] = {"account_id": actor.account.pk}
    if actor.can(Permission.CONNECTIONS_READ):
        cards = [card for card in channels.cards(actor) if card.is_connected]
        context |= {"cards": cards, "needs_attention": any(card.needs_attention for card in cards)}
    if actor.can(Permission.EVENTS_READ):
        context["feed"] = feed.feed(actor.account.pk)
        context["channels"] = feed.channels(actor.account.pk)
        context |= feed.vocabulary()
    return context
