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
from urllib.parse import urljoin

from aiohttp import web

from tests.fakes.cast import CLIENT_ID, CLIENT_SECRET, STREAMER
from tests.fakes.studio.scenarios import SCENARIOS, Scenario
from tests.fakes.twitch import Twitch

HERE = Path(__file__).parent
FILES = {"studio.css": "text/css", "studio.js": "text/javascript"}
LOG_LENGTH = 30


class Studio:
    """Plays scenarios at a stand-in and keeps a short log of them."""

    def __init__(self, twitch: Twitch, *, redirect_uri: str) -> None:
        self.twitch = twitch
        self.redirect_uri = redirect_uri
        self._scenarios = {scenario.name: scenario for scenario in SCENARIOS}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._log: deque[dict[str, str]] = deque(maxlen=LOG_LENGTH)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/studio", self.page),
            web.get("/studio/status", self.status),
            web.get("/studio/{file}", self.file),
            web.post("/studio/play/{name}", self.play),
        ]

    async def page(self, request: web.Request) -> web.Response:
        groups = [
            f"<section><h2>{group}</h2><div class='buttons'>{''.join(map(_button, scenarios))}</div></section>"
            for group, scenarios in groupby(SCENARIOS, key=lambda scenario: scenario.group)
        ]
        page = Template((HERE / "page.html").read_text()).substitute(
            lumio=html.escape(urljoin(self.redirect_uri, "/dashboard/connections/credentials")),
            redirect_uri=html.escape(self.redirect_uri),
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            groups="\n".join(groups),
        )
        return web.Response(text=page, content_type="text/html")

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.Response(text=(HERE / name).read_text(), content_type=FILES[name])

    async def status(self, request: web.Request) -> web.Response:
        """What the stand-in sees of Lumio just now, and the log, newest first."""
        return web.json_response(self._status())

    def _status(self) -> dict[str, Any]:
        streamer = self.twitch.state.user(STREAMER)
        listening = len(self.twitch.subscriptions())
        return {
            "facts": {
                "grant": "given" if self.twitch.state.has_consented(CLIENT_ID, streamer.id) else "none",
                "socket": f"listening to {listening} topics" if listening else "nobody listens",
                "stream": f"live, {streamer.stream.viewers} viewers" if streamer.stream else "offline",
            },
            "good": {
                "grant": self.twitch.state.has_consented(CLIENT_ID, streamer.id),
                "socket": listening > 0,
                "stream": streamer.stream is not None,
            },
            "running": sorted(self._running),
            "log": list(self._log),
        }

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
            self._note(await scenario.play(self.twitch))
        except asyncio.CancelledError:
            self._note(f"{scenario.title} stopped.")
        finally:
            del self._running[scenario.name]

    def _note(self, sentence: str) -> None:
        self._log.appendleft({"at": time.strftime("%H:%M:%S"), "sentence": sentence})


def _button(scenario: Scenario) -> str:
    toggle = " data-lasting aria-pressed='false'" if scenario.lasting else ""
    return (
        f"<form method='post' action='/studio/play/{scenario.name}'>"
        f"<button id='{scenario.name}'{toggle}><b>{scenario.title}</b><span>{scenario.sentence}</span></button>"
        "</form>"
    )
