"""The 6 rights Lumio asks a streamer for and the 2 it asks a bot for, each with what it is for. Facts: https://docs.kick.com/getting-started/scopes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.platforms.base import Scope

IDENTITY = _("knowing whose channel it is")
STATUS = _("stream status")
CHAT = _("chat")
EVENTS = _("chat and events")
MODERATION = _("moderation")

SCOPES = (
    Scope("user:read", _("See your name and picture."), IDENTITY),
    Scope("channel:read", _("See whether you are live, with title, category and viewers."), STATUS),
    Scope("chat:write", _("Send chat messages as you."), CHAT),
    Scope(
        "events:subscribe",
        _("Hear of chat messages, follows, subscriptions, gifts, KICKs, rewards and bans on your channel."),
        EVENTS,
    ),
    Scope("moderation:ban", _("Ban viewers, time them out and lift both."), MODERATION),
    Scope("moderation:chat_message:manage", _("Delete single messages."), MODERATION),
)

BOT_SCOPES = (
    Scope("user:read", _("See the bot's name and picture."), IDENTITY),
    Scope("chat:write", _("Send chat messages as the bot."), CHAT),
)
