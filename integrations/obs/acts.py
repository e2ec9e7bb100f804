"""What OBS is told to do: which request each act is, and what it needs to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.enums import ObsAct
from lumio.lib.errors import Refusal

#: Characters of a name of somebody's scene, source or transition.
NAME_LENGTH = 256
#: What OBS takes, decibels and milliseconds: obs.md, section 6.
QUIETEST, LOUDEST = -100.0, 26.0
SHORTEST, LONGEST = 50, 20_000
MEDIA = ("play", "pause", "stop", "restart")


class NotAnAct(Refusal):
    code = "not_an_obs_act"
    status = 422
    sentence = _("OBS cannot be told “{act}”. It can be told: {acts}.")


class NotForThisAct(Refusal):
    """An argument is missing, of the wrong kind, or one that the act has no use for."""

    code = "not_for_this_obs_act"
    status = 422
    sentence = _("“{act}” was not understood. What it needs is: {needs}.")


@dataclass(frozen=True, slots=True)
class Argument:
    """`fits` says whether a value is one, `what` what it is."""

    what: str | Promise
    fits: Callable[[Any], bool]
    #: The field of OBS's request.
    field: str
    #: What OBS calls the value.
    spelling: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Order:
    """An act as OBS takes it."""

    request: str
    arguments: Mapping[str, Argument]

    def data(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The `requestData` for arguments that `understood` has passed."""
        return {one.field: one.spelling(given[name]) for name, one in self.arguments.items()}


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= NAME_LENGTH


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _is_db(value: Any) -> bool:
    return type(value) in (int, float) and QUIETEST <= value <= LOUDEST


_SCENE = Argument(_("its name"), _is_name, "sceneName")
_INPUT = Argument(_("its name"), _is_name, "inputName")

ORDERS: Mapping[ObsAct, Order] = {
    ObsAct.PROGRAM: Order("SetCurrentProgramScene", {"scene": _SCENE}),
    ObsAct.PREVIEW: Order("SetCurrentPreviewScene", {"scene": _SCENE}),
    ObsAct.STUDIO_MODE: Order(
        "SetStudioModeEnabled", {"on": Argument(_("true or false"), _is_flag, "studioModeEnabled")}
    ),
    ObsAct.TAKE: Order("TriggerStudioModeTransition", {}),
    ObsAct.TRANSITION: Order(
        "SetCurrentSceneTransition", {"transition": Argument(_("its name"), _is_name, "transitionName")}
    ),
    ObsAct.TRANSITION_TIME: Order(
        "SetCurrentSceneTransitionDuration",
        {
            "duration_ms": Argument(
                _("50 to 20000"), lambda value: _is_whole(value, SHORTEST, LONGEST), "transitionDuration"
            )
        },
    ),
    ObsAct.SOURCE: Order(
        "SetSceneItemEnabled",
        {
            "scene": Argument(_("the scene, or the group that the source is in"), _is_name, "sceneName"),
            "item": Argument(_("its number there"), lambda value: _is_whole(value, 0, 2**31), "sceneItemId"),
            "visible": Argument(_("true or false"), _is_flag, "sceneItemEnabled"),
        },
    ),
    ObsAct.MUTE: Order(
        "SetInputMute", {"input": _INPUT, "muted": Argument(_("true or false"), _is_flag, "inputMuted")}
    ),
    ObsAct.VOLUME: Order("SetInputVolume", {"input": _INPUT, "db": Argument(_("-100 to 26"), _is_db, "inputVolumeDb")}),
    ObsAct.MEDIA: Order(
        "TriggerMediaInputAction",
        {
            "input": _INPUT,
            "media": Argument(
                ", ".join(MEDIA),
                lambda value: isinstance(value, str) and value in MEDIA,
                "mediaAction",
                lambda value: f"OBS_WEBSOCKET_MEDIA_INPUT_ACTION_{value.upper()}",
            ),
        },
    ),
    ObsAct.STREAM_START: Order("StartStream", {}),
    ObsAct.STREAM_STOP: Order("StopStream", {}),
    ObsAct.RECORD_START: Order("StartRecord", {}),
    ObsAct.RECORD_STOP: Order("StopRecord", {}),
    ObsAct.RECORD_PAUSE: Order("PauseRecord", {}),
    ObsAct.RECORD_RESUME: Order("ResumeRecord", {}),
    ObsAct.REPLAY_START: Order("StartReplayBuffer", {}),
    ObsAct.REPLAY_STOP: Order("StopReplayBuffer", {}),
    ObsAct.REPLAY_SAVE: Order("SaveReplayBuffer", {}),
    ObsAct.CAMERA_START: Order("StartVirtualCam", {}),
    ObsAct.CAMERA_STOP: Order("StopVirtualCam", {}),
}


def understood(act: str, given: Mapping[str, Any]) -> tuple[ObsAct, dict[str, Any]]:
    """The act and its arguments, of which those that are None count as absent. Raises NotAnAct, NotForThisAct."""
    if act not in ObsAct.values:
        raise NotAnAct(act=act[:40], acts=", ".join(ObsAct))
    arguments = {name: value for name, value in given.items() if value is not None}
    known = ORDERS[ObsAct(act)].arguments
    if arguments.keys() != known.keys() or not all(known[name].fits(value) for name, value in arguments.items()):
        raise NotForThisAct(act=act, needs=", ".join(f"{name} ({one.what})" for name, one in known.items()) or "-")
    return ObsAct(act), arguments
