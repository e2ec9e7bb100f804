"""What is ever asked of OBS, and how its answers are read.

Not in the list, because a moderator's click must never reach them: requests that write files, load addresses, remove
things, reconfigure, call plugins, or tell the stream key (`GetStreamServiceSettings`).
"""

from __future__ import annotations

from typing import Any

from integrations.enums import Tool
from integrations.tools.failures import Busy, Misunderstood, Refused

ALLOWED = frozenset(
    {
        "GetVersion", "GetStats",
        "GetSceneList", "GetCurrentProgramScene", "SetCurrentProgramScene", "SetCurrentPreviewScene",
        "GetSceneItemList", "GetGroupSceneItemList", "GetSceneItemEnabled", "SetSceneItemEnabled",
        "GetInputList", "GetSpecialInputs", "GetInputMute", "SetInputMute", "GetInputVolume", "SetInputVolume",
        "GetMediaInputStatus", "TriggerMediaInputAction",
        "GetStreamStatus", "StartStream", "StopStream",
        "GetRecordStatus", "StartRecord", "StopRecord", "PauseRecord", "ResumeRecord",
        "GetReplayBufferStatus", "StartReplayBuffer", "StopReplayBuffer", "SaveReplayBuffer",
        "GetVirtualCamStatus", "StartVirtualCam", "StopVirtualCam",
        "GetStudioModeEnabled", "SetStudioModeEnabled", "TriggerStudioModeTransition",
        "GetSceneTransitionList", "GetCurrentSceneTransition", "SetCurrentSceneTransition",
        "SetCurrentSceneTransitionDuration",
        "GetSceneCollectionList", "GetSourceScreenshot",
    }
)  # fmt: skip

NOT_READY = 207
#: Those that OBS sends without a comment.
STATUSES = {
    500: "OutputRunning",
    501: "OutputNotRunning",
    502: "OutputPaused",
    503: "OutputNotPaused",
    504: "OutputDisabled",
    505: "StudioModeActive",
    506: "StudioModeNotActive",
}
LONGEST_REASON = 300


def frame(request: str, request_id: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """A Request (op 6). Raises ValueError for what is not in the list."""
    check(request)
    asked: dict[str, Any] = {"requestType": request, "requestId": request_id}
    return {"op": 6, "d": asked | ({"requestData": data} if data else {})}


def check(request: str) -> None:
    if request not in ALLOWED:
        raise ValueError(f"{request} is not for Lumio to ask")


def outcome(response: Any) -> dict[str, Any]:
    """The `responseData` of a RequestResponse's `d`. Raises Refused, Busy and Misunderstood."""
    status = response.get("requestStatus") if isinstance(response, dict) else None
    if not isinstance(status, dict) or not isinstance(status.get("result"), bool):
        raise Misunderstood(tool=Tool.OBS.label)
    if status["result"]:
        data = response.get("responseData")
        return data if isinstance(data, dict) else {}
    code = status.get("code")
    if code == NOT_READY:
        raise Busy(tool=Tool.OBS.label)
    reason = status.get("comment")
    if not isinstance(reason, str) or not reason:
        reason = STATUSES.get(code, f"status {code}") if isinstance(code, int) else "no reason given"
    raise Refused(tool=Tool.OBS.label, reason=reason[:LONGEST_REASON])
