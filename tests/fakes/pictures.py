"""A drawn picture wherever a platform's own address would show one, so that no browser goes outside."""

from __future__ import annotations

import html
import zlib
from collections.abc import Iterable

from aiohttp import web

PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="{radius}" '
    'fill="hsl({hue} 55% 45%)"/><text x="32" y="45" font-size="36" text-anchor="middle" fill="#fff" '
    'font-family="sans-serif">{letter}</text></svg>'
)


def routes(*patterns: str) -> Iterable[web.AbstractRouteDef]:
    """Pictures at these paths, each with a `{name}` in it."""
    return [web.get(pattern, picture) for pattern in patterns]


async def picture(request: web.Request) -> web.Response:
    return draw(request.match_info["name"])


def draw(name: str, *, radius: int = 0) -> web.Response:
    """The first letter on a colour that stays the same; an SVG whatever the URL ends with."""
    hue = zlib.crc32(name.encode()) % 360
    image = PICTURE.format(radius=radius, hue=hue, letter=html.escape(name[:1].upper()))
    return web.Response(text=image, content_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})
