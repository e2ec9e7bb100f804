"""The 2 rights Lumio asks a streamer for and the one it asks a bot for, each with what it is for. Facts: https://developers.google.com/youtube/v3/live/authentication."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.platforms.base import Scope

READ = "https://www.googleapis.com/auth/youtube.readonly"
WRITE = "https://www.googleapis.com/auth/youtube.force-ssl"

#: The second contains the first; asking for both lets people decline writing and still read.
SCOPES = (
    Scope(READ, _("See your channel, your live streams, their chat, Super Chats and members."), _("chat and events")),
    Scope(
        WRITE,
        _("Send and delete chat messages, ban viewers, and change title and category."),
        _("sending and moderation"),
    ),
)

BOT_SCOPES = (Scope(WRITE, _("Send chat messages as the bot."), _("chat")),)
