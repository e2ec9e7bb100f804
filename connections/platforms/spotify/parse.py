"""Spotify's player as JSON → what plays. Pure functions, which never raise."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from connections.platforms.playing import Command, Device, Item, ItemKind, Playback
from lumio.lib.payload import ID_LENGTH, NAME_LENGTH, TITLE_LENGTH, Payload, items, mapping, number, text

#: What Spotify calls them in `actions.disallows`.
DISALLOWS = {
    "resuming": Command.PLAY,
    "pausing": Command.PAUSE,
    "skipping_next": Command.NEXT,
    "skipping_prev": Command.PREVIOUS,
}
MOST_ARTISTS, MOST_IMAGES, MOST_DEVICES = 20, 10, 50
URL_LENGTH = 500


def playback(body: Payload) -> Playback:
    """An answer of `GET /me/player`."""
    disallows = mapping(mapping(body.get("actions")).get("disallows"))
    return Playback(
        is_playing=body.get("is_playing") is True,
        item=_item(body.get("item"), body.get("currently_playing_type")),
        progress_ms=number(body.get("progress_ms")),
        device=device(body["device"]) if mapping(body.get("device")) else None,
        refuses=frozenset(command for name, command in DISALLOWS.items() if disallows.get(name) is True),
    )


def devices(body: Payload) -> list[Device]:
    """An answer of `GET /me/player/devices`."""
    return [device(mapping(one)) for one in items(body.get("devices"), MOST_DEVICES)]


def device(given: Payload) -> Device:
    volume = number(given.get("volume_percent"))
    return Device(
        id=text(given.get("id"), ID_LENGTH),
        name=text(given.get("name"), NAME_LENGTH),
        type=text(given.get("type"), NAME_LENGTH),
        volume=None if volume is None else min(volume, 100),
        # A device of before the field was there takes one.
        can_volume=given.get("supports_volume") is not False and volume is not None,
        is_active=given.get("is_active") is True,
        is_private=given.get("is_private_session") is True,
        is_restricted=given.get("is_restricted") is True,
    )


def _item(given: Any, playing: Any) -> Item | None:
    """`item` is null during an advertisement, for what Spotify does not name, and while it loads."""
    if playing == "ad":
        return Item(ItemKind.AD)
    if not mapping(given):
        return Item(ItemKind.UNKNOWN) if playing == "unknown" else None
    album, show = mapping(given.get("album")), mapping(given.get("show"))
    is_episode = given.get("type") == "episode" or bool(show)
    artists = [text(mapping(one).get("name"), NAME_LENGTH) for one in items(given.get("artists"), MOST_ARTISTS)]
    images = items(given.get("images"), MOST_IMAGES) or items((show or album).get("images"), MOST_IMAGES)
    return Item(
        kind=ItemKind.EPISODE if is_episode else ItemKind.TRACK,
        title=text(given.get("name"), TITLE_LENGTH),
        subtitle=text(show.get("name"), NAME_LENGTH) if is_episode else ", ".join(filter(None, artists))[:TITLE_LENGTH],
        image=_largest(images),
        duration_ms=number(given.get("duration_ms")),
        link=_address(mapping(given.get("external_urls")).get("spotify")),
        explicit=given.get("explicit") is True,
    )


def _largest(images: list[Any]) -> str:
    """The address of the widest; the first of those that do not say."""
    ranked = sorted(map(mapping, images), key=lambda image: number(image.get("width")) or 0, reverse=True)
    return next(filter(None, (_address(image.get("url")) for image in ranked)), "")


def _address(value: Any) -> str:
    """A web address; a browser is to follow it."""
    url = text(value, URL_LENGTH)
    try:
        return url if urlsplit(url).scheme in ("https", "http") else ""
    except ValueError:
        return ""
