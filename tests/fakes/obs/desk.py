"""What somebody does at OBS, or a request has it do: each changes the state and tells everybody.

Order, delays and oddities of the events as measured on OBS 29 (shared/platforms/obs.md, section 7).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.fakes.obs.state import Collection, Input, Item, Output, Scene, State

GENERAL, CONFIG, SCENES, INPUTS, TRANSITIONS, OUTPUTS, ITEMS, MEDIA, UI = 1, 2, 4, 8, 16, 64, 128, 256, 1024

Tell = Callable[[int, str, dict[str, Any] | None], None]
#: `StreamStateChanged` and its like, and what else is in `eventData`.
OUTPUT_EVENTS = {
    "stream": "StreamStateChanged",
    "record": "RecordStateChanged",
    "replay": "ReplayBufferStateChanged",
    "camera": "VirtualcamStateChanged",
}
RECORDING = "/home/streamer/2026-11-27 20-15-00.mkv"
REPLAY = "/home/streamer/Replay 2026-11-27 20-16-00.mkv"


class Desk:
    """`tell(intent, event, data)` sends to whoever is subscribed."""

    def __init__(self, state: State, tell: Tell) -> None:
        self.state = state
        self.tell = tell
        self._transitions = 0

    @property
    def now(self) -> Collection:
        return self.state.now

    def later(self, seconds: float, function: Callable[[], None]) -> None:
        """At once when no loop runs: then nobody is there to see the difference."""
        try:
            asyncio.get_running_loop().call_later(seconds, function)
        except RuntimeError:
            function()

    def ids(self, kind: str, thing: Scene | Input) -> dict[str, Any]:
        """`sceneName` and, since 5.4, `sceneUuid`."""
        has_uuids = self.state.settings.plugin >= (5, 4)
        return {f"{kind}Name": thing.name} | ({f"{kind}Uuid": thing.uuid} if has_uuids else {})

    # Scenes

    def switch(self, scene: Scene) -> None:
        """To the one that is live already: nothing happens."""
        now = self.now
        if now.program == scene.name:
            return
        names = {"transitionName": now.transition}
        self.tell(TRANSITIONS, "SceneTransitionStarted", names)
        self._transitions += 1
        number = self._transitions

        def end() -> None:
            # A switch in the middle of another takes its place.
            if number != self._transitions or scene.name not in now.scenes:
                return
            now.program = scene.name
            self.tell(TRANSITIONS, "SceneTransitionVideoEnded", names)
            self.tell(SCENES, "CurrentProgramSceneChanged", self.ids("scene", scene))
            self.tell(TRANSITIONS, "SceneTransitionEnded", names)

        self.later(0.0 if now.transition == "Cut" else now.transition_ms / 1000, end)

    def choose_preview(self, scene: Scene) -> None:
        self.now.preview = scene.name
        self.tell(SCENES, "CurrentPreviewSceneChanged", self.ids("scene", scene))

    def take(self) -> None:
        now = self.now
        before = now.program
        self.switch(now.scenes[now.preview])
        self.choose_preview(now.scenes[before])

    def set_studio_mode(self, on: bool) -> None:
        if self.state.studio_mode == on:
            return
        self.state.studio_mode = on
        now = self.now
        if not on and now.preview in now.scenes:
            # For a moment the preview is live, says OBS.
            self.tell(SCENES, "CurrentProgramSceneChanged", self.ids("scene", now.scenes[now.preview]))
            self.tell(SCENES, "CurrentProgramSceneChanged", self.ids("scene", now.scenes[now.program]))
        now.preview = now.program
        self.tell(UI, "StudioModeStateChanged", {"studioModeEnabled": on})

    def add_scene(self, name: str, *, is_group: bool = False) -> Scene:
        scene = self.now.add_scene(name, is_group=is_group)
        self.tell(SCENES, "SceneCreated", self.ids("scene", scene) | {"isGroup": is_group})
        self.tell(SCENES, "SceneListChanged", {"scenes": self.scene_list()})
        return scene

    def remove_scene(self, scene: Scene) -> None:
        now = self.now
        del now.scenes[scene.name]
        if now.program == scene.name and now.shown:
            now.program = now.shown[-1].name
            self.tell(SCENES, "CurrentProgramSceneChanged", self.ids("scene", now.scenes[now.program]))
        self.tell(SCENES, "SceneRemoved", self.ids("scene", scene) | {"isGroup": scene.is_group})
        self.tell(SCENES, "SceneListChanged", {"scenes": self.scene_list()})

    def rename_scene(self, scene: Scene, name: str) -> None:
        now, old = self.now, scene.name
        scene.name = name
        now.scenes = {one.name: one for one in now.scenes.values()}
        now.program = name if now.program == old else now.program
        now.preview = name if now.preview == old else now.preview
        self.tell(SCENES, "SceneNameChanged", self.ids("scene", scene) | {"oldSceneName": old})
        self.tell(SCENES, "SceneListChanged", {"scenes": self.scene_list()})

    def scene_list(self) -> list[dict[str, Any]]:
        return [{"sceneIndex": index} | self.ids("scene", scene) for index, scene in enumerate(self.now.shown)]

    def set_transition(self, name: str) -> None:
        self.now.transition = name
        self.tell(TRANSITIONS, "CurrentSceneTransitionChanged", {"transitionName": name})

    def set_transition_ms(self, milliseconds: int) -> None:
        self.now.transition_ms = milliseconds
        self.tell(TRANSITIONS, "CurrentSceneTransitionDurationChanged", {"transitionDuration": milliseconds})

    # Sources

    def add_source(self, scene: Scene, name: str, kind: str, **fields: Any) -> Item:
        now = self.now
        if name not in now.inputs and name not in now.scenes:
            made = now.add_input(name, kind, **fields)
            self.tell(INPUTS, "InputCreated", self.ids("input", made) | {"inputKind": kind})
        item = scene.add(name)
        place = {"sceneItemId": item.id, "sourceName": name, "sceneItemIndex": len(scene.items) - 1}
        self.tell(ITEMS, "SceneItemCreated", self.ids("scene", scene) | place)
        return item

    def remove_source(self, scene: Scene, item: Item) -> None:
        scene.items.remove(item)
        place = {"sceneItemId": item.id, "sourceName": item.source}
        self.tell(ITEMS, "SceneItemRemoved", self.ids("scene", scene) | place)

    def show(self, scene: Scene, item: Item, on: bool) -> None:
        """With the value it has: no event."""
        if item.enabled == on:
            return
        item.enabled = on
        place = {"sceneItemId": item.id, "sceneItemEnabled": on}
        self.tell(ITEMS, "SceneItemEnableStateChanged", self.ids("scene", scene) | place)

    def mute(self, one: Input, on: bool) -> None:
        """With the value it has: an event all the same."""
        one.muted = on
        self.tell(INPUTS, "InputMuteStateChanged", self.ids("input", one) | {"inputMuted": on})

    def set_volume(self, one: Input, db: float) -> None:
        one.db = db
        self.tell(INPUTS, "InputVolumeChanged", self.ids("input", one) | volume(db))

    def play(self, one: Input, action: str) -> None:
        """`action` is the end of its OBS_WEBSOCKET_MEDIA_INPUT_ACTION_. The event comes also when nothing happens."""
        after = {"PLAY": "PLAYING", "PAUSE": "PAUSED", "STOP": "STOPPED", "RESTART": "PLAYING"}
        full = f"OBS_WEBSOCKET_MEDIA_INPUT_ACTION_{action}"
        self.tell(MEDIA, "MediaInputActionTriggered", self.ids("input", one) | {"mediaAction": full})
        before, one.media = one.media, after.get(action, one.media)
        if action == "RESTART" or (one.media == "PLAYING" and before == "STOPPED"):
            self.tell(MEDIA, "MediaInputPlaybackStarted", self.ids("input", one))
        elif action == "STOP" and before != "STOPPED":
            self.tell(MEDIA, "MediaInputPlaybackEnded", self.ids("input", one))

    # Outputs

    def set_output(self, name: str, state: str) -> None:
        output: Output = getattr(self.state, name)
        if state == "STARTED" and output.state == "STARTING":
            output.since = asyncio.get_running_loop().time()
        output.state = state
        told: dict[str, Any] = {
            "outputActive": state in ("STARTED", "RECONNECTED", "RESUMED"),
            "outputState": f"OBS_WEBSOCKET_OUTPUT_{state}",
        }
        if name == "record":
            told["outputPath"] = RECORDING if state in ("STARTED", "STOPPED") else None
        self.tell(OUTPUTS, OUTPUT_EVENTS[name], told)

    def start(self, name: str) -> None:
        """Being asked is all that an answer confirms; whether it worked, an event tells."""
        works = name != "stream" or self.state.settings.ingest_answers
        self.set_output(name, "STARTING")
        self.later(self.state.settings.output_seconds, lambda: self.set_output(name, "STARTED" if works else "STOPPED"))

    def stop(self, name: str) -> None:
        self.set_output(name, "STOPPING")
        self.later(self.state.settings.output_seconds, lambda: self.set_output(name, "STOPPED"))

    def pause(self) -> None:
        if self.state.settings.can_pause and self.state.record.state in ("STARTED", "RESUMED"):
            self.set_output("record", "PAUSED")

    def resume(self) -> None:
        if self.state.record.state == "PAUSED":
            self.set_output("record", "RESUMED")

    def save_replay(self) -> None:
        self.tell(OUTPUTS, "ReplayBufferSaved", {"savedReplayPath": REPLAY})

    # The whole

    def begin_collection(self, name: str) -> None:
        """The old one goes, one by one. Until `end_collection` OBS answers nothing well."""
        self.tell(CONFIG, "CurrentSceneCollectionChanging", {"sceneCollectionName": self.state.collection_name})
        self.state.settings.is_ready = False
        self._remove_all()
        self.state.collection_name = name

    def end_collection(self) -> None:
        now = self.now
        for one in now.inputs.values():
            self.tell(INPUTS, "InputCreated", self.ids("input", one) | {"inputKind": one.kind})
        for scene in now.scenes.values():
            self.tell(SCENES, "SceneCreated", self.ids("scene", scene) | {"isGroup": scene.is_group})
        self.state.settings.is_ready = True
        self.tell(CONFIG, "CurrentSceneCollectionChanged", {"sceneCollectionName": self.state.collection_name})

    def exit(self) -> None:
        """The lists empty before it says that it leaves."""
        self._remove_all()
        self.tell(GENERAL, "ExitStarted", None)

    def _remove_all(self) -> None:
        for scene in self.now.scenes.values():
            self.tell(SCENES, "SceneRemoved", self.ids("scene", scene) | {"isGroup": scene.is_group})
        for one in self.now.inputs.values():
            self.tell(INPUTS, "InputRemoved", self.ids("input", one))


def volume(db: float) -> dict[str, float]:
    return {"inputVolumeDb": db, "inputVolumeMul": 0.0 if db <= -100 else 10 ** (db / 20)}
