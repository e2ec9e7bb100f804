"""7TV, version 3 of its API: https://7tv.io/docs."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from connections.emotes.provider import MOST_EMOTES, Emote, Emotes, Provider, collected, fetch, is_id
from connections.platforms.failures import Unavailable
from lumio.lib.payload import items, mapping, number

NAME = "7TV"
#: Of the flags of an emote in a set, and of those of the emote itself.
ZERO_WIDTH, ALWAYS_ZERO_WIDTH = 1 << 0, 1 << 8


def everywhere() -> Emotes:
    return _read(mapping(fetch(NAME, f"{settings.SEVENTV_API_URL}/emote-sets/global")))


def of_channel(platform: str, channel_id: str) -> Emotes:
    body = fetch(NAME, f"{settings.SEVENTV_API_URL}/users/{platform}/{channel_id}")
    if body is None:
        return {}
    user = mapping(body)
    if "emote_set" not in user:
        raise Unavailable(platform=NAME)
    active = mapping(user["emote_set"])
    return _read(active) if active.get("emotes") else {}


def _read(emote_set: Any) -> Emotes:
    if not isinstance(emote_set.get("emotes"), list):
        raise Unavailable(platform=NAME)
    entries = map(mapping, items(emote_set["emotes"], MOST_EMOTES))
    return collected((entry.get("name"), _emote(entry)) for entry in entries)


def _emote(entry: Any) -> Emote | None:
    """The name is the one it has in this set; who made it may call it otherwise."""
    emote_id, data = entry.get("id"), mapping(entry.get("data"))
    if not is_id(emote_id):
        return None
    is_over = (number(entry.get("flags")) or 0) & ZERO_WIDTH or (number(data.get("flags")) or 0) & ALWAYS_ZERO_WIDTH
    return Emote(
        provider="7tv",
        id=emote_id,
        url=f"{settings.SEVENTV_CDN_URL}/emote/{emote_id}/2x.webp",
        animated=data.get("animated") is True,
        zero_width=bool(is_over),
    )


PROVIDER = Provider("7tv", everywhere, of_channel)
