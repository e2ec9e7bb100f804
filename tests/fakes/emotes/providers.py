"""`Emotes`, the stand-in itself: three providers, each below a path of its own, and one place for all pictures."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes import pictures
from tests.fakes.server import Settings, StandIn, verb

PROVIDERS = ("7tv", "bttv", "ffz")
EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Emote:
    id: str
    animated: bool = False
    zero_width: bool = False


class Emotes(StandIn):
    """A set is that of everybody, or of a channel as `twitch:31337`; a channel without one is not known."""

    def __init__(self) -> None:
        super().__init__()
        self._settings = Settings()
        self._sets: dict[tuple[str, str], dict[str, Emote]] = defaultdict(dict)
        self._ids = 0

    @property
    def settings(self) -> Settings:
        return self._settings

    def snapshot(self) -> dict[str, Any]:
        return {
            f"{provider} {place}": {word: dataclasses.asdict(emote) for word, emote in emotes.items()}
            for (provider, place), emotes in self._sets.items()
        }

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/7tv/v3/emote-sets/global", self.seventv_global),
            web.get("/7tv/v3/users/{platform}/{channel}", self.seventv_user),
            web.get("/bttv/3/cached/emotes/global", self.bttv_global),
            web.get("/bttv/3/cached/users/{platform}/{channel}", self.bttv_user),
            web.get("/ffz/v1/set/global", self.ffz_global),
            web.get("/ffz/v1/room/id/{channel}", self.ffz_room),
            web.get("/emote/{id}/{file:.+}", self.picture),
        ]

    # What can happen

    @verb
    def add(
        self, provider: str, word: str, *, channel: str = EVERYWHERE, animated: bool = False, zero_width: bool = False
    ) -> str:
        """An emote for everybody, or for a channel as `twitch:31337`; its id."""
        if provider not in PROVIDERS:
            raise LookupError(f"no provider {provider}")
        self._ids += 1
        # FFZ counts, the others write hexadecimal numbers that say when.
        emote_id = str(1_000 + self._ids) if provider == "ffz" else f"60ae958e229664e86c7b{self._ids:04x}"
        self._sets[provider, channel][word] = Emote(emote_id, animated, zero_width)
        return emote_id

    @verb
    def remove(self, provider: str, word: str, *, channel: str = EVERYWHERE) -> None:
        del self._sets[provider, channel][word]

    # 7TV

    async def seventv_global(self, request: web.Request) -> web.Response:
        return web.json_response(self._seventv_set(EVERYWHERE))

    async def seventv_user(self, request: web.Request) -> web.Response:
        place = _place(request)
        if ("7tv", place) not in self._sets:
            error = {"status_code": 404, "status": "Not Found", "error": "Unknown User", "error_code": 70442}
            return web.json_response(error, status=404)
        user = {"id": request.match_info["channel"], "platform": request.match_info["platform"].upper()}
        return web.json_response({**user, "emote_capacity": 1000, "emote_set": self._seventv_set(place)})

    def _seventv_set(self, place: str) -> dict[str, Any]:
        emotes = self._sets["7tv", place].items()
        return {"id": f"set-{place}", "name": "Emotes", "flags": 0, "emotes": [_seventv(*one) for one in emotes]}

    # BetterTTV

    async def bttv_global(self, request: web.Request) -> web.Response:
        return web.json_response([_bttv(*one) for one in self._sets["bttv", EVERYWHERE].items()])

    async def bttv_user(self, request: web.Request) -> web.Response:
        place = _place(request)
        if ("bttv", place) not in self._sets:
            return web.json_response({"message": "User Not Found"}, status=404)
        emotes = [_bttv(*one) for one in self._sets["bttv", place].items()]
        return web.json_response({"id": "1", "bots": [], "channelEmotes": emotes[:1], "sharedEmotes": emotes[1:]})

    # FrankerFaceZ

    async def ffz_global(self, request: web.Request) -> web.Response:
        """One set for everybody, and one that only some people have."""
        theirs = {"id": 4330, "emoticons": [_ffz("OnlyForSome", Emote("9"))]}
        ours = {"id": 3, "emoticons": [_ffz(*one) for one in self._sets["ffz", EVERYWHERE].items()]}
        return web.json_response(
            {"default_sets": [3], "sets": {"3": ours, "4330": theirs}, "users": {"4330": ["otto"]}}
        )

    async def ffz_room(self, request: web.Request) -> web.Response:
        place = f"twitch:{request.match_info['channel']}"
        if ("ffz", place) not in self._sets:
            error = {"error": "Not Found", "message": "No such room", "status": 404}
            return web.json_response(error, status=404)
        emotes = {"id": 77, "emoticons": [_ffz(*one) for one in self._sets["ffz", place].items()]}
        room = {"_id": 1, "twitch_id": int(request.match_info["channel"]), "set": 77}
        return web.json_response({"room": room, "sets": {"77": emotes}})

    # Pictures

    async def picture(self, request: web.Request) -> web.Response:
        """404 for an emote nobody knows."""
        wanted = request.match_info["id"]
        for emotes in self._sets.values():
            for word, emote in emotes.items():
                if emote.id == wanted:
                    return pictures.draw(word, radius=32)
        raise web.HTTPNotFound


def _place(request: web.Request) -> str:
    return f"{request.match_info['platform']}:{request.match_info['channel']}"


def _seventv(word: str, emote: Emote) -> dict[str, Any]:
    """The name in this set may be another than its maker's."""
    data = {
        "id": emote.id,
        "name": f"{word}ByItsMaker",
        "flags": 256 if emote.zero_width else 0,
        "lifecycle": 3,
        "listed": True,
        "animated": emote.animated,
        "host": {"url": f"//cdn.7tv.app/emote/{emote.id}", "files": [{"name": "2x.webp", "format": "WEBP"}]},
    }
    flags = 1 if emote.zero_width else 0
    return {"id": emote.id, "name": word, "flags": flags, "timestamp": 1_700_000_000_000, "data": data}


def _bttv(word: str, emote: Emote) -> dict[str, Any]:
    kind = "gif" if emote.animated else "png"
    return {"id": emote.id, "code": word, "imageType": kind, "animated": emote.animated, "modifier": False}


def _ffz(word: str, emote: Emote) -> dict[str, Any]:
    picture = f"https://cdn.frankerfacez.com/emote/{emote.id}"
    one = {"id": int(emote.id), "name": word, "hidden": False, "modifier": emote.zero_width}
    one["urls"] = {scale: f"{picture}/{scale}" for scale in ("1", "2", "4")}
    if emote.animated:
        one["animated"] = {scale: f"{picture}/animated/{scale}" for scale in ("1", "2", "4")}
    return one
