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
    KICKS = "kicks", _("KICKs")
    JEWELS = "jewels", _("jewels")
    MANA = "mana", _("mana")
    ELIXIR = "elixir", _("elixir")
    MONTHS = "months", _("months")
    SUBS = "subs", _("subs")
    MEMBERSHIPS = "memberships", _("memberships")
    VIEWERS = "viewers", _("viewers")
    POINTS = "points", _("points")
    SECONDS = "seconds", _("seconds")
    LEVEL = "level", _("level")
    STREAMS = "streams", _("streams")


class Kind(TextChoices):
    """What happened, in the words of every platform's normalised table. `chat.*` goes to the chat log."""

    CHAT_MESSAGE = "chat.message", _("Chat message")
    CHAT_MESSAGE_DELETED = "chat.message_deleted", _("Chat message deleted")
    CHAT_USER_CLEARED = "chat.user_cleared", _("A viewer's messages deleted")
    CHAT_USER_RESTORED = "chat.user_restored", _("A viewer may write again")
    CHAT_CLEARED = "chat.cleared", _("Chat cleared")
    CHAT_ANNOUNCEMENT = "chat.announcement", _("Announcement in chat")
    FOLLOW = "follow", _("Follow")
    SUB = "sub", _("Subscription")
    SUB_RECEIVED_GIFT = "sub.received_gift", _("Gifted subscription received")
    RESUB = "resub", _("Resubscription")
    SUB_GIFT = "sub.gift", _("Gifted subscriptions")
    SUB_END = "sub.end", _("Subscription ended")
    SUB_GIFT_UPGRADE = "sub.gift_upgrade", _("Gifted subscription continued")
    SUB_PRIME_UPGRADE = "sub.prime_upgrade", _("Prime subscription continued")
    SUB_PAY_IT_FORWARD = "sub.pay_it_forward", _("Gift passed on")
    MEMBERSHIP = "membership", _("Membership")
    MEMBERSHIP_UPGRADE = "membership.upgrade", _("Membership upgraded")
    MEMBERSHIP_MILESTONE = "membership.milestone", _("Membership milestone")
    MEMBERSHIP_GIFT = "membership.gift", _("Gifted memberships")
    MEMBERSHIP_RECEIVED_GIFT = "membership.received_gift", _("Gifted membership received")
    TIP = "tip", _("Tip")
    SUPERCHAT = "superchat", _("Super Chat")
    CHEER = "cheer", _("Cheer")
    BITS_BADGE = "bits_badge", _("New bits badge")
    CHARITY_DONATION = "charity_donation", _("Donation to charity")
    RAID = "raid", _("Raid")
    RAID_OUT = "raid.out", _("Raid of another channel")
    SHOUTOUT_SENT = "shoutout.sent", _("Shoutout given")
    SHOUTOUT_RECEIVED = "shoutout.received", _("Shoutout received")
    WATCH_STREAK = "watch_streak", _("Watch streak")
    REDEMPTION = "redemption", _("Reward redeemed")
    REDEMPTION_UPDATE = "redemption.update", _("Redemption fulfilled or refunded")
    HYPETRAIN_BEGIN = "hypetrain.begin", _("Hype train started")
    HYPETRAIN_PROGRESS = "hypetrain.progress", _("Hype train goes on")
    HYPETRAIN_END = "hypetrain.end", _("Hype train ended")
    GOAL_BEGIN = "goal.begin", _("Goal set")
    GOAL_PROGRESS = "goal.progress", _("Goal comes closer")
    GOAL_END = "goal.end", _("Goal ended")
    POLL_BEGIN = "poll.begin", _("Poll started")
    POLL_PROGRESS = "poll.progress", _("Poll goes on")
    POLL_END = "poll.end", _("Poll ended")
    PREDICTION_BEGIN = "prediction.begin", _("Prediction started")
    PREDICTION_PROGRESS = "prediction.progress", _("Prediction goes on")
    PREDICTION_LOCK = "prediction.lock", _("Prediction locked")
    PREDICTION_END = "prediction.end", _("Prediction ended")
    EVENT_THANKED = "event.thanked", _("Somebody thanked")
    MOD_BAN = "mod.ban", _("Ban")
    MOD_TIMEOUT = "mod.timeout", _("Timeout")
    MOD_UNBAN = "mod.unban", _("Ban or timeout lifted")
    AD_BEGIN = "ad.begin", _("Ad break")
    STREAM_ONLINE = "stream.online", _("Stream started")
    STREAM_OFFLINE = "stream.offline", _("Stream ended")
    STREAM_UPDATE = "stream.update", _("Title or category changed")
    TOOL_EVENT = "tool.event", _("Event of a tool beside the stream")
    SOURCE_GAP = "source.gap", _("Not delivered for a while")
    UNKNOWN = "unknown", _("Something new")

    @property
    def log(self) -> Log:
        return Log.CHAT if self.value.startswith("chat.") else Log.EVENTS


#: What somebody is thanked for. Not for a redemption, which is fulfilled or refunded instead.
THANKED_FOR = frozenset(
    {
        Kind.FOLLOW,
        Kind.SUB,
        Kind.RESUB,
        Kind.SUB_GIFT,
        Kind.SUB_GIFT_UPGRADE,
        Kind.SUB_PRIME_UPGRADE,
        Kind.SUB_PAY_IT_FORWARD,
        Kind.MEMBERSHIP,
        Kind.MEMBERSHIP_UPGRADE,
        Kind.MEMBERSHIP_MILESTONE,
        Kind.MEMBERSHIP_GIFT,
        Kind.TIP,
        Kind.SUPERCHAT,
        Kind.CHEER,
        Kind.BITS_BADGE,
        Kind.CHARITY_DONATION,
        Kind.RAID,
        Kind.SHOUTOUT_RECEIVED,
        Kind.WATCH_STREAK,
    }
)


class SourceState(TextChoices):
    """How an upstream connection is doing, as its card says it."""

    STARTING = "starting", _("starting")
    DELIVERING = "delivering", _("delivering")
    RECONNECTING = "reconnecting", _("reconnecting")
    STOPPED = "stopped", _("not delivering")
