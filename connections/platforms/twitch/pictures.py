"""What Twitch's badges, cheermotes and emotes look like.

Facts: https://dev.twitch.tv/docs/api/reference/#get-channel-chat-badges, #get-cheermotes, and
https://dev.twitch.tv/docs/chat/send-receive-messages/#getting-emotes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings

from connections.platforms.failures import Unavailable
from connections.platforms.twitch import api
from lumio.lib.payload import ID_LENGTH, NAME_LENGTH, Payload, colour, items, mapping, number, text

if TYPE_CHECKING:
    from connections.platforms.base import Badges, Cheermotes
    from connections.platforms.listening import Access

MOST_SETS, MOST_VERSIONS, MOST_PREFIXES, MOST_TIERS = 2_000, 500, 500, 20
URL_LENGTH = 500


def emote_url(emote_id: str) -> str:
    """Animated where there is such a picture; on dark pages, where chat is."""
    return f"{settings.TWITCH_CDN_URL}/emoticons/v2/{quote(emote_id, safe='')}/default/dark/2.0"


def badges(access: Access, channel_id: str) -> Badges:
    """Those of a channel, or without one those that all channels have. Raises PlatformFailure."""
    found: Badges = {}
    path, asked = ("/chat/badges", {"broadcaster_id": channel_id}) if channel_id else ("/chat/badges/global", {})
    for badge in map(mapping, _rows(access, path, asked, MOST_SETS)):
        for version in map(mapping, items(badge.get("versions"), MOST_VERSIONS)):
            key = text(badge.get("set_id"), ID_LENGTH), text(version.get("id"), ID_LENGTH)
            if all(key) and (url := _url(version, "image_url_2x")):
                found[key] = url, text(version.get("title"), NAME_LENGTH)
    return found


def cheermotes(access: Access, channel_id: str) -> Cheermotes:
    """What the viewers of a channel may cheer with. Raises PlatformFailure."""
    found: Cheermotes = {}
    for mote in map(mapping, _rows(access, "/bits/cheermotes", {"broadcaster_id": channel_id}, MOST_PREFIXES)):
        tiers = [
            (bits, url, colour(tier.get("color")))
            for tier in map(mapping, items(mote.get("tiers"), MOST_TIERS))
            if (bits := number(tier.get("min_bits"))) is not None and (url := _cheer_url(tier))
        ]
        if (prefix := text(mote.get("prefix"), ID_LENGTH).lower()) and tiers:
            found[prefix] = sorted(tiers)
    return found


def _rows(access: Access, path: str, asked: dict[str, str], most: int) -> list[Any]:
    rows = api.get(path, access.token, access.client_id, **asked).get("data")
    if not isinstance(rows, list):
        raise Unavailable(platform=api.NAME)
    return items(rows, most)


def _cheer_url(tier: Payload) -> str:
    dark = mapping(mapping(tier.get("images")).get("dark"))
    return _url(mapping(dark.get("animated")), "2") or _url(mapping(dark.get("static")), "2")


def _url(pictures: Payload, name: str) -> str:
    address = text(pictures.get(name), URL_LENGTH)
    return address if address.startswith(("https://", "http://")) else ""
