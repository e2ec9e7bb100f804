"""The studio's page, its buttons as plain form posts, and what the page asks for every second."""

from __future__ import annotations

import asyncio
import html
import time
from collections import deque
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any

from aiohttp import web

from tests.fakes.cast import CLIENT_ID, STREAMER, Stage
from tests.fakes.oauth import OAuthStandIn
from tests.fakes.studio.elsewhere import ELSEWHERE
from tests.fakes.studio.scenario import Scenario
from tests.fakes.studio.scenarios import SCENARIOS

HERE = Path(__file__).parent
FILES = {"studio.css": "text/css", "studio.js": "text/javascript"}
LOG_LENGTH = 30


class Studio:
    """Plays scenarios at the stand-ins and keeps a short log of them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._scenarios = {scenario.name: scenario for scenario in (*SCENARIOS, *ELSEWHERE)}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._log: deque[dict[str, str]] = deque(maxlen=LOG_LENGTH)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/studio", self.page),
            web.get("/studio/status", self.status),
            web.get("/studio/{file}", self.file),
            web.post("/studio/play/{name}", self.play),
            web.post("/studio/webhook", self.set_webhook),
            web.post("/studio/overlay", self.show_overlay),
        ]

    async def page(self, request: web.Request) -> web.Response:
        groups = [
            f"<section><h2>{group}</h2><div class='buttons'>{''.join(map(_button, scenarios))}</div></section>"
            for group, scenarios in groupby(self._scenarios.values(), key=lambda scenario: scenario.group)
        ]
        page = Template((HERE / "page.html").read_text()).substitute(
            lumio=html.escape(f"{self.stage.lumio}/dashboard/connections/credentials"),
            overlays=html.escape(f"{self.stage.lumio}/dashboard/overlays"),
            apps="\n".join(map(_app, self.stage.platforms.values())) + self._bot() + self._jwt(),
            groups="\n".join(groups),
            elsewhere="\n".join(
                f'<dt>{type(self.stage.platforms[slug]).__name__}</dt><dd data-fact="{slug}">…</dd>'
                for slug in self._elsewhere()
            ),
        )
        return web.Response(text=page, content_type="text/html")

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.Response(text=(HERE / name).read_text(), content_type=FILES[name])

    async def set_webhook(self, request: web.Request) -> web.Response:
        """What stands in Kick's own developer settings."""
        url = str((await request.post()).get("url", "")).strip()
        self.stage.kick.set_webhook(url)
        self._note(f"Kick delivers to {url} from now on.")
        raise web.HTTPSeeOther("/studio")

    async def show_overlay(self, request: web.Request) -> web.Response:
        """The overlay itself: its page lets nobody frame it."""
        url = str((await request.post()).get("url", "")).strip()
        if not url.startswith(("http://", "https://")):
            raise web.HTTPBadRequest(text="Copy the whole address, from http on.")
        self._note("An overlay is on. Now press what it shows: a follow, a cheer, the chat.")
        raise web.HTTPSeeOther(url)

    async def status(self, request: web.Request) -> web.Response:
        """What the stand-in sees of Lumio just now, and the log, newest first."""
        return web.json_response(self._status())

    def _status(self) -> dict[str, Any]:
        twitch = self.stage.twitch
        streamer = twitch.state.user(STREAMER)
        listening = len(twitch.subscriptions())
        granted = twitch.state.has_consented(CLIENT_ID, streamer.id)
        elsewhere = self._elsewhere()
        return {
            "facts": {
                "grant": "given" if granted else "none",
                "socket": f"listening to {listening} topics" if listening else "nobody listens",
                "stream": f"live, {streamer.stream.viewers} viewers" if streamer.stream else "offline",
                **{slug: f"grants in force: {grants}" for slug, grants in elsewhere.items()},
            },
            "good": {
                "grant": granted,
                "socket": listening > 0,
                "stream": streamer.stream is not None,
                **{slug: grants > 0 for slug, grants in elsewhere.items()},
            },
            "running": sorted(self._running),
            "log": list(self._log),
        }

    def _elsewhere(self) -> dict[str, int]:
        """Grants in force at the platforms beside Twitch."""
        platforms = self.stage.platforms.items()
        return {slug: len(platform.state.grants) for slug, platform in platforms if slug != "twitch"}

    def _bot(self) -> str:
        [bot] = self.stage.discord.api.bots.values()
        return _folded("Discord", _copied("Bot token", "discord-token", bot.token))

    def _jwt(self) -> str:
        [channel] = self.stage.streamelements.state.channels.values()
        return _folded("StreamElements", _copied("JWT Token", "streamelements-jwt", next(iter(channel.jwts), "")))

    async def play(self, request: web.Request) -> web.Response:
        """Press a button; pressing a running one stops it."""
        scenario = self._scenarios.get(request.match_info["name"])
        if scenario is None:
            raise web.HTTPNotFound
        running = self._running.get(scenario.name)
        if running is not None:
            running.cancel()
            await asyncio.wait([running])
        else:
            task = asyncio.create_task(self._run(scenario))
            self._running[scenario.name] = task
            if not scenario.lasting:
                await task
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response(self._status())
        raise web.HTTPSeeOther("/studio")

    async def _run(self, scenario: Scenario) -> None:
        try:
            if scenario.lasting:
                self._note(f"{scenario.title} started.")
            self._note(await scenario.play(self.stage.everything[scenario.at]))
        except asyncio.CancelledError:
            self._note(f"{scenario.title} stopped.")
        finally:
            del self._running[scenario.name]

    def _note(self, sentence: str) -> None:
        self._log.appendleft({"at": time.strftime("%H:%M:%S"), "sentence": sentence})


def _app(platform: OAuthStandIn) -> str:
    """A platform's demo application, to copy from."""
    [app] = platform.state.apps.values()
    rows = [
        ("Client ID", "id", app.client_id),
        ("Client Secret", "secret", app.client_secret),
        ("Registered redirect URI", "uri", app.redirect_uris[0]),
    ]
    shown = [_copied(label, f"{platform.slug}-{name}", value) for label, name, value in rows]
    return _folded(type(platform).__name__, "".join(shown))


def _folded(title: str, rows: str) -> str:
    return f"<details><summary>{title}</summary><dl>{rows}</dl></details>"


def _copied(label: str, name: str, value: str) -> str:
    button = f'<button type="button" data-copy="{name}">Copy</button>'
    return f'<dt>{label}</dt><dd><code id="{name}">{html.escape(value)}</code> {button}</dd>'


def _button(scenario: Scenario) -> str:
    toggle = " data-lasting aria-pressed='false'" if scenario.lasting else ""
    return (
        f"<form method='post' action='/studio/play/{scenario.name}'>"
        f"<button id='{scenario.name}'{toggle}><b>{scenario.title}</b><span>{scenario.sentence}</span></button>"
        "</form>"
    )
