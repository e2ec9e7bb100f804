"""What each request does, and how OBS says no to it (shared/platforms/obs.md, sections 4 and 6)."""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import Callable
from typing import Any

from tests.fakes.obs.desk import Desk, volume
from tests.fakes.obs.state import Input, Item, Output, Scene

#: One grey pixel.
PICTURE = base64.b64encode(
    bytes.fromhex(
        "ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c140d0c0b0b0c1912130f141d1a1f1e1d"
        "1a1c1c20242e2720222c231c1c2837292c30313434341f27393d38323c2e333432ffc0000b080001000101011100ffc4001f000001050101"
        "0101010100000000000000000102030405060708090a0bffc400b5100002010303020403050504040000017d01020300041105122131410613"
        "516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a5354555657"
        "58595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4"
        "c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffda0008010100003f00fbd3ffd9"
    )
).decode()
MEDIA_ACTION = "OBS_WEBSOCKET_MEDIA_INPUT_ACTION_"
#: Since 5.3; before, requests in the middle of a change met whatever was there.
NOT_READY_SINCE = (5, 3)


class Declined(Exception):
    """OBS says no. Some codes come without a comment."""

    def __init__(self, code: int, comment: str | None = None) -> None:
        super().__init__(code, comment)
        self.code = code
        self.comment = comment


