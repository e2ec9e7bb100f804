from __future__ import annotations

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission


class Purpose(TextChoices):
    """What a grant is for: the streamer's own channel, or a custom bot's identity."""

    CHANNEL = "channel", _("channel")
    BOT = "bot", _("bot")


#: What connecting for each purpose asks for.
ASKS = {Purpose.CHANNEL: Permission.CONNECTIONS_EDIT, Purpose.BOT: Permission.BOT_CONNECTIONS_CREATE}


class LinkLifetime(TextChoices):
    """For how long a one-time link can be made."""

    HOUR = "1h", _("1 hour")
    DAY = "24h", _("24 hours")
    WEEK = "7d", _("7 days")

    @property
    def length(self) -> timedelta:
        return {self.HOUR: timedelta(hours=1), self.DAY: timedelta(days=1), self.WEEK: timedelta(days=7)}[self]


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


class Act(TextChoices):
    """What is done in a platform's chat."""

    SEND = "send", _("send messages")
    REPLY = "reply", _("reply")
    DELETE = "delete", _("delete messages")
    TIMEOUT = "timeout", _("time viewers out")
    BAN = "ban", _("ban viewers")
    UNBAN = "unban", _("lift bans and timeouts")


class OrderState(TextChoices):
    """What became of something that was asked of a platform's chat."""

    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Voice(TextChoices):
    """As what a message goes out."""

    CUSTOM = "custom", _("custom bot")
    GLOBAL = "global", _("bot of this Lumio")
    CHANNEL = "channel", _("channel")
