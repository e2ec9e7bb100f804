"""Both ways to an OBS, with a real OBS Studio: what Lumio asks, what it is told, and what ends a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import obsws_python
import pytest

from integrations.obs import handshake
from integrations.obs.requests import ALLOWED
from integrations.tools.failures import NotRunning, PasswordMissing, Refused, WrongPassword
from integrations.tools.link import Closed, ObsLink
from lumio.lib.secrets import Secret
from tests.fakes.obs import Obs
from tests.integrations.obs.links import WAYS, Open, opener
from tests.real_obs.program import HOST, PASSWORD, RealObs

OUTPUT = "OBS_WEBSOCKET_OUTPUT_"


@pytest.fixture(params=list(WAYS))
async def connect(request: pytest.FixtureRequest, real_obs: RealObs) -> AsyncIterator[Open]:
    async with opener(request.param, real_obs.port, real_obs.password) as connect:
        yield connect


@pytest.fixture
async def link(connect: Open) -> ObsLink:
    return await connect()


class Ear:
    """What a link tells, waited for event by event."""

    def __init__(self, link: ObsLink) -> None:
        self._events = link.events()

    async def hears(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """The next such event, with these fields; what comes before it is passed over."""
        async with asyncio.timeout(20):
            while True:
                told, data = await anext(self._events)
                if told == kind and wanted.items() <= data.items():
                    return data

    async def end(self) -> int:
        """The code that the link ends with."""
        async with asyncio.timeout(20), aclosing(self._events):
            try:
                while True:
                    await anext(self._events)
            except Closed as closed:
                return closed.code


async def has_run(link: ObsLink, status: str) -> None:
    """For a second: OBS pauses nothing that has only begun, and says yes all the same."""
    for _ in range(200):
        if (await link.ask(status))["outputDuration"] >= 1000:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it does not run")


async def test_connection_is_tested(real_obs: RealObs):
    found = await handshake.test(HOST, real_obs.port, Secret(real_obs.password))

    assert real_obs.version.startswith(found.version)
    assert found.is_protected
    assert found.latency_ms < 1000


@pytest.mark.parametrize(("password", "failure"), [("realHarbour42abd", WrongPassword), (None, PasswordMissing)])
async def test_a_password_that_does_not_fit(real_obs: RealObs, password: str | None, failure: type):
    with pytest.raises(failure):
        await handshake.test(HOST, real_obs.port, Secret(password) if password else None)

    assert real_obs.process.is_running


async def test_scenes_are_listed_and_switched(link: ObsLink):
    ear = Ear(link)
    scenes = await link.ask("GetSceneList")

    await link.ask("SetCurrentProgramScene", {"sceneName": "Pause"})
    await ear.hears("SceneTransitionStarted")
    await ear.hears("CurrentProgramSceneChanged", sceneName="Pause")
    await link.ask("SetCurrentProgramScene", {"sceneName": "Live"})
    await ear.hears("CurrentProgramSceneChanged", sceneName="Live")

    assert [scene["sceneName"] for scene in reversed(scenes["scenes"])] == ["Live", "Pause", "Outro"]
    assert scenes["currentProgramSceneName"] == "Live"


async def test_a_source_is_hidden_and_shown(link: ObsLink):
    ear = Ear(link)
    items = (await link.ask("GetSceneItemList", {"sceneName": "Live"}))["sceneItems"]
    title = next(item["sceneItemId"] for item in items if item["sourceName"] == "Titel")
    place = {"sceneName": "Live", "sceneItemId": title}

    for on in (False, True):
        await link.ask("SetSceneItemEnabled", {**place, "sceneItemEnabled": on})
        await ear.hears("SceneItemEnableStateChanged", **place, sceneItemEnabled=on)
        assert await link.ask("GetSceneItemEnabled", place) == {"sceneItemEnabled": on}

    assert [item["sourceName"] for item in items] == ["Hintergrund", "Titel", "Clip"]


async def test_sound_is_muted_and_its_volume_set(link: ObsLink):
    ear = Ear(link)

    for muted in (True, False):
        await link.ask("SetInputMute", {"inputName": "Clip", "inputMuted": muted})
        await ear.hears("InputMuteStateChanged", inputName="Clip", inputMuted=muted)
    await link.ask("SetInputVolume", {"inputName": "Clip", "inputVolumeDb": -12.5})
    told = await ear.hears("InputVolumeChanged", inputName="Clip")

    assert round(told["inputVolumeDb"], 3) == -12.5
    with pytest.raises(Refused, match="tool_says_no"):
        await link.ask("SetInputMute", {"inputName": "Hintergrund", "inputMuted": True})


async def test_a_recording_is_made_paused_and_finished(link: ObsLink, real_obs: RealObs):
    ear, before = Ear(link), real_obs.recordings

    await link.ask("StartRecord")
    await ear.hears("RecordStateChanged", outputState=f"{OUTPUT}STARTED")
    await has_run(link, "GetRecordStatus")
    await link.ask("PauseRecord")
    await ear.hears("RecordStateChanged", outputState=f"{OUTPUT}PAUSED")
    assert (await link.ask("GetRecordStatus"))["outputPaused"] is True
    await link.ask("ResumeRecord")
    await ear.hears("RecordStateChanged", outputState=f"{OUTPUT}RESUMED")
    with pytest.raises(Refused) as again:
        await link.ask("StartRecord")
    await link.ask("StopRecord")
    await ear.hears("RecordStateChanged", outputState=f"{OUTPUT}STOPPED")

    [made] = set(real_obs.recordings) - set(before)
    assert made.stat().st_size > 1000
    assert again.value.params["reason"] == "OutputRunning"


async def test_a_stream_reaches_its_sink_loses_it_and_finds_it_again(link: ObsLink, real_obs: RealObs):
    ear, sink = Ear(link), await asyncio.to_thread(real_obs.take_the_stream)

    await link.ask("StartStream")
    await ear.hears("StreamStateChanged", outputState=f"{OUTPUT}STARTED")
    assert (await link.ask("GetStreamStatus"))["outputActive"] is True
    sink.kill()
    await ear.hears("StreamStateChanged", outputState=f"{OUTPUT}RECONNECTING")
    status = await link.ask("GetStreamStatus")
    sink = await asyncio.to_thread(real_obs.take_the_stream)
    await ear.hears("StreamStateChanged", outputState=f"{OUTPUT}RECONNECTED")
    await link.ask("StopStream")
    await ear.hears("StreamStateChanged", outputState=f"{OUTPUT}STOPPED")
    sink.kill()

    assert (status["outputActive"], status["outputReconnecting"]) == (True, True)


async def test_the_replay_buffer_saves_and_there_is_no_camera(link: ObsLink):
    ear = Ear(link)

    await link.ask("StartReplayBuffer")
    await ear.hears("ReplayBufferStateChanged", outputState=f"{OUTPUT}STARTED")
    await asyncio.sleep(2)  # it does not tell when there is something to save
    await link.ask("SaveReplayBuffer")
    await ear.hears("ReplayBufferSaved")
    await link.ask("StopReplayBuffer")
    await ear.hears("ReplayBufferStateChanged", outputState=f"{OUTPUT}STOPPED")

    with pytest.raises(Refused):
        await link.ask("StartVirtualCam")


async def test_studio_mode_takes_the_preview(link: ObsLink):
    ear = Ear(link)

    await link.ask("SetStudioModeEnabled", {"studioModeEnabled": True})
    await ear.hears("StudioModeStateChanged", studioModeEnabled=True)
    await link.ask("SetCurrentPreviewScene", {"sceneName": "Outro"})
    await ear.hears("CurrentPreviewSceneChanged", sceneName="Outro")
    await link.ask("TriggerStudioModeTransition")
    await ear.hears("CurrentProgramSceneChanged", sceneName="Outro")
    await link.ask("SetStudioModeEnabled", {"studioModeEnabled": False})
    await ear.hears("StudioModeStateChanged", studioModeEnabled=False)
    await link.ask("SetCurrentProgramScene", {"sceneName": "Live"})
    await ear.hears("CurrentProgramSceneChanged", sceneName="Live")


async def test_a_picture_of_a_scene(link: ObsLink):
    wanted = {"sourceName": "Pause", "imageFormat": "jpg", "imageWidth": 320}

    assert (await link.ask("GetSourceScreenshot", wanted))["imageData"].startswith("data:image/jpg;base64,/9j/")


async def test_many_ask_at_once(link: ObsLink):
    names = ["Live", "Pause", "Outro"] * 50

    answers = await asyncio.gather(*(link.ask("GetSceneItemList", {"sceneName": name}) for name in names))

    assert [len(answer["sceneItems"]) for answer in answers] == [3, 1, 1] * 50


async def test_the_scene_collection_changes_under_a_link(link: ObsLink, real_obs: RealObs):
    ear = Ear(link)
    with obsws_python.ReqClient(host=HOST, port=real_obs.port, password=real_obs.password, timeout=20) as streamer:
        for name, scenes in (("Abends", ["Ruhig"]), ("Lumio", ["Live", "Pause", "Outro"])):
            await asyncio.to_thread(streamer.set_current_scene_collection, name)
            await ear.hears("CurrentSceneCollectionChanging")
            await ear.hears("CurrentSceneCollectionChanged", sceneCollectionName=name)
            there = (await link.ask("GetSceneList"))["scenes"]

            assert [scene["sceneName"] for scene in reversed(there)] == scenes


#: Whether an OBS that was closed still says so, by `ExitStarted` or by its code, is a race inside it.
@pytest.mark.parametrize(("end", "codes"), [("close", {1001, 1006}), ("kill", {1006})])
async def test_obs_ends_and_comes_back(connect: Open, real_obs: RealObs, end: str, codes: set[int]):
    ear = Ear(await connect())

    await asyncio.to_thread(getattr(real_obs, end))
    ended_with = await ear.end()
    with pytest.raises(NotRunning):
        await handshake.test(HOST, real_obs.port, Secret(real_obs.password))
    await asyncio.to_thread(real_obs.start)
    again = await connect()

    assert ended_with in codes
    assert (await again.ask("GetSceneList"))["currentProgramSceneName"] == "Live"


#: What a question needs.
NEEDS = {
    "GetSceneItemList": {"sceneName": "Live"},
    "GetSceneItemEnabled": {"sceneName": "Live", "sceneItemId": 1},
    "GetInputMute": {"inputName": "Clip"},
    "GetInputVolume": {"inputName": "Clip"},
    "GetMediaInputStatus": {"inputName": "Clip"},
    "GetSourceScreenshot": {"sourceName": "Live", "imageFormat": "jpg"},
}


#: The real one runs on a machine without sound, so there is none to name.
DIFFERENT = {"GetSpecialInputs"}


@pytest.mark.parametrize("request_type", sorted(name for name in ALLOWED - DIFFERENT if name.startswith("Get")))
async def test_the_stand_in_answers_with_the_fields_of_the_real_one(real_obs: RealObs, request_type: str):
    version = await answer_of(real_obs.port, "GetVersion")
    with Obs(PASSWORD, websocket_version=version["obsWebSocketVersion"]) as stand_in:
        answers = [await answer_of(port, request_type) for port in (real_obs.port, stand_in.port)]

    assert _shape(answers[1]) == _shape(answers[0])


async def answer_of(port: int, request_type: str) -> Any:
    """Or what it says when it says no, up to the name that it says it of."""
    link = await WAYS["relayed"](port, Secret(PASSWORD))
    try:
        return await link.ask(request_type, NEEDS.get(request_type))
    except Refused as no:
        return no.params["reason"].split("`")[0]
    finally:
        await link.close()


def _shape(value: Any) -> Any:
    """Its fields, down to those of the first of a list."""
    if isinstance(value, dict):
        return {name: _shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_shape(one) for one in value[:1]]
    return "number" if type(value) in (int, float) else type(value).__name__