class Data:
    """`requestData`, read as OBS reads it."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def take(self, name: str, kind: type | tuple[type, ...], *, optional: bool = False) -> Any:
        if not optional and (not isinstance(self._data, dict) or not self._data):
            raise Declined(301, "Your request data is missing or invalid (non-object)")
        value = (self._data or {}).get(name)
        if value is None:
            if optional:
                return None
            raise Declined(300, f"Your request is missing the `{name}` field.")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Declined(401, f"The field value of `{name}` is not of the right type.")
        if value == "":
            raise Declined(403, f"The field value of `{name}` must not be empty.")
        return value

    def number(self, name: str, low: float, high: float, *, optional: bool = False) -> Any:
        value = self.take(name, (int, float), optional=optional)
        if value is not None and not low <= value <= high:
            raise Declined(402, f"The field value of `{name}` is out of range.")
        return value


class Requests:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.state = desk.state
        self.table: dict[str, Callable[[Data], dict[str, Any] | None]] = {
            "GetVersion": self.version,
            "GetStats": lambda data: self.state.stats | SESSION_STATS,
            "BroadcastCustomEvent": self.broadcast,
            "GetSceneList": self.scenes,
            "GetCurrentProgramScene": self.program,
            "SetCurrentProgramScene": lambda data: self.desk.switch(self.scene(data)),
            "GetCurrentPreviewScene": self.preview,
            "SetCurrentPreviewScene": self.set_preview,
            "GetSceneItemList": lambda data: {"sceneItems": self.items(self.scene(data))},
            "GetGroupSceneItemList": lambda data: {"sceneItems": self.items(self.group(data))},
            "GetSceneItemId": self.item_id,
            "GetSceneItemEnabled": lambda data: {"sceneItemEnabled": self.item(data)[1].enabled},
            "SetSceneItemEnabled": lambda data: self.desk.show(*self.item(data), data.take("sceneItemEnabled", bool)),
            "GetInputList": self.inputs,
            "GetSpecialInputs": lambda data: dict(self.desk.now.special),
            "GetInputMute": lambda data: {"inputMuted": self.sound(data).muted},
            "SetInputMute": lambda data: self.desk.mute(self.sound(data), data.take("inputMuted", bool)),
            "ToggleInputMute": self.toggle_mute,
            "GetInputVolume": lambda data: volume(self.sound(data).db),
            "SetInputVolume": self.set_volume,
            "GetMediaInputStatus": self.media,
            "TriggerMediaInputAction": self.play,
            "GetStreamStatus": self.stream_status,
            "GetRecordStatus": self.record_status,
            "GetReplayBufferStatus": lambda data: {"outputActive": self.output("replay").is_active},
            "GetVirtualCamStatus": lambda data: {"outputActive": self.output("camera").is_active},
            "StartStream": lambda data: self.start("stream"),
            "StopStream": lambda data: self.stop("stream"),
            "ToggleStream": lambda data: self.toggle("stream"),
            "StartRecord": lambda data: self.start("record"),
            "StopRecord": lambda data: self.stop("record"),
            "ToggleRecord": lambda data: self.toggle("record"),
            # Both answer 100 even when there is nothing to pause.
            "PauseRecord": lambda data: self.desk.pause(),
            "ResumeRecord": lambda data: self.desk.resume(),
            "StartReplayBuffer": lambda data: self.start("replay"),
            "StopReplayBuffer": lambda data: self.stop("replay"),
            "SaveReplayBuffer": self.save_replay,
            "StartVirtualCam": lambda data: self.start("camera"),
            "StopVirtualCam": lambda data: self.stop("camera"),
            "GetStudioModeEnabled": lambda data: {"studioModeEnabled": self.state.studio_mode},
            "SetStudioModeEnabled": lambda data: self.desk.set_studio_mode(data.take("studioModeEnabled", bool)),
            "TriggerStudioModeTransition": self.take,
            "GetSceneTransitionList": self.transitions,
            "GetCurrentSceneTransition": self.transition,
            "SetCurrentSceneTransition": self.set_transition,
            "SetCurrentSceneTransitionDuration": self.set_transition_ms,
            "GetSceneCollectionList": self.collections,
            "SetCurrentSceneCollection": self.set_collection,
            "GetSourceScreenshot": self.screenshot,
        }

    def respond(self, kind: str, data: Any) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """`requestStatus` and `responseData`."""
        try:
            answered = self._answer(kind, Data(data))
        except Declined as no:
            comment = {"comment": no.comment} if no.comment else {}
            return {"result": False, "code": no.code} | comment, None
        return {"result": True, "code": 100}, answered or None

    def _answer(self, kind: str, data: Data) -> dict[str, Any] | None:
        settings = self.state.settings
        if not settings.is_ready and settings.plugin >= NOT_READY_SINCE:
            raise Declined(207, "OBS is not ready to perform the request.")
        if kind not in self.table:
            raise Declined(204, f"Your request type is not valid: {kind}")
        return self.table[kind](data)

    # What requests name

    def source(self, data: Data, kind: str = "scene") -> Scene | Input:
        now = self.desk.now
        unique = data.take(f"{kind}Uuid", str, optional=True) if self.state.settings.plugin >= (5, 4) else None
        things = [*now.scenes.values(), *now.inputs.values()]
        name = None if unique else data.take(f"{kind}Name", str)
        found = next((one for one in things if one.uuid == unique or one.name == name), None)
        if found is None:
            raise Declined(600, f"No source was found by the name of `{name or unique}`.")
        return found

    def scene(self, data: Data) -> Scene:
        found = self.source(data)
        if not isinstance(found, Scene) or found.is_group:
            raise Declined(602, "The specified source is not of the type `scene`.")
        return found

    def group(self, data: Data) -> Scene:
        found = self.source(data)
        if not isinstance(found, Scene) or not found.is_group:
            raise Declined(602, "The specified source is not of the type `group`.")
        return found

    def item(self, data: Data) -> tuple[Scene, Item]:
        """Of a scene or of a group."""
        scene = self.source(data)
        if not isinstance(scene, Scene):
            raise Declined(602, "The specified source is not a scene or group.")
        wanted = data.number("sceneItemId", 0, 2**53)
        item = next((one for one in scene.items if one.id == wanted), None)
        if item is None:
            raise Declined(600, f"No scene items were found in scene `{scene.name}` with the ID `{wanted}`.")
        return scene, item

    def input(self, data: Data) -> Input:
        found = self.source(data, "input")
        if not isinstance(found, Input):
            raise Declined(602, "The specified source is not an input.")
        return found

    def sound(self, data: Data) -> Input:
        found = self.input(data)
        if not found.has_sound:
            raise Declined(604, "The specified input does not support audio.")
        return found

    # General

    def version(self, data: Data) -> dict[str, Any]:
        settings = self.state.settings
        return {
            "obsVersion": settings.obs_version,
            "obsWebSocketVersion": settings.websocket_version,
            "rpcVersion": settings.rpc_version,
            "availableRequests": sorted(self.table),
            "supportedImageFormats": ["bmp", "jpeg", "jpg", "png", "webp"],
            "platform": "ubuntu",
            "platformDescription": "Ubuntu 24.04 LTS",
        }

    def broadcast(self, data: Data) -> None:
        self.desk.tell(1, "CustomEvent", data.take("eventData", dict))

    # Scenes

    def scenes(self, data: Data) -> dict[str, Any]:
        now = self.desk.now
        preview = now.preview if self.state.studio_mode else None
        names = {"currentProgramSceneName": now.program or None, "currentPreviewSceneName": preview}
        return names | {"scenes": self.desk.scene_list()}

    def program(self, data: Data) -> dict[str, Any]:
        now = self.desk.now
        newer = self.desk.ids("scene", now.scenes[now.program]) if self.state.settings.plugin >= (5, 4) else {}
        return {"currentProgramSceneName": now.program} | newer

    def preview(self, data: Data) -> dict[str, Any]:
        if not self.state.studio_mode:
            raise Declined(506)
        return {"currentPreviewSceneName": self.desk.now.preview}

    def set_preview(self, data: Data) -> None:
        if not self.state.studio_mode:
            raise Declined(506)
        self.desk.choose_preview(self.scene(data))

    def take(self, data: Data) -> None:
        if not self.state.studio_mode:
            raise Declined(506)
        self.desk.take()

    def items(self, scene: Scene) -> list[dict[str, Any]]:
        now = self.desk.now
        told = []
        for index, item in enumerate(scene.items):
            source = now.scenes.get(item.source) or now.inputs[item.source]
            is_input = isinstance(source, Input)
            told.append(
                {
                    "sceneItemId": item.id,
                    "sceneItemIndex": index,
                    "sceneItemEnabled": item.enabled,
                    "sceneItemLocked": item.locked,
                    "sceneItemBlendMode": "OBS_BLEND_NORMAL",
                    "sceneItemTransform": TRANSFORM,
                    "sourceType": "OBS_SOURCE_TYPE_INPUT" if is_input else "OBS_SOURCE_TYPE_SCENE",
                    "inputKind": source.kind if isinstance(source, Input) else None,
                    "isGroup": source.is_group if isinstance(source, Scene) else None,
                }
                | self.desk.ids("source", source)
            )
        return told

    def item_id(self, data: Data) -> dict[str, Any]:
        scene, wanted = self.scene(data), data.take("sourceName", str)
        found = next((item for item in scene.items if item.source == wanted), None)
        if found is None:
            raise Declined(600, f"No scene items were found in scene `{scene.name}` with the source `{wanted}`.")
        return {"sceneItemId": found.id}

    def transitions(self, data: Data) -> dict[str, Any]:
        now = self.desk.now
        described = [_transition(name) for name in now.transitions]
        kind = _transition(now.transition)["transitionKind"]
        names = {"currentSceneTransitionName": now.transition, "currentSceneTransitionKind": kind}
        return names | {"transitions": described}

    def transition(self, data: Data) -> dict[str, Any]:
        now = self.desk.now
        described = _transition(now.transition)
        duration = None if described["transitionFixed"] else now.transition_ms
        return described | {"transitionDuration": duration, "transitionSettings": None}

    def set_transition(self, data: Data) -> None:
        name = data.take("transitionName", str)
        if name not in self.desk.now.transitions:
            raise Declined(600, "No scene transition was found by that name.")
        self.desk.set_transition(name)

    def set_transition_ms(self, data: Data) -> None:
        self.desk.set_transition_ms(int(data.number("transitionDuration", 50, 20_000)))

    # Inputs

    def inputs(self, data: Data) -> dict[str, Any]:
        wanted = data.take("inputKind", str, optional=True)
        return {
            "inputs": [
                self.desk.ids("input", one) | {"inputKind": one.kind, "unversionedInputKind": one.kind.split("_v")[0]}
                for one in self.desk.now.inputs.values()
                if wanted in (None, one.kind)
            ]
        }

    def toggle_mute(self, data: Data) -> dict[str, Any]:
        one = self.sound(data)
        self.desk.mute(one, not one.muted)
        return {"inputMuted": one.muted}

    def set_volume(self, data: Data) -> None:
        one = self.sound(data)
        db = data.number("inputVolumeDb", -100, 26, optional=True)
        times = data.number("inputVolumeMul", 0, 20, optional=True)
        if (db is None) == (times is None):
            raise Declined(300 if db is None else 404, "You must specify one volume field.")
        self.desk.set_volume(one, float(db) if db is not None else _decibels(times))

    def media(self, data: Data) -> dict[str, Any]:
        one = self.input(data)
        is_loaded = one.media in ("PLAYING", "PAUSED")
        return {
            "mediaState": f"OBS_MEDIA_STATE_{one.media or 'NONE'}",
            "mediaDuration": 20_000 if is_loaded else None,
            "mediaCursor": 4_000 if is_loaded else None,
        }

    def play(self, data: Data) -> None:
        one, action = self.input(data), data.take("mediaAction", str)
        if action.removeprefix(MEDIA_ACTION) not in ("PLAY", "PAUSE", "STOP", "RESTART", "NEXT", "PREVIOUS"):
            raise Declined(400, "You have specified an invalid media input action.")
        if one.media is not None:
            self.desk.play(one, action.removeprefix(MEDIA_ACTION))

    # Outputs

    def output(self, name: str) -> Output:
        if (name == "replay" and not self.state.has_replay) or (name == "camera" and not self.state.has_camera):
            raise Declined(604, f"{'Replay buffer' if name == 'replay' else 'VirtualCam'} is not available.")
        return getattr(self.state, name)

    def start(self, name: str) -> None:
        if self.output(name).state != "STOPPED":
            raise Declined(500)
        self.desk.start(name)

    def stop(self, name: str) -> None:
        if self.output(name).state in ("STOPPED", "STOPPING"):
            raise Declined(501)
        self.desk.stop(name)

    def toggle(self, name: str) -> dict[str, Any]:
        wanted = self.output(name).state == "STOPPED"
        (self.desk.start if wanted else self.desk.stop)(name)
        return {"outputActive": wanted}

    def save_replay(self, data: Data) -> None:
        if not self.output("replay").is_active:
            raise Declined(501)
        self.desk.save_replay()

    def stream_status(self, data: Data) -> dict[str, Any]:
        stream = self.state.stream
        # While the ingest is lost the event says that it is not active, and this that it is.
        return _running(stream) | {
            "outputReconnecting": stream.state == "RECONNECTING",
            "outputCongestion": self.state.congestion,
            "outputSkippedFrames": self.state.stats["outputSkippedFrames"],
            "outputTotalFrames": self.state.stats["outputTotalFrames"],
        }

    def record_status(self, data: Data) -> dict[str, Any]:
        record = self.state.record
        return _running(record) | {"outputPaused": record.state == "PAUSED"}

    # The rest

    def collections(self, data: Data) -> dict[str, Any]:
        names = list(self.state.collections)
        return {"currentSceneCollectionName": self.state.collection_name, "sceneCollections": names}

    def set_collection(self, data: Data) -> None:
        name = data.take("sceneCollectionName", str)
        if name not in self.state.collections:
            raise Declined(600)
        if name != self.state.collection_name:
            self.desk.begin_collection(name)
            self.desk.later(0.1, self.desk.end_collection)

    def screenshot(self, data: Data) -> dict[str, Any]:
        self.source(data, "source")
        kind = data.take("imageFormat", str)
        data.number("imageWidth", 8, 4096, optional=True)
        if kind not in ("jpg", "jpeg", "png"):
            raise Declined(400, "Your specified image format is invalid or not supported by this system.")
        return {"imageData": f"data:image/{kind};base64,{PICTURE}"}


SESSION_STATS = {"webSocketSessionIncomingMessages": 1, "webSocketSessionOutgoingMessages": 2}
TRANSFORM = {
    "alignment": 5, "boundsAlignment": 0, "boundsHeight": 1.0, "boundsType": "OBS_BOUNDS_NONE", "boundsWidth": 1.0,
    "cropBottom": 0, "cropLeft": 0, "cropRight": 0, "cropTop": 0, "height": 360.0, "positionX": 0.0, "positionY": 0.0,
    "rotation": 0.0, "scaleX": 1.0, "scaleY": 1.0, "sourceHeight": 360.0, "sourceWidth": 640.0, "width": 640.0,
}  # fmt: skip


def _transition(name: str) -> dict[str, Any]:
    kinds = {"Cut": "cut_transition", "Fade": "fade_transition"}
    return {
        "transitionName": name,
        "transitionKind": kinds.get(name, "swipe_transition"),
        "transitionFixed": name == "Cut",
        "transitionConfigurable": name not in kinds,
    }


def _running(output: Output) -> dict[str, Any]:
    seconds = asyncio.get_running_loop().time() - output.since if output.is_active else 0.0
    hours, rest = divmod(seconds, 3600)
    timecode = f"{int(hours):02}:{int(rest // 60):02}:{rest % 60:06.3f}"
    return {
        "outputActive": output.is_active,
        "outputTimecode": timecode,
        "outputDuration": int(seconds * 1000),
        "outputBytes": int(seconds * 750_000),
    }


def _decibels(times: float) -> float:
    return -100.0 if times <= 0 else max(-100.0, 20 * math.log10(times))
