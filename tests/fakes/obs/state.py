"""What an OBS consists of, as obs-websocket shows it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.server import Settings


def new_uuid() -> str:
    return str(uuid.uuid4())


@dataclass
class ObsSettings(Settings):
    obs_version: str = "30.1.2"
    websocket_version: str = "5.4.2"
    rpc_version: int = 1
    password: str = ""
    """Empty: anybody may identify."""
    speaks: int = 5
    """4: the protocol of OBS 27 and before, which says nothing until it is asked."""
    says_hello: bool = True
    is_ready: bool = True
    """False: every request is answered with 207, as while OBS starts."""
    output_seconds: float = 0.05
    """How long outputs take to start and to stop."""
    ingest_answers: bool = True
    """False: streams cannot be started, and those that run are lost."""
    can_pause: bool = True
    """False: the recording shares the stream's encoder."""

    @property
    def plugin(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.websocket_version.split("."))


@dataclass
class Item:
    """A source in a scene or in a group."""

    id: int
    source: str
    enabled: bool = True
    locked: bool = False


@dataclass
class Scene:
    """Also a group, which is a scene that is a source. `items` are from the lowest layer up."""

    name: str
    is_group: bool = False
    items: list[Item] = field(default_factory=list)
    uuid: str = field(default_factory=new_uuid)
    last_id: int = 0

    def add(self, source: str, *, enabled: bool = True) -> Item:
        self.last_id += 1
        self.items.append(Item(self.last_id, source, enabled))
        return self.items[-1]


@dataclass
class Input:
    """`media` is the end of its OBS_MEDIA_STATE, None for what cannot be played."""

    name: str
    kind: str
    has_sound: bool = False
    media: str | None = None
    muted: bool = False
    db: float = 0.0
    uuid: str = field(default_factory=new_uuid)


@dataclass
class Collection:
    """`scenes` are from the bottom of OBS's list up, groups among them."""

    scenes: dict[str, Scene] = field(default_factory=dict)
    inputs: dict[str, Input] = field(default_factory=dict)
    special: dict[str, str | None] = field(
        default_factory=lambda: dict.fromkeys(("desktop1", "desktop2", "mic1", "mic2", "mic3", "mic4"))
    )
    transitions: tuple[str, ...] = ("Cut", "Fade")
    transition: str = "Fade"
    transition_ms: int = 300
    program: str = ""
    preview: str = ""

    @property
    def shown(self) -> list[Scene]:
        return [scene for scene in self.scenes.values() if not scene.is_group]

    def add_scene(self, name: str, *, is_group: bool = False) -> Scene:
        self.scenes[name] = Scene(name, is_group)
        self.program = self.program or name
        return self.scenes[name]

    def add_input(self, name: str, kind: str, **fields: Any) -> Input:
        self.inputs[name] = Input(name, kind, **fields)
        return self.inputs[name]


@dataclass
class Output:
    """`state` is the end of its OBS_WEBSOCKET_OUTPUT_ state. `since` is of the loop's clock."""

    state: str = "STOPPED"
    since: float = 0.0

    @property
    def is_active(self) -> bool:
        return self.state not in ("STOPPED", "STARTING")


@dataclass
class State:
    settings: ObsSettings = field(default_factory=ObsSettings)
    collections: dict[str, Collection] = field(default_factory=dict)
    collection_name: str = "Lumio"
    studio_mode: bool = False
    stream: Output = field(default_factory=Output)
    record: Output = field(default_factory=Output)
    replay: Output = field(default_factory=Output)
    camera: Output = field(default_factory=Output)
    has_replay: bool = True
    has_camera: bool = False
    stats: dict[str, Any] = field(
        default_factory=lambda: {
            "cpuUsage": 3.1, "memoryUsage": 190.5, "availableDiskSpace": 51200.0, "activeFps": 60.0,
            "averageFrameRenderTime": 1.2, "renderSkippedFrames": 0, "renderTotalFrames": 6000,
            "outputSkippedFrames": 0, "outputTotalFrames": 0,
        }
    )  # fmt: skip
    congestion: float = 0.0

    @property
    def now(self) -> Collection:
        """The scene collection that is loaded."""
        return self.collections[self.collection_name]


def furnished() -> State:
    """The scenes that the real OBS of the tests has, and two sources of sound that every OBS has."""
    collection = Collection()
    for name, sources in (
        ("Outro", ("Outrobild",)),
        ("Pause", ("Pausenbild",)),
        ("Live", ("Hintergrund", "Titel", "Clip")),
    ):
        scene = collection.add_scene(name)
        for source in sources:
            scene.add(source)
    collection.program = "Live"
    for name in ("Hintergrund", "Pausenbild", "Outrobild"):
        collection.add_input(name, "color_source_v3")
    collection.add_input("Titel", "text_ft2_source_v2")
    collection.add_input("Clip", "ffmpeg_source", has_sound=True, media="PLAYING")
    collection.add_input("Desktop Audio", "pulse_output_capture", has_sound=True)
    collection.add_input("Mic/Aux", "pulse_input_capture", has_sound=True, db=-3.2)
    collection.special |= {"desktop1": "Desktop Audio", "mic1": "Mic/Aux"}
    other = Collection()
    other.add_scene("Ruhig").add("Kamera")
    other.add_input("Kamera", "v4l2_input")
    return State(collections={"Lumio": collection, "Abends": other})
