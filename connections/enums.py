from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Purpose(TextChoices):
    """What a grant is for: the streamer's own channel, or a custom bot's identity."""

    CHANNEL = "channel", _("channel")
    BOT = "bot", _("bot")


class Use(TextChoices):
    """What an operator can switch off at a platform."""

    CHANNEL = "channel", _("channels")
    BOT = "bot", _("bots")
    LOGIN = "login", _("signing in to Lumio")


class GrantState(TextChoices):
    """Whether the stored tokens still work."""

    CONNECTED = "connected", _("Connected")
    NEEDS_SIGN_IN = "needs_sign_in", _("Reconnect needed")
    CREDENTIALS_REJECTED = "credentials_rejected", _("App credentials rejected")
