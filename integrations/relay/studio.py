"""OBS through `window.obsstudio`, the little that OBS itself lets a browser source do: for as long as its WebSocket
server cannot be reached. Each request of obs-websocket that has a counterpart there, as far as the page's rights go
(`obs.md`, section 9)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from integrations.enums import Tool
from integrations.tools.failures import BeyondReach
from integrations.tools.link import Closed, Found

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from integrations.relay.page import Studio

#: What to do with a request: the function, the field of the request that it takes, and the level that it needs.
ACTS: dict[str, tuple[str, str | None, int]] = {
    "SaveReplayBuffer": ("saveReplayBuffer", None, 3),
    "StartReplayBuffer": ("startReplayBuffer", None, 4),
    "StopReplayBuffer": ("stopReplayBuffer", None, 4),
    "SetCurrentProgramScene": ("setCurrentScene", "sceneName", 4),
    "SetCurrentSceneTransition": ("setCurrentTransition", "transitionName", 4),
    "StartStream": ("startStreaming", None, 5),
    "StopStream": ("stopStreaming", None, 5),
    "StartRecord": ("startRecording", None, 5),
    "StopRecord": ("stopRecording", None, 5),
    "PauseRecord": ("pauseRecording", None, 5),
    "ResumeRecord": ("unpauseRecording", None, 5),
    "StartVirtualCam": ("startVirtualcam", None, 5),
    "StopVirtualCam": ("stopVirtualcam", None, 5),
}
#: The level that each question needs.
QUESTIONS = {
    "GetVersion": 0,
    "GetStreamStatus": 1,
    "GetRecordStatus": 1,
    "GetReplayBufferStatus": 1,
    "GetVirtualCamStatus": 1,
    "GetSceneList": 2,
    "GetSceneTransitionList": 2,
}

#: The field of `getStatus` that answers a question.
OUTPUTS = {"GetStreamStatus": "streaming", "GetReplayBufferStatus": "replaybuffer", "GetVirtualCamStatus": "virtualcam"}

_STREAM, _RECORD, _REPLAY = "StreamStateChanged", "RecordStateChanged", "ReplayBufferStateChanged"
_CAMERA = "VirtualcamStateChanged"
#: Event on the page → obs-websocket's event, and the end of its `outputState`.
STATES = {
    "obsStreamingStarting": (_STREAM, "STARTING"),
    "obsStreamingStarted": (_STREAM, "STARTED"),
    "obsStreamingStopping": (_STREAM, "STOPPING"),
    "obsStreamingStopped": (_STREAM, "STOPPED"),
    "obsRecordingStarting": (_RECORD, "STARTING"),
    "obsRecordingStarted": (_RECORD, "STARTED"),
    "obsRecordingPaused": (_RECORD, "PAUSED"),
    "obsRecordingUnpaused": (_RECORD, "RESUMED"),
    "obsRecordingStopping": (_RECORD, "STOPPING"),
    "obsRecordingStopped": (_RECORD, "STOPPED"),
    "obsReplaybufferStarting": (_REPLAY, "STARTING"),
    "obsReplaybufferStarted": (_REPLAY, "STARTED"),
    "obsReplaybufferStopping": (_REPLAY, "STOPPING"),
    "obsReplaybufferStopped": (_REPLAY, "STOPPED"),
    "obsVirtualcamStarted": (_CAMERA, "STARTED"),
    "obsVirtualcamStopped": (_CAMERA, "STOPPED"),
}
ACTIVE = {"STARTED", "RESUMED"}


class StudioLink:
    """A `tools.link.ObsLink` that knows few requests."""

    def __init__(self, studio: Studio, found: Found) -> None:
        self.found = found
        self.requests = frozenset(
            {name for name, (_, _, level) in ACTS.items() if level <= studio.level}
            | {name for name, level in QUESTIONS.items() if level <= studio.level}
        )
        self._studio = studio
        self._heard = studio.listen()

    @classmethod
    async def opened(cls, studio: Studio) -> StudioLink:
        """Raises OutcomeUnknown if OBS does not answer the page."""
        began = time.perf_counter()
        await studio.call("getStatus")
        return cls(studio, Found(studio.version, latency_ms=round((time.perf_counter() - began) * 1000)))

    async def ask(self, request: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        if request not in self.requests:
            raise BeyondReach(tool=Tool.OBS.label)
        if request in ACTS:
            function, field, _ = ACTS[request]
            await self._studio.call(function, *([(data or {})[field]] if field else []))
            return {}
        if request == "GetVersion":
            return {"obsVersion": self.found.version, "availableRequests": sorted(self.requests)}
        if request == "GetSceneList":
            return await self._scenes()
        if request == "GetSceneTransitionList":
            return await self._transitions()
        return _output(request, await self._studio.call("getStatus"))

    async def events(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        while True:
            name, detail = await self._heard.get()
            if name == "obsExit":
                yield "ExitStarted", {}
                raise Closed(1001)
            if event := _event(name, detail):
                yield event

    async def close(self) -> None:
        self._studio.drop(self._heard)

    async def _scenes(self) -> dict[str, Any]:
        names, current = await asyncio.gather(self._studio.call("getScenes"), self._studio.call("getCurrentScene"))
        # obs-websocket counts from the bottom of the list.
        scenes = [{"sceneIndex": index, "sceneName": name} for index, name in enumerate(reversed(_texts(names)))]
        return {"currentProgramSceneName": _name(current), "currentPreviewSceneName": None, "scenes": scenes}

    async def _transitions(self) -> dict[str, Any]:
        names, current = await asyncio.gather(
            self._studio.call("getTransitions"), self._studio.call("getCurrentTransition")
        )
        return {
            "currentSceneTransitionName": _name(current),
            "transitions": [{"transitionName": name} for name in _texts(names)],
        }


def _output(request: str, status: Any) -> dict[str, Any]:
    told = status if isinstance(status, dict) else {}
    if request == "GetRecordStatus":
        is_paused = told.get("recordingPaused") is True
        return {"outputActive": told.get("recording") is True or is_paused, "outputPaused": is_paused}
    return {"outputActive": told.get(OUTPUTS[request]) is True}


def _event(name: str, detail: Any) -> tuple[str, dict[str, Any]] | None:
    """The event of obs-websocket that says the same; None if there is none."""
    if name in STATES:
        event, state = STATES[name]
        return event, {"outputActive": state in ACTIVE, "outputState": f"OBS_WEBSOCKET_OUTPUT_{state}"}
    match name:
        case "obsSceneChanged":
            return "CurrentProgramSceneChanged", {"sceneName": _name(detail)}
        case "obsSceneListChanged":
            return "SceneListChanged", {}
        case "obsTransitionChanged":
            return "CurrentSceneTransitionChanged", {"transitionName": _name(detail)}
        case "obsReplaybufferSaved":
            return "ReplayBufferSaved", {}
    return None


def _name(value: Any) -> str | None:
    """OBS tells a scene with its size, a transition as its name alone."""
    name = value.get("name") if isinstance(value, dict) else value
    return name if isinstance(name, str) else None


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
