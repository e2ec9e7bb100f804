"""`window.obsstudio` as a link to OBS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integrations.relay import page
from integrations.relay.page import Studio
from integrations.relay.studio import ACTS, StudioLink
from integrations.tools.failures import BeyondReach, OutcomeUnknown
from integrations.tools.link import Closed


class Obs:
    """What the page in OBS answers; `calls` is what was asked of it."""

    def __init__(self, level: int = 5, **answers: Any) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answers = {"getStatus": {}, **answers}
        self.studio = Studio(self._say, level=level, version="31.0.0")

    async def _say(self, kind: str, *, call: int, name: str, arguments: list[Any]) -> None:
        assert kind == "studio"
        self.calls.append((name, *arguments))
        self.studio.answered(call, self.answers.get(name))


@pytest.fixture
def link_to() -> Callable[..., Any]:
    async def make(level: int = 5, **answers: Any) -> tuple[StudioLink, Obs]:
        obs = Obs(level, **answers)
        return await StudioLink.opened(obs.studio), obs

    return make


async def test_scenes_are_told_as_obs_websocket_tells_them(link_to):
    link, _ = await link_to(getScenes=["Top", "Bottom"], getCurrentScene={"name": "Top", "width": 1, "height": 1})

    assert await link.ask("GetSceneList") == {
        "currentProgramSceneName": "Top",
        "currentPreviewSceneName": None,
        "scenes": [{"sceneIndex": 0, "sceneName": "Bottom"}, {"sceneIndex": 1, "sceneName": "Top"}],
    }


@pytest.mark.parametrize("nothing", [None, 7, {}, [None, 3]])
async def test_what_obs_does_not_tell_is_nothing(link_to, nothing):
    link, _ = await link_to(getScenes=nothing, getCurrentScene=nothing, getTransitions=nothing, getStatus=nothing)

    assert (await link.ask("GetSceneList"))["scenes"] == []
    assert (await link.ask("GetSceneTransitionList"))["transitions"] == []
    assert await link.ask("GetRecordStatus") == {"outputActive": False, "outputPaused": False}


@pytest.mark.parametrize(
    ("status", "record"),
    [
        ({"recording": True, "recordingPaused": False}, {"outputActive": True, "outputPaused": False}),
        ({"recording": True, "recordingPaused": True}, {"outputActive": True, "outputPaused": True}),
        ({"recording": False}, {"outputActive": False, "outputPaused": False}),
    ],
)
async def test_a_recording(link_to, status, record):
    link, _ = await link_to(getStatus=status)

    assert await link.ask("GetRecordStatus") == record


async def test_outputs(link_to):
    link, _ = await link_to(getStatus={"streaming": True, "replaybuffer": False, "virtualcam": True})

    assert await link.ask("GetStreamStatus") == {"outputActive": True}
    assert await link.ask("GetReplayBufferStatus") == {"outputActive": False}
    assert await link.ask("GetVirtualCamStatus") == {"outputActive": True}


async def test_acts_are_passed_with_what_they_take(link_to):
    link, obs = await link_to()

    assert await link.ask("SetCurrentProgramScene", {"sceneName": "Pause"}) == {}
    assert await link.ask("StartStream") == {}

    assert obs.calls[1:] == [("setCurrentScene", "Pause"), ("startStreaming",)]


@pytest.mark.parametrize(
    ("level", "knows", "lacks"),
    [
        (1, {"GetStreamStatus"}, {"GetSceneList", *ACTS}),
        (2, {"GetSceneList"}, set(ACTS)),
        (3, {"SaveReplayBuffer"}, {"SetCurrentProgramScene", "StartStream"}),
        (4, {"SetCurrentProgramScene", "StartReplayBuffer"}, {"StartStream"}),
        (5, set(ACTS), {"GetStats", "GetSceneItemList", "SetInputMute"}),
    ],
)
async def test_the_page_may_do_what_the_streamer_allowed(link_to, level, knows, lacks):
    link, obs = await link_to(level)

    assert knows <= link.requests
    assert not lacks & link.requests
    for request in lacks:
        with pytest.raises(BeyondReach):
            await link.ask(request, {"sceneName": "Pause"})
    assert obs.calls == [("getStatus",)]


async def test_an_obs_that_does_not_answer(link_to, monkeypatch):
    monkeypatch.setattr(page, "ANSWERED_WITHIN", 0.05)

    async def say(*_: Any, **__: Any) -> None:
        """Nothing comes back."""

    with pytest.raises(OutcomeUnknown):
        await StudioLink.opened(Studio(say, level=5, version="31.0.0"))


@pytest.mark.parametrize(
    ("name", "detail", "event"),
    [
        ("obsSceneChanged", {"name": "Pause"}, ("CurrentProgramSceneChanged", {"sceneName": "Pause"})),
        ("obsSceneListChanged", None, ("SceneListChanged", {})),
        ("obsTransitionChanged", {"name": "Cut"}, ("CurrentSceneTransitionChanged", {"transitionName": "Cut"})),
        (
            "obsStreamingStarted",
            None,
            ("StreamStateChanged", {"outputActive": True, "outputState": "OBS_WEBSOCKET_OUTPUT_STARTED"}),
        ),
        (
            "obsRecordingPaused",
            None,
            ("RecordStateChanged", {"outputActive": False, "outputState": "OBS_WEBSOCKET_OUTPUT_PAUSED"}),
        ),
        ("obsReplaybufferSaved", None, ("ReplayBufferSaved", {})),
    ],
)
async def test_what_obs_tells_its_pages_becomes_events(link_to, name, detail, event):
    link, obs = await link_to()

    obs.studio.happened("obsSourceVisibleChanged", {"visible": True})
    obs.studio.happened(name, detail)

    assert await anext(link.events()) == event


async def test_obs_that_quits_ends_the_link(link_to):
    link, obs = await link_to()
    obs.studio.happened("obsExit", None)
    events = link.events()

    assert await anext(events) == ("ExitStarted", {})
    with pytest.raises(Closed):
        await anext(events)
