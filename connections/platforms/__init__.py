"""The registry. A platform is a package here, a line in `PLATFORMS`, an icon, fixtures and a page of documentation."""

from __future__ import annotations

from connections.platforms.base import Platform
from connections.platforms.kick import Kick
from connections.platforms.spotify import Spotify
from connections.platforms.trovo import Trovo
from connections.platforms.twitch import Twitch
from connections.platforms.youtube import YouTube

PLATFORMS: dict[str, Platform] = {
    platform.slug: platform for platform in (Twitch(), YouTube(), Kick(), Trovo(), Spotify())
}


def name_of(slug: str) -> str:
    """What people call it; the slug itself for a platform that this version does not have (any more)."""
    return PLATFORMS[slug].name if slug in PLATFORMS else slug
