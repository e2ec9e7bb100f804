from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class StreamPlatform(TextChoices):
    """The stream that tips belong to: the platforms with chat that `connections` knows, as slugs."""

    TWITCH = "twitch", "Twitch"
    YOUTUBE = "youtube", "YouTube"
    KICK = "kick", "Kick"
    TROVO = "trovo", "Trovo"


class TokenState(TextChoices):
    """What StreamElements said of a token last."""

    UNVERIFIED = "unverified", _("not verified yet")
    VERIFIED = "verified", _("verified")
    BROKEN = "broken", _("no longer accepted")
