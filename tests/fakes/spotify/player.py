"""One listener's player: what plays, on which device, and how far it is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.oauth import LETTERS, random_token

#: `disallows` by what it stands in the way of.
DISALLOWED = {
    "play": "resuming",
    "pause": "pausing",
    "next": "skipping_next",
    "previous": "skipping_prev",
}


@dataclass
class Device:
    id: str
    name: str
    type: str = "Computer"
    volume: int | None = 40
    supports_volume: bool = True
    is_private_session: bool = False
    is_restricted: bool = False


@dataclass
class Item:
    """`kind`: track, episode, ad, local (a file of the listener's own) or nothing (what Spotify does not name)."""

    title: str = "Lighthouse"
    subtitle: str = "The Fog Signals"
    kind: str = "track"
    duration_ms: int = 200_000
    explicit: bool = False
    has_image: bool = True
    id: str = field(default_factory=lambda: random_token(22, LETTERS))

    def as_json(self, cdn_url: str) -> dict[str, Any] | None:
        if self.kind in ("ad", "nothing"):
            return None
        images = [
            {"url": f"{cdn_url}/image/{self.title[:1] or '-'}{size}", "height": size, "width": size}
            for size in (64, 640, 300)
        ]
        body: dict[str, Any] = {
            "type": "track",
            "id": self.id,
            "uri": f"spotify:track:{self.id}",
            "name": self.title,
            "duration_ms": self.duration_ms,
            "explicit": self.explicit,
            "is_local": False,
            "external_urls": {"spotify": f"https://open.spotify.com/track/{self.id}"},
        }
        if self.kind == "episode":
            show = {"name": self.subtitle, "publisher": self.subtitle, "images": images}
            return body | {"type": "episode", "show": show, "images": images, "uri": f"spotify:episode:{self.id}"}
        if self.kind == "local":
            body |= {"id": None, "href": None, "is_local": True, "external_urls": {}, "uri": "spotify:local:::x:200"}
        has_image = self.has_image and self.kind != "local"
        album = {"id": None if self.kind == "local" else "9", "name": "Album", "images": images if has_image else []}
        return body | {"artists": [{"id": "1", "name": name} for name in self.subtitle.split(", ")], "album": album}


@dataclass
class Player:
    """`queue` is what comes next. Progress runs with the clock while it plays; at the end the next one begins."""

    devices: dict[str, Device] = field(default_factory=dict)
    active: str | None = None
    history: list[Item] = field(default_factory=list)
    item: Item | None = None
    queue: list[Item] = field(default_factory=list)
    is_playing: bool = False
    has_premium: bool = True
    disallows: set[str] = field(default_factory=set)
    _progress_ms: float = 0.0
    _since: float = 0.0

    @property
    def device(self) -> Device | None:
        return self.devices.get(self.active or "")

    @property
    def progress_ms(self) -> int:
        ran = (time.time() - self._since) * 1000 if self.is_playing else 0
        return int(self._progress_ms + ran)

    def go_on(self) -> None:
        """Whatever ended meanwhile is over."""
        while self.item and self.is_playing and self.progress_ms >= self.item.duration_ms:
            over = self.progress_ms - self.item.duration_ms
            self.skip()
            self.seek(over)

    def seek(self, progress_ms: float) -> None:
        self._progress_ms, self._since = progress_ms, time.time()

    def set_playing(self, is_playing: bool) -> None:
        self.seek(self.progress_ms)
        self.is_playing = is_playing

    def skip(self) -> None:
        """To the next; at the end of the queue it stops."""
        if self.item:
            self.history.append(self.item)
        self.item = self.queue.pop(0) if self.queue else None
        self.is_playing = self.is_playing and self.item is not None
        self.seek(0)

    def back(self) -> None:
        if self.history:
            if self.item:
                self.queue.insert(0, self.item)
            self.item = self.history.pop()
        self.seek(0)

    def start(self, item: Item, progress_ms: int, is_playing: bool) -> None:
        self.item, self.is_playing = item, is_playing
        self.seek(progress_ms)

    def as_json(self, cdn_url: str) -> dict[str, Any] | None:
        """An answer of `GET /me/player`; None for 204."""
        self.go_on()
        if self.device is None or (self.item is None and not self.is_playing):
            return None
        kind = self.item.kind if self.item else "unknown"
        refused = self.disallows | ({"resuming"} if self.is_playing else {"pausing"})
        return {
            "device": device_json(self.device, is_active=True),
            "repeat_state": "off",
            "shuffle_state": False,
            "timestamp": int(time.time() * 1000) - 60_000,  # when it last changed, no "now"
            "progress_ms": None if kind == "ad" else self.progress_ms,
            "is_playing": self.is_playing,
            "currently_playing_type": {"local": "track", "nothing": "unknown"}.get(kind, kind),
            "context": None,
            "actions": {"disallows": dict.fromkeys(sorted(refused), True)},
            "item": self.item.as_json(cdn_url) if self.item else None,
        }


def device_json(device: Device, *, is_active: bool) -> dict[str, Any]:
    return {
        "id": device.id,
        "is_active": is_active,
        "is_private_session": device.is_private_session,
        "is_restricted": device.is_restricted,
        "name": device.name,
        "type": device.type,
        "volume_percent": device.volume,
        "supports_volume": device.supports_volume,
    }
