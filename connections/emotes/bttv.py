"""BetterTTV, version 3 of its API: https://betterttv.com/developers/api."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from connections.emotes.provider import MOST_EMOTES, Emote, Emotes, Provider, collected, fetch, is_id
from connections.platforms.failures import Unavailable
from lumio.lib.payload import items, mapping

NAME = "BetterTTV"
#: Its API does not say which of its emotes lie over the one before them.
ZERO_WIDTH = frozenset({"SoSnowy", "IceCold", "SantaHat", "TopHat", "ReinDeer", "CandyCane", "cvMask", "cvHazmat"})


def everywhere() -> Emotes:
    return _read(fetch(NAME, f"{settings.BTTV_API_URL}/cached/emotes/global"))


def of_channel(platform: str, channel_id: str) -> Emotes:
    """The channel's own, and those of others that it has chosen."""
    body = fetch(NAME, f"{settings.BTTV_API_URL}/cached/users/{platform}/{channel_id}")
    if body is None:
        return {}
    user = mapping(body)
    return {**_read(user.get("sharedEmotes")), **_read(user.get("channelEmotes"))}


def _read(emotes: Any) -> Emotes:
    if not isinstance(emotes, list):
        raise Unavailable(platform=NAME)
    entries = map(mapping, items(emotes, MOST_EMOTES))
    return collected((entry.get("code"), _emote(entry)) for entry in entries)


def _emote(entry: Any) -> Emote | None:
    """None for a modifier, which turns or shakes the emote after it: that is not drawn."""
    emote_id, word = entry.get("id"), entry.get("code")
    is_over = isinstance(word, str) and word in ZERO_WIDTH
    if not is_id(emote_id) or (entry.get("modifier") is True and not is_over):
        return None
    return Emote(
        provider="bttv",
        id=emote_id,
        url=f"{settings.BTTV_CDN_URL}/emote/{emote_id}/2x.webp",
        animated=entry.get("animated") is True or entry.get("imageType") == "gif",
        zero_width=is_over,
    )


PROVIDER = Provider("bttv", everywhere, of_channel)
