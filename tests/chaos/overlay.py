"""An overlay's page without a browser: the alerts of `static/js/overlay/alerts.js` over a socket that comes back."""

from __future__ import annotations

import json
import random
import socket
import time
from collections import Counter
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.system.alive import Alive

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 2.0
#: As the page has them: seconds of silence after which a socket is dead, and between two questions of an idle page.
DEAD_AFTER, AGAIN = 35.0, 5.0
ACK_FRAMES = 32
TICK = 0.1


class OverlayPage(Alive):
    """One page that is seen all the time. `shown` is how often it began with each alert."""

    def __init__(self, url: str, key: str, *, seconds: float) -> None:
        super().__init__("overlay page")
        parts = urlsplit(url)
        assert parts.port is not None
        self._address = ("127.0.0.1", parts.port)  # nobody looks up names below localhost for Python
        self._url = f"ws://{parts.netloc}/v1/ws/overlay"
        self._hello = {"type": "overlay", "key": key, "source": str(uuid4()), "version": None, "visible": True}
        self._seconds = seconds
        self.shown: Counter[int] = Counter()
        self._after: dict[str, int | None] = {"chat": None, "events": None}
        self._begun: set[str] = set()
        self._unnoted: dict[str, str] = {}  # by play: the last that was said of it
        self._play: tuple[str, float] | None = None  # what plays, and when it is over
        self._asked_at = 0.0

    def _live(self) -> None:
        pause = FIRST_PAUSE
        while not self._stops.is_set():
            try:
                there = socket.create_connection(self._address, timeout=5)
                with connect(self._url, sock=there, proxy=None, open_timeout=5, close_timeout=1) as line:
                    self._listen(line)
                pause = FIRST_PAUSE
            except (OSError, WebSocketException):
                pause = min(pause * 2, LONGEST_PAUSE)
            self._stops.wait(pause * random.uniform(0.5, 1))

    def _listen(self, line: ClientConnection) -> None:
        line.send(json.dumps(self._hello | {"after": self._after, "active": None}))
        frames = acknowledged = 0
        heard_at = time.monotonic()
        self._asked_at = 0.0
        while not self._stops.is_set() and time.monotonic() - heard_at < DEAD_AFTER:
            try:
                message = json.loads(line.recv(timeout=TICK))
            except TimeoutError:
                message = {"type": "silence"}
            else:
                frames, heard_at = frames + 1, time.monotonic()
            if message["type"] == "beat" or frames - acknowledged >= ACK_FRAMES:
                acknowledged = frames
                _say(line, "beat", frames=frames, visible=True, active=None, fps=60)
            self._hear(line, message)
            self._go_on(line)

    def _hear(self, line: ClientConnection, message: dict[str, Any]) -> None:
        match message["type"]:
            case "ready":
                for play, what in self._unnoted.items():
                    _say(line, what, play=play)
            case "play":
                self._asked_at = 0.0
                self._begin(line, message)
            case "noted" if self._unnoted.get(message["play"]) == message["what"]:
                del self._unnoted[message["play"]]
                self._asked_at = 0.0
            case "messages":
                self._read(message)

    def _begin(self, line: ClientConnection, message: dict[str, Any]) -> None:
        play = message["play"]
        if self._play is not None:
            return
        if play in self._begun:  # it was shown, and nobody noted it
            self._tell(line, "done", play)
            return
        self._stops.wait(message["wait"])
        self._begun.add(play)
        self.shown[message["alert"]] += 1
        self._play = (play, time.monotonic() + self._seconds)
        self._tell(line, "started", play)

    def _go_on(self, line: ClientConnection) -> None:
        """End what is over, and ask for the next."""
        if self._play and time.monotonic() >= self._play[1]:
            (play, _), self._play = self._play, None
            self._tell(line, "done", play)
        if self._play is None and time.monotonic() - self._asked_at > AGAIN:
            self._asked_at = time.monotonic()
            _say(line, "next")

    def _tell(self, line: ClientConnection, what: str, play: str) -> None:
        self._unnoted[play] = what
        _say(line, what, play=play)

    def _read(self, message: dict[str, Any]) -> None:
        topic = message["channel"].partition(":")[0]
        if topic == "alerts":  # something waits
            self._asked_at = 0.0
        elif topic in self._after:
            self._after[topic] = message["messages"][-1]["seq"]


def _say(line: ClientConnection, kind: str, **fields: Any) -> None:
    line.send(json.dumps({"type": kind, **fields}))
