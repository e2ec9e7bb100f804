"""What we listen to at EventSub. A new topic is a line here, a function in `parse` and a fixture.

Not among them: `channel.bits.use`, because it tells of every cheer once more.
"""

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


def raid_from_channel(channel_id: str) -> dict[str, str]:
    return {"from_broadcaster_user_id": channel_id}


@dataclass(frozen=True, slots=True)
class Topic:
    """One subscription. `scope` is what it needs ("" for nothing), `condition` makes it from the channel's id.

    Two topics may have one type and differ in their condition.
    """

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
    Topic("channel.raid", "1", condition=raid_from_channel),
    Topic("channel.chat.notification", "1", "user:read:chat", read_as_self),
    Topic("channel.chat.message_delete", "1", "user:read:chat", read_as_self),
    Topic("channel.chat.clear_user_messages", "1", "user:read:chat", read_as_self),
    Topic("channel.chat.clear", "1", "user:read:chat", read_as_self),
    Topic("channel.channel_points_custom_reward_redemption.add", "1", "channel:read:redemptions"),
    Topic("channel.channel_points_custom_reward_redemption.update", "1", "channel:read:redemptions"),
    Topic("channel.hype_train.begin", "2", "channel:read:hype_train"),
    Topic("channel.hype_train.progress", "2", "channel:read:hype_train"),
    Topic("channel.hype_train.end", "2", "channel:read:hype_train"),
    Topic("channel.poll.begin", "1", "channel:read:polls"),
    Topic("channel.poll.progress", "1", "channel:read:polls"),
    Topic("channel.poll.end", "1", "channel:read:polls"),
    Topic("channel.prediction.begin", "1", "channel:read:predictions"),
    Topic("channel.prediction.progress", "1", "channel:read:predictions"),
    Topic("channel.prediction.lock", "1", "channel:read:predictions"),
    Topic("channel.prediction.end", "1", "channel:read:predictions"),
    Topic("channel.shoutout.create", "1", "moderator:read:shoutouts", moderate_as_self),
    Topic("channel.shoutout.receive", "1", "moderator:read:shoutouts", moderate_as_self),
    Topic("channel.ban", "1", "channel:moderate"),
    Topic("channel.unban", "1", "channel:moderate"),
    Topic("channel.update", "2"),
    Topic("channel.ad_break.begin", "1", "channel:read:ads"),
    Topic("channel.goal.begin", "1", "channel:read:goals"),
    Topic("channel.goal.progress", "1", "channel:read:goals"),
    Topic("channel.goal.end", "1", "channel:read:goals"),
)
