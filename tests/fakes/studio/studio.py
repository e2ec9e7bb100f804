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
from tests.fakes.kick import Kick
from tests.fakes.oauth import OAuthStandIn
from tests.fakes.server import HOST
from tests.fakes.studio.elsewhere import ELSEWHERE
from tests.fakes.studio.scenario import Scenario
from tests.fakes.studio.scenarios import SCENARIOS
from tests.fakes.twitch import Twitch

HERE = Path(__file__).parent
FILES = {"studio.css": "text/css", "studio.js": "text/javascript"}
LOG_LENGTH = 30
TOOLS = {"obs": "OBS", "streamerbot": "Streamer.bot"}
#: What the page shows first.
FIRST = (
    "quiet_chat",
    "busy_evening",
    "raid",
    "gift_bomb",
    "follow_bots",
    "token_death",
    "kick_outage",
    "obs_restart",
)
#: What stands in Kick's own developer settings.
WEBHOOK = """
<form method="post" action="/studio/webhook">
  <label for="webhook">The webhook URL that App Credentials shows for Kick</label>
  <input id="webhook" name="url" type="url" required>
  <button>Save</button>
</form>
"""


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
        page = Template((HERE / "page.html").read_text()).substitute(
            lumio=html.escape(self.stage.lumio),
            apps="\n".join(map(_app, self.stage.platforms.values())),
            tools="\n".join(self._tools()),
            groups="\n".join(_section(group, scenarios) for group, scenarios in self._groups()),
            elsewhere="\n".join(
                f'<dt>{self._name(slug)}</dt><dd data-fact="{slug}">…</dd>' for slug in self._elsewhere()
            ),
        )
        return web.Response(text=page, content_type="text/html")

    def _groups(self) -> Iterable[tuple[str, list[Scenario]]]:
        """What a first visitor presses, then the rest by where it happens."""
        yield "Scenarios", [self._scenarios[name] for name in FIRST]
        rest = [scenario for name, scenario in self._scenarios.items() if name not in FIRST]
        for group, scenarios in groupby(rest, key=lambda scenario: scenario.group):
            yield group, list(scenarios)

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.Response(text=(HERE / name).read_text(), content_type=FILES[name])

    async def set_webhook(self, request: web.Request) -> web.Response:
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
                **{slug: self._let_in(slug, count) for slug, count in elsewhere.items()},
            },
            "good": {
                "grant": granted,
                "socket": listening > 0,
                "stream": streamer.stream is not None,
                **{slug: count > 0 for slug, count in elsewhere.items()},
            },
            "running": sorted(self._running),
            "log": list(self._log),
        }

    def _elsewhere(self) -> dict[str, int]:
        """How often Lumio is let in beside Twitch: grants in force at platforms, connections to tools."""
        platforms, tools = self.stage.platforms.items(), self.stage.tools.items()
        return {
            **{slug: len(platform.state.grants) for slug, platform in platforms if slug != "twitch"},
            **{slug: tool.connections for slug, tool in tools},
        }

    def _name(self, slug: str) -> str:
        return TOOLS.get(slug) or type(self.stage.everything[slug]).__name__

    def _let_in(self, slug: str, count: int) -> str:
        if slug in self.stage.platforms:
            return f"grants in force: {count}"
        return f"connections: {count}" if self.stage.tools[slug].is_running else "closed"

    def _tools(self) -> Iterable[str]:
        """What is typed in for everything that nobody signs in at."""
        obs, streamerbot = self.stage.obs, self.stage.streamerbot
        [channel] = self.stage.streamelements.state.channels.values()
        [bot] = self.stage.discord.api.bots.values()
        host, password = ("Host / IP", HOST), ("Password", obs.settings.password)
        yield _folded("OBS, with remote access", "obs", [host, ("Port", str(obs.port)), password])
        yield _folded("Streamer.bot, reached directly", "streamerbot", [host, ("Port", str(streamerbot.port))])
        yield _folded("StreamElements", "streamelements", [("JWT Token", next(iter(channel.jwts), ""))])
        yield _folded("Discord, in Django admin", "discord", [("Bot token", bot.token)])

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
    values = [("Client ID", app.client_id), ("Client Secret", app.client_secret)]
    values.append(("Registered redirect URI", app.redirect_uris[0]))
    more = WEBHOOK if isinstance(platform, Kick) else ""
    return _folded(type(platform).__name__, platform.slug, values, more, is_open=isinstance(platform, Twitch))


def _folded(title: str, name: str, values: list[tuple[str, str]], more: str = "", *, is_open: bool = False) -> str:
    """Values to copy. `name` is what the ids of the page begin with."""
    rows = "".join(_copied(label, f"{name}-{number}", value) for number, (label, value) in enumerate(values))
    return f"<details{' open' * is_open}><summary>{title}</summary><dl>{rows}</dl>{more}</details>"


def _copied(label: str, name: str, value: str) -> str:
    button = f'<button type="button" data-copy="{name}">Copy</button>'
    return f'<dt>{label}</dt><dd><code id="{name}">{html.escape(value)}</code> {button}</dd>'


def _section(group: str, scenarios: list[Scenario]) -> str:
    return f"<section><h2>{group}</h2><div class='buttons'>{''.join(map(_button, scenarios))}</div></section>"


def _button(scenario: Scenario) -> str:
    toggle = " data-lasting aria-pressed='false'" if scenario.lasting else ""
    return (
        f"<form method='post' action='/studio/play/{scenario.name}'>"
        f"<button id='{scenario.name}'{toggle}><b>{scenario.title}</b><span>{scenario.sentence}</span></button>"
        "</form>"
    )
