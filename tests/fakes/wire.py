"""The environment that points Lumio at the stand-ins."""

from __future__ import annotations

from urllib.parse import urlsplit

#: Setting and address, by platform; `{}` is host and port.
ADDRESSES = {
    "twitch": {
        "TWITCH_AUTH_URL": "http://{}/oauth2",
        "TWITCH_API_URL": "http://{}/helix",
        "TWITCH_EVENTSUB_API_URL": "http://{}/helix",
        "TWITCH_EVENTSUB_WS_URL": "ws://{}/eventsub/ws",
        "TWITCH_CDN_URL": "http://{}",
        "TWITCH_CHEER_CDN_URL": "http://{}",
    },
    "youtube": {
        "YOUTUBE_AUTH_URL": "http://{}",
        "YOUTUBE_TOKEN_URL": "http://{}",
        "YOUTUBE_API_URL": "http://{}/youtube/v3",
        "YOUTUBE_CDN_URL": "http://{}",
    },
    "kick": {"KICK_AUTH_URL": "http://{}", "KICK_API_URL": "http://{}", "KICK_FILES_URL": "http://{}"},
    "trovo": {
        "TROVO_AUTH_URL": "http://{}",
        "TROVO_API_URL": "http://{}/openplatform",
        "TROVO_CHAT_URL": "ws://{}/chat",
        "TROVO_CDN_URL": "http://{}",
    },
    "spotify": {"SPOTIFY_AUTH_URL": "http://{}", "SPOTIFY_API_URL": "http://{}/v1", "SPOTIFY_CDN_URL": "http://{}"},
    "discord": {"DISCORD_API_URL": "http://{}/api/v10", "DISCORD_CDN_URL": "http://{}"},
    "emotes": {
        "SEVENTV_API_URL": "http://{}/7tv/v3",
        "SEVENTV_CDN_URL": "http://{}",
        "BTTV_API_URL": "http://{}/bttv/3",
        "BTTV_CDN_URL": "http://{}",
        "FFZ_API_URL": "http://{}/ffz/v1",
        "FFZ_CDN_URL": "http://{}",
    },
    "streamelements": {
        "STREAMELEMENTS_API_URL": "http://{}/kappa/v2",
        "STREAMELEMENTS_ASTRO_URL": "ws://{}/astro",
        "STREAMELEMENTS_REALTIME_URL": "ws://{}/realtime",
    },
}


def environment(
    twitch: str | None = None,
    *,
    youtube: str | None = None,
    kick: str | None = None,
    trovo: str | None = None,
    spotify: str | None = None,
    discord: str | None = None,
    emotes: str | None = None,
    streamelements: str | None = None,
) -> dict[str, str]:
    """Lumio's outside addresses at these stand-ins (or at fault proxies in front of them); the others stay as they are.

    Each is named by its root, e.g. `http://127.0.0.1:9100`.
    """
    given = {
        "twitch": twitch,
        "youtube": youtube,
        "kick": kick,
        "trovo": trovo,
        "spotify": spotify,
        "discord": discord,
        "emotes": emotes,
        "streamelements": streamelements,
    }
    return {
        name: address.format(urlsplit(url).netloc)
        for platform, url in given.items()
        if url is not None
        for name, address in ADDRESSES[platform].items()
    }
