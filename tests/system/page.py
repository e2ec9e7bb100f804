"""A page's side of the live socket, as static/js/lib/live.js has it, without a browser."""

from __future__ import annotations

import json
import random
import time
from datetime import datetime
from typing import Any

import requests
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.system.alive import Alive

FINAL = {4401, 4403, 4409}
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 2.0
ACK_FRAMES, ACK_SIZE = 32, 64 * 1024
TICK = 0.2


class Page(Alive):
    """One socket, kept until it is refused for good.

    `after` has the channels by topic ("events") and the `seq` the page already has. `seen` is what it showed, by
    topic: (seq, external id) in order of arrival, and `lags` how many seconds after Lumio had received each. `codes`
    are the close codes it was given, `repeats` what the server sent although the page had it, and `oddities` messages
    that should not occur: gaps and errors.
    """

    def __init__(self, url: str, *, token: str, account: str, after: dict[str, int]) -> None:
        super().__init__("page")
        self._url = url.replace("http", "ws", 1) + "/v1/ws"
        self._rest = url + "/v1"
        self._token = token
        self._account = account
        self.after = dict(after)
        self.seen: dict[str, list[tuple[int, str]]] = {topic: [] for topic in after}
        self.repeats: list[tuple[int, str]] = []
        self.lags: list[float] = []
        self.oddities: list[dict[str, Any]] = []
        self.codes: list[int] = []
        self.subscribed: set[str] = set()

    @property
    def is_connected(self) -> bool:
        """Subscribed to everything on a socket that is open."""
        return self.subscribed == set(self.after)

    def _live(self) -> None:
        pause = FIRST_PAUSE
        while not self._stops.is_set():
            try:
                with connect(self._url, proxy=None, open_timeout=5, close_timeout=1, ping_interval=None) as socket:
                    self._listen(socket)
                    return
            except ConnectionClosed as closed:
                self.codes.append(closed.rcvd.code if closed.rcvd else 1006)
            except (OSError, WebSocketException):
                pass  # refused, or reset while connecting
            pause = FIRST_PAUSE if self.is_connected else min(pause * 2, LONGEST_PAUSE)
            self.subscribed = set()
            if self.codes[-1:] and self.codes[-1] in FINAL:
                return
            self._stops.wait(pause * random.uniform(0.5, 1))

    def _listen(self, socket: ClientConnection) -> None:
        socket.send(json.dumps({"type": "auth", "token": self._token}))
        for topic, after in self.after.items():
            socket.send(json.dumps({"type": "subscribe", "channel": f"{topic}:{self._account}", "after": after}))
        frames = acknowledged = size = 0
        while not self._stops.is_set():
            try:
                text = socket.recv(timeout=TICK)
            except TimeoutError:
                continue
            frames, size = frames + 1, size + len(text)
            self._receive(json.loads(text))
            if frames - acknowledged >= ACK_FRAMES or size >= ACK_SIZE:
                socket.send(json.dumps({"type": "ack", "frames": frames}))
                acknowledged, size = frames, 0

    def _receive(self, message: dict[str, Any]) -> None:
        topic = message.get("channel", "").partition(":")[0]
        match message["type"]:
            case "subscribed":
                self.subscribed.add(topic)
            case "messages":
                for row in message["messages"]:
                    self._show(topic, row["seq"], row["data"])
            case "gap":
                self.oddities.append(message)
                self._fetch(topic, message["to"])
            case "error":
                self.oddities.append(message)

    def _fetch(self, topic: str, last: int) -> None:
        """What is too much to replay, up to `last`, over REST."""
        while self.after[topic] < last:
            query = {"token": self._token, "after": self.after[topic], "limit": 100}
            answer = requests.get(f"{self._rest}/{topic}", query, timeout=10)
            answer.raise_for_status()  # is an OSError, after which it connects anew
            for row in answer.json()["data"]:
                if row["seq"] <= last:  # the others follow over the socket
                    self._show(topic, row["seq"], row["data"])

    def _show(self, topic: str, seq: int, data: dict[str, Any]) -> None:
        external_id = data["id"]
        if seq <= self.after[topic]:
            self.repeats.append((seq, external_id))
            return
        self.after[topic] = seq
        self.seen[topic].append((seq, external_id))
        self.lags.append(time.time() - datetime.fromisoformat(data["received_at"]).timestamp())
