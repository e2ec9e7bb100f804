"""The environment that points Lumio at the stand-ins."""

from __future__ import annotations

from urllib.parse import urlsplit


def environment(url: str) -> dict[str, str]:
    """Lumio's outside addresses, all at one stand-in (or at a fault proxy in front of it).

    `url` is its root, e.g. `http://127.0.0.1:9100`.
    """
    address = urlsplit(url).netloc
    return {
        "TWITCH_AUTH_URL": f"http://{address}/oauth2",
        "TWITCH_API_URL": f"http://{address}/helix",
        "TWITCH_EVENTSUB_API_URL": f"http://{address}/helix",
        "TWITCH_EVENTSUB_WS_URL": f"ws://{address}/eventsub/ws",
        "TWITCH_CDN_URL": f"http://{address}",
    }
