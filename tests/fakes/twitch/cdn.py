"""static-cdn.jtvnw.net: a drawn picture for every avatar, emote and preview, so that no browser goes outside."""

from __future__ import annotations

import html
import zlib
from collections.abc import Iterable

from aiohttp import web

from tests.fakes.twitch.payloads import EMOTES

PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="{radius}" '
    'fill="hsl({hue} 55% 45%)"/><text x="32" y="45" font-size="36" text-anchor="middle" fill="#fff" '
    'font-family="sans-serif">{letter}</text></svg>'
)
EMOTE_NAMES = {emote_id: name for name, emote_id in EMOTES.items()}


def avatar_url(host: str, login: str, size: str = "300x300") -> str:
    return f"http://{host}/jtv_user_pictures/{login}-profile_image-{size}.png"


def preview_url(host: str, login: str) -> str:
    """With Twitch's own placeholders for the size."""
    return f"http://{host}/previews-ttv/live_user_{login}-{{width}}x{{height}}.jpg"


def routes() -> Iterable[web.AbstractRouteDef]:
    return [
        web.get("/jtv_user_pictures/{name}", picture),
        web.get("/previews-ttv/{name}", picture),
        web.get("/emoticons/v2/{emote}/{format}/{theme}/{scale}", emote),
    ]


async def picture(request: web.Request) -> web.Response:
    name = request.match_info["name"].removeprefix("live_user_")
    return _draw(name.partition("-")[0], radius=0)


async def emote(request: web.Request) -> web.Response:
    """404 for an emote nobody knows, as at Twitch."""
    name = EMOTE_NAMES.get(request.match_info["emote"])
    if name is None:
        raise web.HTTPNotFound
    return _draw(name, radius=32)


def _draw(name: str, *, radius: int) -> web.Response:
    """The first letter on a colour that stays the same; an SVG whatever the URL ends with."""
    hue = zlib.crc32(name.encode()) % 360
    image = PICTURE.format(radius=radius, hue=hue, letter=html.escape(name[:1].upper()))
    return web.Response(text=image, content_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})
