"""static-cdn.jtvnw.net: a drawn picture for every avatar, emote and preview, so that no browser goes outside."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from tests.fakes.pictures import draw
from tests.fakes.twitch.payloads import EMOTES

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
    return draw(name.partition("-")[0])


async def emote(request: web.Request) -> web.Response:
    """404 for an emote nobody knows, as at Twitch."""
    name = EMOTE_NAMES.get(request.match_info["emote"])
    if name is None:
        raise web.HTTPNotFound
    return draw(name, radius=32)
