"""The EventSub topics Twitch knows: versions, conditions and the scopes they ask for."""

from __future__ import annotations

from typing import NamedTuple

BROADCASTER = frozenset({"broadcaster_user_id"})
READER = frozenset({"broadcaster_user_id", "user_id"})
MODERATOR = frozenset({"broadcaster_user_id", "moderator_user_id"})
REWARD = frozenset({"broadcaster_user_id", "reward_id"})
RAID_IN = frozenset({"to_broadcaster_user_id"})
RAID_OUT = frozenset({"from_broadcaster_user_id"})


class Topic(NamedTuple):
    """One type and version: the condition must have exactly one of these key sets, the token at
    least one of these scopes (none listed: any user token will do)."""

    type: str
    version: str
    conditions: tuple[frozenset[str], ...]
    scopes: tuple[str, ...] = ()

    def token_must_be(self, condition: dict[str, str]) -> str | None:
        """The id of the user whose token is needed; None when anybody's will do."""
        for key in ("user_id", "moderator_user_id"):
            if key in condition:
                return condition[key]
        return condition.get("broadcaster_user_id") if self.scopes else None


def _either(what: str) -> tuple[str, str]:
    return f"channel:read:{what}", f"channel:manage:{what}"


SHOUTOUTS = ("moderator:read:shoutouts", "moderator:manage:shoutouts")
SUBSCRIPTIONS = ("channel:read:subscriptions",)
REDEMPTION = "channel.channel_points_custom_reward_redemption"

TOPICS = (
    Topic("channel.chat.message", "1", (READER,), ("user:read:chat",)),
    Topic("channel.chat.message_delete", "1", (READER,), ("user:read:chat",)),
    Topic("channel.chat.clear", "1", (READER,), ("user:read:chat",)),
    Topic("channel.chat.clear_user_messages", "1", (READER,), ("user:read:chat",)),
    Topic("channel.chat.notification", "1", (READER,), ("user:read:chat",)),
    Topic("channel.follow", "2", (MODERATOR,), ("moderator:read:followers",)),
    Topic("channel.subscribe", "1", (BROADCASTER,), SUBSCRIPTIONS),
    Topic("channel.subscription.gift", "1", (BROADCASTER,), SUBSCRIPTIONS),
    Topic("channel.subscription.message", "1", (BROADCASTER,), SUBSCRIPTIONS),
    Topic("channel.subscription.end", "1", (BROADCASTER,), SUBSCRIPTIONS),
    Topic("channel.cheer", "1", (BROADCASTER,), ("bits:read",)),
    Topic("channel.bits.use", "1", (BROADCASTER,), ("bits:read",)),
    Topic("channel.raid", "1", (RAID_IN, RAID_OUT)),
    Topic(f"{REDEMPTION}.add", "1", (BROADCASTER, REWARD), _either("redemptions")),
    Topic(f"{REDEMPTION}.update", "1", (BROADCASTER, REWARD), _either("redemptions")),
    Topic("channel.ban", "1", (BROADCASTER,), ("channel:moderate",)),
    Topic("channel.unban", "1", (BROADCASTER,), ("channel:moderate",)),
    Topic("channel.update", "2", (BROADCASTER,)),
    Topic("stream.online", "1", (BROADCASTER,)),
    Topic("stream.offline", "1", (BROADCASTER,)),
    Topic("channel.hype_train.begin", "2", (BROADCASTER,), ("channel:read:hype_train",)),
    Topic("channel.hype_train.progress", "2", (BROADCASTER,), ("channel:read:hype_train",)),
    Topic("channel.hype_train.end", "2", (BROADCASTER,), ("channel:read:hype_train",)),
    Topic("channel.poll.begin", "1", (BROADCASTER,), _either("polls")),
    Topic("channel.poll.progress", "1", (BROADCASTER,), _either("polls")),
    Topic("channel.poll.end", "1", (BROADCASTER,), _either("polls")),
    Topic("channel.prediction.begin", "1", (BROADCASTER,), _either("predictions")),
    Topic("channel.prediction.progress", "1", (BROADCASTER,), _either("predictions")),
    Topic("channel.prediction.lock", "1", (BROADCASTER,), _either("predictions")),
    Topic("channel.prediction.end", "1", (BROADCASTER,), _either("predictions")),
    Topic("channel.shoutout.create", "1", (MODERATOR,), SHOUTOUTS),
    Topic("channel.shoutout.receive", "1", (MODERATOR,), SHOUTOUTS),
    Topic("channel.ad_break.begin", "1", (BROADCASTER,), ("channel:read:ads",)),
    Topic("channel.goal.begin", "1", (BROADCASTER,), ("channel:read:goals",)),
    Topic("channel.goal.progress", "1", (BROADCASTER,), ("channel:read:goals",)),
    Topic("channel.goal.end", "1", (BROADCASTER,), ("channel:read:goals",)),
)

KNOWN_SCOPES = frozenset(
    {scope for topic in TOPICS for scope in topic.scopes}
    | {
        "channel:bot",
        "channel:edit:commercial",
        "channel:manage:ads",
        "channel:manage:broadcast",
        "channel:manage:raids",
        "channel:manage:vips",
        "channel:read:vips",
        "clips:edit",
        "moderation:read",
        "moderator:manage:announcements",
        "moderator:manage:automod",
        "moderator:manage:banned_users",
        "moderator:manage:chat_messages",
        "moderator:manage:chat_settings",
        "moderator:manage:shield_mode",
        "moderator:manage:warnings",
        "moderator:read:chatters",
        "user:bot",
        "user:read:email",
        "user:read:emotes",
        "user:write:chat",
    }
)
