"""`Obs`, the stand-in itself: what tests and other processes can make happen."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from typing import Any, Self

from aiohttp import web

from tests.fakes.obs.desk import Desk
from tests.fakes.obs.sessions import Session, Sessions, Spoiled
from tests.fakes.obs.state import Input, Item, ObsSettings, Scene, furnished
from tests.fakes.server import StandIn, verb

WAYS = ("silence", "late", "half", "binary", "list", "empty", "stranger", "huge", "not_ready", "hang_up")


class Obs(StandIn):
    """A streamer's OBS with obs-websocket 5. It has the scenes Live, Pause and Outro, and Live is on program."""

    def __init__(self, password: str = "", **settings: Any) -> None:
        super().__init__()
        self.state = furnished()
        self.sessions = Sessions(self.state)
        self.configure(password=password, **settings)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.get("/", self.sessions.connect)]

    @property
    def settings(self) -> ObsSettings:
        return self.state.settings

    @property
    def desk(self) -> Desk:
        return self.sessions.desk

    @property
    def connections(self) -> int:
        return len(self.sessions.open)

    def start(self, port: int = 0) -> Self:
        """An OBS that has just been started streams and records nothing."""
        for output in (self.state.stream, self.state.record, self.state.replay, self.state.camera):
            output.state = "STOPPED"
        return super().start(port)

    def hang_up(self) -> None:
        for session in self.sessions.open:
            session.abort()

    def snapshot(self) -> dict[str, Any]:
        return dataclasses.asdict(self.state) | {"clients": self.clients()}

    # Scenes

    @verb
    def switch(self, scene: str) -> None:
        """The streamer switches to it, with the transition that is chosen."""
        self.desk.switch(self._scene(scene))

    @verb
    def add_scene(self, name: str) -> None:
        """At the top of the list."""
        self.desk.add_scene(name)

    @verb
    def remove_scene(self, name: str) -> None:
        self.desk.remove_scene(self._scene(name))

    @verb
    def rename_scene(self, old: str, new: str) -> None:
        self.desk.rename_scene(self._scene(old), new)

    @verb
    def set_studio_mode(self, on: bool = True) -> None:
        self.desk.set_studio_mode(on)

    @verb
    def choose_preview(self, scene: str) -> None:
        self.desk.choose_preview(self._scene(scene))

    @verb
    def take(self) -> None:
        self.desk.take()

    @verb
    def set_transition(self, name: str, milliseconds: int | None = None) -> None:
        self.desk.set_transition(name)
        if milliseconds is not None:
            self.desk.set_transition_ms(milliseconds)

    @verb
    def switch_collection(self, name: str, *, seconds: float = 0.1) -> None:
        """It takes so long, and until then nothing can be asked."""
        self.desk.begin_collection(name)
        self.desk.later(seconds, self.desk.end_collection)

    @verb
    def fill(self, *, scenes: int = 0, items: int = 0) -> None:
        """So many scenes more, called "Scene 0" and so on, and so many sources more in the scene on program."""
        now = self.state.now
        for number in range(scenes):
            now.add_scene(f"Scene {number}")
        for number in range(items):
            now.add_input(f"Source {number}", "color_source_v3")
            now.scenes[now.program].add(f"Source {number}")

    # Sources

    @verb
    def add_source(self, scene: str, name: str, *, kind: str = "color_source_v3", **fields: Any) -> int:
        """On top of the others, in a scene or in a group; its number there. `fields` are those of `Input`."""
        return self.desk.add_source(self._scene(scene), name, kind, **fields).id

    @verb
    def add_group(self, scene: str, name: str, *sources: str) -> int:
        """A group of new sources, from the lowest up; its number in the scene."""
        group = self.desk.add_scene(name, is_group=True)
        for source in sources:
            self.desk.add_source(group, source, "color_source_v3")
        return self.desk.add_source(self._scene(scene), name, "group").id

    @verb
    def remove_source(self, scene: str, name: str) -> None:
        self.desk.remove_source(*self._item(scene, name))

    @verb
    def show(self, scene: str, name: str, on: bool = True) -> None:
        self.desk.show(*self._item(scene, name), on)

    @verb
    def mute(self, name: str, on: bool = True) -> None:
        self.desk.mute(self._input(name), on)

    @verb
    def set_volume(self, name: str, db: float) -> None:
        self.desk.set_volume(self._input(name), db)

    @verb
    def play(self, name: str, action: str = "PLAY") -> None:
        """PLAY, PAUSE, STOP or RESTART."""
        self.desk.play(self._input(name), action)

    # Outputs: "stream", "record", "replay" or "camera"

    @verb
    def start_output(self, name: str) -> None:
        self.desk.start(name)

    @verb
    def stop_output(self, name: str) -> None:
        self.desk.stop(name)

    @verb
    def have_camera(self, has: bool = True) -> None:
        """A virtual camera is installed."""
        self.state.has_camera = has

    @verb
    def have_replay(self, has: bool = True) -> None:
        """A replay buffer is set up."""
        self.state.has_replay = has

    @verb
    def pause_record(self) -> None:
        self.desk.pause()

    @verb
    def resume_record(self) -> None:
        self.desk.resume()

    @verb
    def save_replay(self) -> None:
        self.desk.save_replay()

    @verb
    def lose_ingest(self) -> None:
        """The streaming service does not answer any more: OBS tries again and again."""
        self.settings.ingest_answers = False
        self.desk.set_output("stream", "RECONNECTING")

    @verb
    def find_ingest(self) -> None:
        self.settings.ingest_answers = True
        self.desk.set_output("stream", "RECONNECTED")

    @verb
    def have_stats(self, **stats: float) -> None:
        """Fields of GetStats, and `congestion`."""
        self.state.congestion = stats.pop("congestion", self.state.congestion)
        self.state.stats |= stats

    # The program

    @verb
    def kick(self) -> int:
        """The streamer throws everybody out who is connected; how many that were."""
        return self._close(4011, "Your session has been invalidated.")

    @verb
    def quit(self) -> int:
        """OBS is closed as it should be: everything disappears, then it says so, then it goes."""
        self.desk.exit()
        return self._close(1001, "Server stopping.")

    @verb
    def crash(self) -> int:
        """Every connection breaks off without a word."""
        chosen = list(self.sessions.open)
        for session in chosen:
            session.abort()
        return len(chosen)

    @verb
    def spoil(self, request: str, how: str = "silence", *, times: int | None = 1, seconds: float = 0.0) -> None:
        """What becomes of the next answers to it, also to "Hello" and "Identify": one of `WAYS`.

        It is carried out all the same. `seconds` are those of "late"; `times=None` goes on until `mend`.
        """
        if how not in WAYS:
            raise ValueError(f"no such way: {how}")
        self.sessions.spoiled[request] = Spoiled(how, times, seconds)

    @verb
    def mend(self) -> None:
        self.sessions.spoiled.clear()

    @verb
    def say(self, text: str) -> int:
        """Any text as a frame to everybody; to how many."""
        for session in self.sessions.open:
            session.outbox.put_nowait(text)
        return len(self.sessions.open)

    @verb
    def tell(self, event: str, data: dict[str, Any] | None = None) -> None:
        """Any event, to whoever listens to anything at all."""
        self.desk.tell(2047, event, data)

    @verb
    def clients(self) -> list[dict[str, Any]]:
        """Who is connected."""
        return [{"identified": one.is_identified, "events": one.subscriptions} for one in self.sessions.open]

    @verb
    def asked(self, request: str = "") -> list[dict[str, Any]]:
        """The `d` of requests so far, oldest first: of one type, or all."""
        frames = [frame["d"] for frame in self.sessions.received if frame.get("op") == 6]
        return [one for one in frames if request in ("", one.get("requestType"))]

    @verb
    def received(self) -> list[dict[str, Any]]:
        """Every frame so far, oldest first."""
        return list(self.sessions.received)

    def wait_connected(self, *, timeout: float = 10.0) -> None:
        """Block until somebody listens to events; for test threads."""
        deadline = time.monotonic() + timeout
        while not any(client["events"] for client in self.clients()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens within {timeout} s")
            time.sleep(0.02)

    def _close(self, code: int, reason: str) -> int:
        chosen: list[Session] = list(self.sessions.open)
        for session in chosen:
            session.close(code, reason)
        return len(chosen)

    def _scene(self, name: str) -> Scene:
        return self.state.now.scenes[name]

    def _item(self, scene: str, name: str) -> tuple[Scene, Item]:
        found = self._scene(scene)
        return found, next(item for item in found.items if item.source == name)

    def _input(self, name: str) -> Input:
        return self.state.now.inputs[name]
