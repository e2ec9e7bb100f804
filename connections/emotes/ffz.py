"""FrankerFaceZ, version 1 of its API: https://api.frankerfacez.com/docs. It knows channels of Twitch alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from connections.emotes.provider import MOST_EMOTES, Emote, Emotes, Provider, collected, fetch
from connections.platforms.failures import Unavailable
from lumio.lib.payload import items, mapping, number

NAME = "FrankerFaceZ"
MOST_SETS = 20


def everywhere() -> Emotes:
    """Of the sets that come, only the default ones are for everybody."""
    body = mapping(fetch(NAME, f"{settings.FFZ_API_URL}/set/global"))
    return _read(body, items(body.get("default_sets"), MOST_SETS))


def of_channel(platform: str, channel_id: str) -> Emotes:
    body = fetch(NAME, f"{settings.FFZ_API_URL}/room/id/{channel_id}")
    if body is None:
        return {}
    return _read(mapping(body), [mapping(mapping(body).get("room")).get("set")])


def _read(body: Any, chosen: list[Any]) -> Emotes:
    sets = mapping(body.get("sets"))
    if not sets:
        raise Unavailable(platform=NAME)
    return collected((entry.get("name"), _emote(entry)) for key in chosen for entry in _entries(sets.get(str(key))))


def _entries(emote_set: Any) -> Iterable[Any]:
    return map(mapping, items(mapping(emote_set).get("emoticons"), MOST_EMOTES))


def _emote(entry: Any) -> Emote | None:
    """None for one that is hidden: an effect upon another one."""
    emote_id = number(entry.get("id"))
    if emote_id is None or entry.get("hidden") is True:
        return None
    animated = mapping(entry.get("animated"))
    scale = 2 if "2" in (animated or mapping(entry.get("urls"))) else 1
    return Emote(
        provider="ffz",
        id=str(emote_id),
        url=f"{settings.FFZ_CDN_URL}/emote/{emote_id}/{'animated/' if animated else ''}{scale}",
        animated=bool(animated),
        zero_width=entry.get("modifier") is True,
    )


PROVIDER = Provider("ffz", everywhere, of_channel)
