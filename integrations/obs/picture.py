"""What is known of one OBS: filled from answers (`integrations.obs.reading`), kept up to date by events. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from integrations.enums import ObsAct
from integrations.obs.acts import ORDERS
from integrations.obs.state import decibels, fitting, name_of
from lumio.lib.payload import items, mapping, number

#: Of what is shown: a person finds nothing in more.
MOST_SCENES, MOST_ITEMS, MOST_INPUTS, MOST_TRANSITIONS = 300, 200, 60, 60
#: How far apart two times of beginning are the same. OBS says how long something runs, in its own time.
SAME = timedelta(seconds=2)


class Part(Enum):
    """What is read anew when an event says that it is not what it was."""

    SCENES = auto()
    ITEMS = auto()
    TRANSITIONS = auto()
    INPUTS = auto()
    MEDIA = auto()
    OUTPUTS = auto()


EVERYTHING = frozenset(Part)
_NOTHING: frozenset[Part] = frozenset()

#: Event → what is to be read anew.
_READ_ANEW: dict[str, frozenset[Part]] = {
    "CurrentProgramSceneChanged": frozenset({Part.ITEMS}),
    "CurrentPreviewSceneChanged": frozenset({Part.ITEMS}),
    "StudioModeStateChanged": frozenset({Part.SCENES, Part.ITEMS}),
    "SceneCreated": frozenset({Part.SCENES}),
    "SceneRemoved": frozenset({Part.SCENES, Part.ITEMS}),
    "SceneNameChanged": frozenset({Part.SCENES, Part.ITEMS}),
    "SceneListChanged": frozenset({Part.SCENES}),
    "SceneItemCreated": frozenset({Part.ITEMS}),
    "SceneItemRemoved": frozenset({Part.ITEMS}),
    "SceneItemListReindexed": frozenset({Part.ITEMS}),
    "InputCreated": frozenset({Part.INPUTS}),
    "InputRemoved": frozenset({Part.INPUTS, Part.ITEMS}),
    "InputNameChanged": frozenset({Part.INPUTS, Part.ITEMS}),
    "MediaInputActionTriggered": frozenset({Part.MEDIA}),
    "CurrentSceneTransitionChanged": frozenset({Part.TRANSITIONS}),
    "CurrentProfileChanged": frozenset({Part.OUTPUTS, Part.TRANSITIONS}),
    "CurrentSceneCollectionChanged": EVERYTHING,
}
#: After these one waits a moment: an OBS that quits says them too, of everything, before it says that it quits.
REMOVALS = frozenset({"SceneRemoved", "SceneItemRemoved", "InputRemoved"})

_STREAM = {
    "STARTING": "starting", "STARTED": "on", "RECONNECTED": "on", "RECONNECTING": "reconnecting",
    "STOPPING": "stopping", "STOPPED": "off",
}  # fmt: skip
_RECORD = {
    "STARTING": "starting", "STARTED": "on", "RESUMED": "on", "PAUSED": "paused", "STOPPING": "stopping",
    "STOPPED": "off",
}  # fmt: skip
_SWITCH = {"STARTED": "on", "STOPPED": "off"}


@dataclass(slots=True)
class Output:
    """`since`: when it would have begun had it never paused."""

    state: str = "off"
    since: datetime | None = None
    seconds: int = 0

    def become(self, state: str, at: datetime) -> None:
        if state == "on" and self.state == "paused":
            self.since = at - timedelta(seconds=self.seconds)
        elif state == "on" and self.state != "reconnecting":
            self.since = at
        elif state == "paused" and self.since:
            self.seconds = int((at - self.since).total_seconds())
        elif state == "off":
            self.since, self.seconds = None, 0
        self.state = state

    def runs(self, state: str, duration: Any, at: datetime) -> None:
        """OBS says that it has run for `duration` milliseconds."""
        began = at - timedelta(milliseconds=number(duration) or 0)
        if self.since is None or abs(began - self.since) > SAME or state == "paused":
            self.since = began
        self.state, self.seconds = state, int((at - self.since).total_seconds())


@dataclass(slots=True)
class Picture:
    """What is known of one OBS."""

    scenes: list[str] = field(default_factory=list)
    program: str | None = None
    preview: str | None = None
    studio_mode: bool = False
    switching_to: str | None = None
    #: It changes its scene collection: it must not be asked, and what it says is not what comes of it.
    is_changing: bool = False
    #: Nothing was read since it did, or since the beginning.
    is_stale: bool = True
    #: It is about to quit. What it says from then on is not what the streamer did.
    is_leaving: bool = False
    transition: str | None = None
    transition_ms: int | None = None
    transitions: list[str] = field(default_factory=list)
    #: Scene → what is in it, its groups opened, and how many more there are.
    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    items_left_out: dict[str, int] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    inputs_left_out: int = 0
    stream: Output = field(default_factory=Output)
    record: Output = field(default_factory=Output)
    replay: str = "unavailable"
    replay_saved_at: datetime | None = None
    camera: str = "unavailable"
    #: How often each part was touched by events, so that who reads it knows when the answer may be older.
    touched: dict[Part, int] = field(default_factory=lambda: dict.fromkeys(Part, 0))

    # --- What OBS answers ---------------------------------------------------------------------------------------

    def scenes_are(self, answer: Mapping[str, Any], *, studio_mode: bool) -> None:
        """`GetSceneList`. OBS counts from the bottom."""
        told = [name_of(mapping(scene).get("sceneName")) for scene in items(answer.get("scenes"), 100_000)]
        self.scenes = [name for name in reversed(told) if name]
        self.program = name_of(answer.get("currentProgramSceneName")) or None
        self.studio_mode = studio_mode
        self.preview = (name_of(answer.get("currentPreviewSceneName")) or None) if studio_mode else None

    def items_are(self, scene: str, listed: list[Any], groups: Mapping[str, list[Any]]) -> None:
        """`GetSceneItemList` of a scene that is shown, `GetGroupSceneItemList` of its groups. From the bottom."""
        found: list[dict[str, Any]] = []
        for item in _top_first(listed):
            name = name_of(item.get("sourceName"))
            found.append(_item(item, name, None))
            found.extend(_item(one, name_of(one.get("sourceName")), name) for one in _top_first(groups.get(name, [])))
        self.items[scene] = found[:MOST_ITEMS]
        self.items_left_out[scene] = max(0, len(found) - MOST_ITEMS)

    def only_items_of(self, scenes: Collection[str]) -> None:
        self.items = {scene: found for scene, found in self.items.items() if scene in scenes}
        self.items_left_out = {scene: left for scene, left in self.items_left_out.items() if scene in scenes}

    def transitions_are(self, listed: Mapping[str, Any], current: Mapping[str, Any]) -> None:
        """`GetSceneTransitionList`, `GetCurrentSceneTransition`."""
        names = [
            name_of(mapping(one).get("transitionName")) for one in items(listed.get("transitions"), MOST_TRANSITIONS)
        ]
        self.transitions = [name for name in names if name]
        self.transition = name_of(listed.get("currentSceneTransitionName")) or None
        self.transition_ms = number(current.get("transitionDuration"))

    def stream_is(self, status: Mapping[str, Any], at: datetime) -> None:
        """`GetStreamStatus`. What starts and stops is told by events alone: the status is the same as before."""
        if status.get("outputActive") is True:
            if self.stream.state != "stopping":
                is_lost = status.get("outputReconnecting") is True
                self.stream.runs("reconnecting" if is_lost else "on", status.get("outputDuration"), at)
        elif self.stream.state != "starting":
            self.stream.become("off", at)

    def record_is(self, status: Mapping[str, Any], at: datetime) -> None:
        """`GetRecordStatus`."""
        if status.get("outputActive") is True:
            if self.record.state != "stopping":
                is_paused = status.get("outputPaused") is True
                self.record.runs("paused" if is_paused else "on", status.get("outputDuration"), at)
        elif self.record.state != "starting":
            self.record.become("off", at)

    # --- What OBS tells by itself -------------------------------------------------------------------------------

    def hear(self, event: str, data: Mapping[str, Any], at: datetime) -> frozenset[Part]:
        """Take in an event; what is to be read anew."""
        if event == "ExitStarted":
            self.is_leaving = True
        if self.is_leaving:
            return _NOTHING
        if event in {"CurrentSceneCollectionChanging", "CurrentSceneCollectionChanged"}:
            self.is_changing, self.is_stale = event.endswith("Changing"), True
            self.switching_to = None
        elif self.is_changing:
            return _NOTHING
        else:
            self._take(event, data, at)
        parts = _READ_ANEW.get(event, _NOTHING)
        if event in _OF_ITEMS and name_of(data.get("sceneName")) not in self._addresses():
            parts = _NOTHING
        for part in parts | _TOUCHED.get(event, _NOTHING):
            self.touched[part] += 1
        return parts

    def _take(self, event: str, data: Mapping[str, Any], at: datetime) -> None:
        """What an event itself says."""
        name, state = name_of(data.get("sceneName")), str(data.get("outputState")).removeprefix("OBS_WEBSOCKET_OUTPUT_")
        match event:
            case "CurrentProgramSceneChanged":
                self.program, self.switching_to = name or None, None
            case "SceneTransitionEnded":
                self.switching_to = None
            case "CurrentPreviewSceneChanged":
                self.preview = name or None
            case "StudioModeStateChanged":
                self.studio_mode = data.get("studioModeEnabled") is True
                self.preview = self.preview if self.studio_mode else None
            case "SceneItemEnableStateChanged":
                self._set_visible(name, data.get("sceneItemId"), data.get("sceneItemEnabled") is True)
            case "InputMuteStateChanged":
                self._set_input(data, muted=data.get("inputMuted") is True)
            case "InputVolumeChanged":
                self._set_input(data, db=decibels(data.get("inputVolumeDb")))
            case "MediaInputPlaybackStarted":
                self._set_input(data, media="playing")
            case "MediaInputPlaybackEnded":
                self._set_input(data, media="stopped")
            case "CurrentSceneTransitionChanged":
                self.transition = name_of(data.get("transitionName")) or None
            case "CurrentSceneTransitionDurationChanged":
                self.transition_ms = number(data.get("transitionDuration"))
            case "StreamStateChanged" if state in _STREAM:
                self.stream.become(_STREAM[state], at)
            case "RecordStateChanged" if state in _RECORD:
                self.record.become(_RECORD[state], at)
            case "ReplayBufferStateChanged" if state in _SWITCH:
                self.replay = _SWITCH[state]
            case "ReplayBufferSaved":
                self.replay_saved_at = at
            case "VirtualcamStateChanged" if state in _SWITCH:
                self.camera = _SWITCH[state]

    def _addresses(self) -> set[str]:
        """The scenes that are shown and the groups in them."""
        return {*self.shown_scenes, *(item["group"] or item["name"] for scene in self.items.values() for item in scene)}

    def _set_visible(self, scene: str, id: Any, is_visible: bool) -> None:
        for shown, found in self.items.items():
            for item in found:
                if item["id"] == id and (item["group"] or shown) == scene:
                    item["visible"] = is_visible

    def _set_input(self, data: Mapping[str, Any], **values: Any) -> None:
        name = name_of(data.get("inputName"))
        for known in self.inputs:
            # A microphone does not become a player of media.
            if known["name"] == name and not ("media" in values and known["media"] is None):
                known.update(values)

    # --- What is told ---------------------------------------------------------------------------------------------

    @property
    def shown_scenes(self) -> list[str]:
        """Those whose items are shown."""
        return [name for name in dict.fromkeys((self.program, self.preview)) if name]

    def data(self, base: Mapping[str, Any], requests: Collection[str], at: datetime) -> dict[str, Any]:
        """`base` (`blank`, with what the link is like) filled, for an OBS that knows `requests`."""
        told = {
            **base,
            "read_at": at.isoformat(),
            "is_changing": self.is_changing or self.is_stale,
            "scenes": [{"name": name} for name in self._some_scenes()],
            "program": self.program,
            "preview": self.preview,
            "studio_mode": self.studio_mode,
            "switching_to": self.switching_to,
            "transition": {"name": self.transition, "duration_ms": self.transition_ms, "names": list(self.transitions)},
            **self._items_of("items", self.program),
            **self._items_of("preview_items", self.preview if self.preview != self.program else None),
            "inputs": [dict(one) for one in self.inputs[:MOST_INPUTS]],
            "inputs_left_out": self.inputs_left_out + max(0, len(self.inputs) - MOST_INPUTS),
            "stream": {"state": self.stream.state, "since": _iso(self.stream.since)},
            "record": {
                "state": self.record.state,
                "since": _iso(self.record.since),
                "seconds": self._seconds(at),
            },
            "replay": {"state": self.replay, "saved_at": _iso(self.replay_saved_at)},
            "camera": {"state": self.camera},
            "can": [act.value for act in ObsAct if self._can(act) and ORDERS[act].request in requests],
        }
        told["scenes_left_out"] = len(self.scenes) - len(told["scenes"])
        return fitting(told)

    def _some_scenes(self) -> list[str]:
        """With the one on air, wherever it stands."""
        some = self.scenes[:MOST_SCENES]
        hidden = [name for name in self.shown_scenes if name in self.scenes and name not in some]
        return some[: MOST_SCENES - len(hidden)] + hidden

    def _items_of(self, name: str, scene: str | None) -> dict[str, Any]:
        found = [dict(item) for item in self.items.get(scene, ())] if scene else []
        return {name: found, f"{name}_left_out": self.items_left_out.get(scene, 0) if scene else 0}

    def _seconds(self, at: datetime) -> int:
        """How much was recorded by then."""
        if self.record.state == "on" and self.record.since:
            return int((at - self.record.since).total_seconds())
        return self.record.seconds

    def _can(self, act: ObsAct) -> bool:
        """Whether this OBS would do it now."""
        if self.is_changing or self.is_stale or self.is_leaving:
            return False
        streams, records = self.stream.state, self.record.state
        fits: dict[ObsAct, bool] = {
            ObsAct.PROGRAM: bool(self.scenes),
            ObsAct.PREVIEW: self.studio_mode,
            ObsAct.TAKE: self.studio_mode,
            ObsAct.TRANSITION: bool(self.transitions),
            ObsAct.TRANSITION_TIME: self.transition_ms is not None,
            ObsAct.MEDIA: any(one["media"] for one in self.inputs),
            ObsAct.STREAM_START: streams == "off",
            ObsAct.STREAM_STOP: streams in {"starting", "on", "reconnecting"},
            ObsAct.RECORD_START: records == "off",
            ObsAct.RECORD_STOP: records in {"on", "paused"},
            ObsAct.RECORD_PAUSE: records == "on",
            ObsAct.RECORD_RESUME: records == "paused",
            ObsAct.REPLAY_START: self.replay == "off",
            ObsAct.REPLAY_STOP: self.replay == "on",
            ObsAct.REPLAY_SAVE: self.replay == "on",
            ObsAct.CAMERA_START: self.camera == "off",
            ObsAct.CAMERA_STOP: self.camera == "on",
        }
        return fits.get(act, True)


_OF_ITEMS = frozenset({"SceneItemCreated", "SceneItemRemoved", "SceneItemListReindexed"})
#: Events that say what a part is, beside those after which it is read anew.
_TOUCHED: dict[str, frozenset[Part]] = {
    "CurrentProgramSceneChanged": frozenset({Part.SCENES}),
    "CurrentPreviewSceneChanged": frozenset({Part.SCENES}),
    "SceneItemEnableStateChanged": frozenset({Part.ITEMS}),
    "InputMuteStateChanged": frozenset({Part.INPUTS}),
    "InputVolumeChanged": frozenset({Part.INPUTS}),
    "MediaInputPlaybackStarted": frozenset({Part.INPUTS, Part.MEDIA}),
    "MediaInputPlaybackEnded": frozenset({Part.INPUTS, Part.MEDIA}),
    "CurrentSceneTransitionDurationChanged": frozenset({Part.TRANSITIONS}),
    "StreamStateChanged": frozenset({Part.OUTPUTS}),
    "RecordStateChanged": frozenset({Part.OUTPUTS}),
    "ReplayBufferStateChanged": frozenset({Part.OUTPUTS}),
    "VirtualcamStateChanged": frozenset({Part.OUTPUTS}),
}


def _item(item: Mapping[str, Any], name: str, group: str | None) -> dict[str, Any]:
    is_visible = item.get("sceneItemEnabled") is True
    return {"id": number(item.get("sceneItemId")) or 0, "name": name, "visible": is_visible, "group": group}


def _top_first(listed: list[Any]) -> list[Mapping[str, Any]]:
    found = [mapping(item) for item in listed]
    return sorted(found, key=lambda item: number(item.get("sceneItemIndex")) or 0, reverse=True)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
