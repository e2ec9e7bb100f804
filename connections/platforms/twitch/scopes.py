"""The 27 rights Lumio asks a streamer for and the 8 it asks a bot for, each with what it is for. Facts: https://dev.twitch.tv/docs/authentication/scopes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.platforms.base import Scope

CHAT = _("chat")
EVENTS = _("events")
MODERATION = _("moderation")
REWARDS = _("channel point rewards")
POLLS = _("polls and predictions")
CHANNEL = _("running the channel")

SCOPES = (
    Scope("user:read:chat", _("Read your chat, and see when messages are deleted."), CHAT),
    Scope("user:write:chat", _("Send chat messages as you."), CHAT),
    Scope("channel:bot", _("Let the bot take part in your chat without being a moderator."), CHAT),
    Scope("bits:read", _("See cheers and who sent them."), EVENTS),
    Scope("channel:read:subscriptions", _("See subscriptions, resubscriptions and gifts."), EVENTS),
    Scope("moderator:read:followers", _("See new followers and since when somebody follows."), EVENTS),
    Scope("channel:read:redemptions", _("See which channel point rewards viewers redeem."), REWARDS),
    Scope("channel:manage:redemptions", _("Create rewards, and fulfil or refund redemptions."), REWARDS),
    Scope("channel:read:hype_train", _("See hype trains and their level."), EVENTS),
    Scope("channel:read:polls", _("See polls and their votes."), POLLS),
    Scope("channel:manage:polls", _("Start and end polls."), POLLS),
    Scope("channel:read:predictions", _("See predictions and what viewers bet."), POLLS),
    Scope("channel:manage:predictions", _("Start, lock, resolve and cancel predictions."), POLLS),
    Scope("channel:read:ads", _("See when an ad break begins and when the next one is due."), EVENTS),
    Scope("channel:edit:commercial", _("Start a commercial."), CHANNEL),
    Scope("channel:read:goals", _("See your creator goals and their progress."), EVENTS),
    Scope("moderator:read:shoutouts", _("See shoutouts that you give and receive."), EVENTS),
    Scope("moderator:manage:shoutouts", _("Give a shoutout to another channel."), CHANNEL),
    Scope("channel:manage:broadcast", _("Change title, category and tags, and set stream markers."), CHANNEL),
    Scope("channel:moderate", _("See bans, timeouts and unbans as they happen."), MODERATION),
    Scope("moderator:manage:banned_users", _("Ban viewers, time them out and lift both."), MODERATION),
    Scope("moderator:manage:chat_messages", _("Delete single messages, or clear the chat."), MODERATION),
    Scope(
        "moderator:manage:chat_settings",
        _("Switch slow mode and followers-only, subscribers-only or emote-only chat."),
        MODERATION,
    ),
    Scope("moderator:manage:announcements", _("Post announcements in your chat."), CHAT),
    Scope("moderator:read:chatters", _("See who is in your chat."), CHAT),
    Scope("channel:manage:raids", _("Start and cancel a raid."), CHANNEL),
    Scope("moderation:read", _("See your moderators and who is banned."), MODERATION),
)

BOT_SCOPES = (
    Scope("user:read:chat", _("Read the chat of the channels the bot is in."), CHAT),
    Scope("user:write:chat", _("Send chat messages as the bot."), CHAT),
    Scope("user:bot", _("Appear in chat as a bot."), CHAT),
    Scope(
        "moderator:manage:banned_users",
        _("Ban viewers, time them out and lift both, where the bot is a moderator."),
        MODERATION,
    ),
    Scope("moderator:manage:chat_messages", _("Delete messages, where the bot is a moderator."), MODERATION),
    Scope("moderator:manage:announcements", _("Post announcements, where the bot is a moderator."), CHAT),
    Scope("moderator:manage:shoutouts", _("Give shoutouts, where the bot is a moderator."), CHANNEL),
    Scope("moderator:read:chatters", _("See who is in the chat, where the bot is a moderator."), CHAT),
)
