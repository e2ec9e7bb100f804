"""What we have Kick deliver. A new topic is a line here, a function in `parse` and a fixture."""

from __future__ import annotations

from typing import Any

#: What subscribing needs, the same for all of them.
SCOPE = "events:subscribe"
VERSION = 1

#: In the order they are subscribed to.
TOPICS: tuple[str, ...] = (
    "chat.message.sent",
    "channel.followed",
    "channel.subscription.new",
    "channel.subscription.renewal",
    "channel.subscription.gifts",
    "kicks.gifted",
    "channel.reward.redemption.updated",
    "moderation.banned",
    "livestream.status.updated",
    "livestream.metadata.updated",
)


def wish(topic: str) -> dict[str, Any]:
    """A topic as the subscriptions API asks for it; the version is a number there."""
    return {"name": topic, "version": VERSION}
