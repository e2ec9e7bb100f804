"""The 2 rights Lumio asks a streamer for, and the same 2 of a bot. Facts: https://developer.trovo.live/docs/APIs.html.

Moderation (`manage_messages`) and a bot that writes into another's channel (`send_to_my_channel`) would need more.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.platforms.base import Scope

CHAT = _("chat")
IDENTITY = _("telling which channel it is")

SCOPES = (
    Scope("chat_send_self", _("Send chat messages as you."), CHAT),
    Scope("user_details_self", _("See your name, your picture and which channel is yours."), IDENTITY),
)

BOT_SCOPES = (
    Scope("chat_send_self", _("Send chat messages as the bot."), CHAT),
    Scope("user_details_self", _("See the bot's name and picture."), IDENTITY),
)
