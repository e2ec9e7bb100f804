"""What badges and cheermotes look like: helix/chat/badges, helix/bits/cheermotes, and the pictures they name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.oauth import AccessToken
from tests.fakes.pictures import draw
from tests.fakes.twitch.gate import Gate, HelixError
from tests.fakes.twitch.payloads import CHEER_TIERS
from tests.fakes.twitch.state import State

#: Sets that all channels have, with their versions and what each is called.
EVERYWHERE = {
    "broadcaster": {"1": "Broadcaster"},
    "moderator": {"1": "Moderator"},
    "vip": {"1": "VIP"},
    "subscriber": {"0": "Subscriber", "12": "1-Year Subscriber"},
}
#: Those that a channel with subscribers has drawn for itself.
OF_CHANNEL = {"subscriber": {"0": "Subscriber", "3": "3-Month Subscriber", "12": "1-Year Subscriber"}}
COLOURS = {1: "#979797", 2: "#9c3ee8", 3: "#1db2a5", 4: "#0099fe", 5: "#f43021"}


class Looks:
    def __init__(self, state: State, gate: Gate) -> None:
        self.state = state
        self.gate = gate

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        guarded = self.gate.guarded
        return [
            web.get("/helix/chat/badges/global", guarded(self.badges)),
            web.get("/helix/chat/badges", guarded(self.own_badges)),
            web.get("/helix/bits/cheermotes", guarded(self.cheermotes)),
            web.get("/badges/v1/{name}/{scale}", picture),
            web.get("/actions/{name}/{theme}/{format}/{bits}/{file}", picture),
        ]

    async def badges(self, request: web.Request, token: AccessToken) -> web.Response:
        return _answer(_badge(request.host, "all", *one) for one in EVERYWHERE.items())

    async def own_badges(self, request: web.Request, token: AccessToken) -> web.Response:
        """Of any channel, not only the token's."""
        channel = self.state.users.get(request.query.get("broadcaster_id", ""))
        if channel is None:
            raise HelixError(400, 'Missing required parameter "broadcaster_id"')
        own = OF_CHANNEL.items() if channel.broadcaster_type else ()
        return _answer(_badge(request.host, channel.login, *one) for one in own)

    async def cheermotes(self, request: web.Request, token: AccessToken) -> web.Response:
        return _answer([{"prefix": "Cheer", "type": "global_first_party", "order": 1, "tiers": _tiers(request.host)}])


def _badge(host: str, owner: str, name: str, versions: dict[str, str]) -> dict[str, Any]:
    return {
        "set_id": name,
        "versions": [
            {
                "id": version,
                "title": title,
                "description": title,
                "click_action": None,
                "click_url": None,
                **{
                    f"image_url_{scale}x": f"http://{host}/badges/v1/{owner}-{name}-{version}/{scale}"
                    for scale in (1, 2, 4)
                },
            }
            for version, title in versions.items()
        ],
    }


def _tiers(host: str) -> list[dict[str, Any]]:
    """With the least bits first, as Twitch lists them."""
    return [
        {
            "min_bits": least,
            "id": str(least),
            "color": COLOURS[number],
            "can_cheer": True,
            "images": {
                theme: {
                    kind: {
                        scale: f"http://{host}/actions/cheer/{theme}/{kind}/{least}/{scale}.gif"
                        for scale in ("1", "1.5", "2", "3", "4")
                    }
                    for kind in ("animated", "static")
                }
                for theme in ("dark", "light")
            },
        }
        for number, least in sorted(CHEER_TIERS.items())
    ]


def _answer(rows: Iterable[dict[str, Any]]) -> web.Response:
    return web.json_response({"data": list(rows)})


async def picture(request: web.Request) -> web.Response:
    return draw(request.match_info["name"].partition("-")[2] or "cheer", radius=12)
