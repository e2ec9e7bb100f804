"""What the dashboard shows once everything is set up: channels, events and chat as they happen, and their health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.enums import Permission
from connections.domain import channels, feed
from events.channels import TOPICS
from integrations.domain import tokens

if TYPE_CHECKING:
    from accounts.actor import Actor


def of(actor: Actor) -> dict[str, Any]:
    """The context of the page, as far as this person may see it: `channels`, `feed` and `chat`. Six queries.

    The page asks for their `health` once it is there.
    """
    account_id = actor.account.pk
    context: dict[str, Any] = {"account_id": account_id, "can": actor.permissions, **feed.vocabulary()}
    if actor.can_any(*TOPICS["status"]):
        context["channels"] = feed.channels(account_id)
    if actor.can(Permission.EVENTS_READ):
        context["feed"] = feed.feed(account_id)
    if actor.can(Permission.CHAT_READ):
        context["chat"] = feed.chat(account_id)
    return context


def health(actor: Actor) -> dict[str, Any]:
    """`cards` of what is connected, the `tips` that are listened to, and whether one of either `needs_attention`."""
    cards = [card for card in channels.cards(actor) if card.is_connected]
    tips = tokens.listing(actor)
    needs_attention = any(card.needs_attention for card in cards) or any(one.tone == "bad" for one in tips)
    return {"cards": cards, "tips": tips, "needs_attention": needs_attention}
