from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Log(TextChoices):
    """The two logs of an account. Each has its own gap-free `seq`."""

    EVENTS = "events", _("Events")
    CHAT = "chat", _("Chat")


class Origin(TextChoices):
    """Where an event came from. Only LIVE and TEST are alerts; the rest is history."""

    LIVE = "live", _("live")
    BACKFILL = "backfill", _("fetched afterwards")
    REPLAY = "replay", _("replayed by the platform")
    TEST = "test", _("test")


class Unit(TextChoices):
    """What `amount` counts. MONEY is in minor units of `currency`."""

    NONE = "", ""
    MONEY = "money", _("money")
    BITS = "bits", _("bits")
    MONTHS = "months", _("months")
    SUBS = "subs", _("subs")
    VIEWERS = "viewers", _("viewers")
    POINTS = "points", _("points")
    SECONDS = "seconds", _("seconds")
    LEVEL = "level", _("level")


class Kind(TextChoices):
    """What happened, in the words of every platform's normalised table. `chat.*` goes to the chat log."""

    CHAT_MESSAGE = "chat.message", _("Chat message")
    CHAT_MESSAGE_DELETED = "chat.message_deleted", _("Chat message deleted")
    CHAT_USER_CLEARED = "chat.user_cleared", _("A viewer's messages deleted")
    CHAT_CLEARED = "chat.cleared", _("Chat cleared")
    FOLLOW = "follow", _("Follow")
    SUB = "sub", _("Subscription")
    SUB_RECEIVED_GIFT = "sub.received_gift", _("Gifted subscription received")
    RESUB = "resub", _("Resubscription")
    SUB_GIFT = "sub.gift", _("Gifted subscriptions")
    SUB_END = "sub.end", _("Subscription ended")
    CHEER = "cheer", _("Cheer")
    RAID = "raid", _("Raid")
    STREAM_ONLINE = "stream.online", _("Stream started")
    STREAM_OFFLINE = "stream.offline", _("Stream ended")
    SOURCE_GAP = "source.gap", _("Not delivered for a while")
    UNKNOWN = "unknown", _("Something new")

    @property
    def log(self) -> Log:
        return Log.CHAT if self.value.startswith("chat.") else Log.EVENTS


class SourceState(TextChoices):
    """How an upstream connection is doing, as its card says it."""

    STARTING = "starting", _("starting")
    DELIVERING = "delivering", _("delivering")
    RECONNECTING = "reconnecting", _("reconnecting")
    STOPPED = "stopped", _("not delivering")
