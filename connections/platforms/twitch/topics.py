"""What we listen to at EventSub. A new topic is a line here, a function in `parse` and a fixture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Condition = Callable[[str], dict[str, str]]


def of_channel(channel_id: str) -> dict[str, str]:
    return {"broadcaster_user_id": channel_id}


def read_as_self(channel_id: str) -> dict[str, str]:
    return {"broadcaster_user_id": channel_id, "user_id": channel_id}


def moderate_as_self(channel_id: str) -> dict[str, str]:
    return {"broadcaster_user_id": channel_id, "moderator_user_id": channel_id}


def raid_to_channel(channel_id: str) -> dict[str, str]:
    return {"to_broadcaster_user_id": channel_id}


@dataclass(frozen=True, slots=True)
class Topic:
    """One subscription. `scope` is what it needs ("" for nothing), `condition` makes it from the channel's id."""

    type: str
    version: str
    scope: str = ""
    condition: Condition = of_channel


#: In the order they are subscribed to. The first must need no scope: a session without a subscription is closed
#: after ten seconds.
TOPICS: tuple[Topic, ...] = (
    Topic("stream.online", "1"),
    Topic("stream.offline", "1"),
    Topic("channel.chat.message", "1", "user:read:chat", read_as_self),
    Topic("channel.cheer", "1", "bits:read"),
    Topic("channel.subscribe", "1", "channel:read:subscriptions"),
    Topic("channel.subscription.gift", "1", "channel:read:subscriptions"),
    Topic("channel.subscription.message", "1", "channel:read:subscriptions"),
    Topic("channel.subscription.end", "1", "channel:read:subscriptions"),
    Topic("channel.follow", "2", "moderator:read:followers", moderate_as_self),
    Topic("channel.raid", "1", condition=raid_to_channel),
    Topic("channel.chat.message_delete", "1", "user:read:chat", read_as_self),
    Topic("channel.chat.clear_user_messages", "1", "user:read:chat", read_as_self),
    Topic("channel.chat.clear", "1", "user:read:chat", read_as_self),
)
