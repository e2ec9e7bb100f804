"""The stand-in is what other people's clients take for an OBS, and behaves as the real one was seen to."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import obsws_python
import pytest
import simpleobsws
from websockets.asyncio.client import connect as dial
from websockets.exceptions import ConnectionClosed

from tests import npm
from tests.fakes.obs import Obs
from tests.integrations.obs.conftest import PASSWORD


@pytest.fixture
async def ask(obs: Obs) -> AsyncIterator[Callable[..., Any]]:
    """Asks it as somebody who is identified; `(code, responseData)`."""
    obs.configure(password="")
    async with dial(f"ws://{obs.host}") as socket:
        await socket.recv()
        await socket.send(json.dumps({"op": 1, "d": {"rpcVersion": 1, "eventSubscriptions": 0}}))
        await socket.recv()

        async def ask_it(request: str, **data: Any) -> tuple[int, dict[str, Any]]:
            asked = {"requestType": request, "requestId": 7, "requestData": data}
            await socket.send(json.dumps({"op": 6, "d": asked}))
            answered = json.loads(await socket.recv())["d"]
            assert (answered["requestType"], answered["requestId"]) == (request, 7)
            return answered["requestStatus"]["code"], answered.get("responseData", {})

        yield ask_it


async def closing_code(obs: Obs, *frames: str | bytes) -> int | None:
    """What it closes with after these."""
    async with dial(f"ws://{obs.host}") as socket:
        for frame in frames:
            await socket.send(frame)
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(30):
                while True:
                    await socket.recv()
    return closed.value.rcvd and closed.value.rcvd.code


# Other people's clients


def test_obs_websocket_js_is_at_home(obs: Obs):
    told = json.loads(npm.run("obs.mjs", str(obs.port), PASSWORD).splitlines()[-1])

    assert told.pop("muted").keys() == {"inputName", "inputUuid", "inputMuted"}
    assert told == {
        "wrong": {"code": 4009, "message": "Authentication failed."},
        "old": {"code": 4010, "message": "Your requested RPC version is not supported by this server."},
        "met": {"rpcVersion": 1, "obsWebSocketVersion": "5.4.2", "negotiatedRpcVersion": 1},
        "version": "30.1.2",
        "scenes": ["Outro", "Pause", "Live"],
        "nowhere": {"code": 600, "message": "No source was found by the name of `Nowhere`."},
        "unknown": {"code": 204, "message": "Your request type is not valid: GetNonsense"},
        "off": {"code": 501, "message": ""},
        "switched": None,
        "events": ["Pause"],
        "atOnce": 200,
        "batch": [["GetStudioModeEnabled", 100], ["Sleep", 100], ["StopRecord", 501]],
        "again": {"inputMuted": False},
        "closed": 1001,
    }


def test_obsws_python_is_at_home(obs: Obs):
    heard, has_switched = [], threading.Event()

    def on_current_program_scene_changed(data: Any) -> None:
        heard.append(data.scene_name)
        has_switched.set()

    place = {"host": "127.0.0.1", "port": obs.port, "password": PASSWORD, "timeout": 3}
    with obsws_python.ReqClient(**place) as client, obsws_python.EventClient(**place) as events:
        events.callback.register(on_current_program_scene_changed)
        version = client.get_version()
        client.set_current_program_scene("Pause")
        assert has_switched.wait(5)
        client.set_input_mute("Mic/Aux", True)
        items = client.get_scene_item_list("Live").scene_items
        client.set_scene_item_enabled("Live", items[1]["sceneItemId"], False)
        with pytest.raises(obsws_python.error.OBSSDKRequestError) as no:
            client.stop_record()

    assert (version.obs_version, version.rpc_version, heard, no.value.code) == ("30.1.2", 1, ["Pause"], 501)
    scene = obs.snapshot()["collections"]["Lumio"]
    assert scene["inputs"]["Mic/Aux"]["muted"] is True
    assert [item["enabled"] for item in scene["scenes"]["Live"]["items"]] == [True, False, True]
    with pytest.raises(obsws_python.error.OBSSDKError):
        obsws_python.ReqClient(**place | {"password": "something else"})


async def test_simpleobsws_is_at_home(obs: Obs):
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def on_event(data: dict[str, Any]) -> None:
        heard.put_nowait(data)

    client = simpleobsws.WebSocketClient(url=f"ws://{obs.host}", password=PASSWORD)
    client.register_event_callback(on_event, "InputMuteStateChanged")
    assert await client.connect()
    assert await client.wait_until_identified(5)
    answers = await asyncio.gather(*(client.call(simpleobsws.Request("GetStats")) for _ in range(50)))
    toggled = await client.call(simpleobsws.Request("ToggleInputMute", {"inputName": "Mic/Aux"}))
    no = await client.call(simpleobsws.Request("SetInputVolume", {"inputName": "Mic/Aux", "inputVolumeDb": 30}))
    batch = await client.call_batch([simpleobsws.Request("GetVersion"), simpleobsws.Request("GetSceneList")])
    told = await asyncio.wait_for(heard.get(), 5)
    await client.disconnect()

    assert {answer.ok() for answer in answers} == {True}
    assert (toggled.responseData, told["inputMuted"]) == ({"inputMuted": True}, True)
    assert (no.ok(), no.requestStatus.code) == (False, 402)
    assert [answer.ok() for answer in batch] == [True, True]


# What it closes with


HELLO_AND = json.dumps({"op": 1, "d": {"rpcVersion": 1}})


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (["no JSON"], 4002),
        (["[]"], 4002),
        ([b"{}"], 4002),
        (['{"op": 1}'], 4003),
        (['{"op": 1, "d": {}}'], 4003),
        ([HELLO_AND, '{"op": 6, "d": {"requestType": "GetStats"}}'], 4003),
        (['{"op": 1, "d": {"rpcVersion": 1, "eventSubscriptions": "all"}}'], 4004),
        (['{"d": {}}'], 4006),
        (['{"op": 5, "d": {}}'], 4006),
        (['{"op": 6, "d": {"requestType": "GetStats", "requestId": 1}}'], 4007),
        ([HELLO_AND, HELLO_AND], 4008),
        (['{"op": 1, "d": {"rpcVersion": 2}}'], 4010),
    ],
)
async def test_it_closes_as_obs_does(obs: Obs, frames: list[str | bytes], code: int):
    obs.configure(password="")

    assert await closing_code(obs, *frames) == code


async def test_an_answer_fits_one_connection_alone(obs: Obs):
    first, second = [], []
    for challenges in (first, second):
        async with dial(f"ws://{obs.host}") as socket:
            challenges.append(json.loads(await socket.recv())["d"]["authentication"])

    assert first[0]["salt"] == second[0]["salt"]
    assert first[0]["challenge"] != second[0]["challenge"]


@pytest.mark.parametrize(("websocket_version", "code"), [("5.1.0", None), ("5.2.0", 4009)])
async def test_a_number_for_an_answer_ends_an_obs_before_29_1(obs: Obs, websocket_version: str, code: int | None):
    obs.configure(websocket_version=websocket_version)

    assert await closing_code(obs, '{"op": 1, "d": {"rpcVersion": 1, "authentication": 7}}') == code


# What it says no to


@pytest.mark.parametrize(
    ("request_type", "data", "code"),
    [
        ("GetSceneItemList", {"sceneName": "X"}, 600),
        ("GetSceneItemList", {"sceneName": "Titel"}, 602),
        ("GetSceneItemList", {"sceneName": 7}, 401),
        ("GetSceneItemList", {"sceneName": ""}, 403),
        ("GetSceneItemList", {"other": 1}, 300),
        ("GetSceneItemList", {}, 301),
        ("SetSceneItemEnabled", {"sceneName": "Live", "sceneItemId": 99, "sceneItemEnabled": True}, 600),
        ("SetInputVolume", {"inputName": "Clip", "inputVolumeDb": 30}, 402),
        ("SetInputVolume", {"inputName": "Clip"}, 300),
        ("SetInputVolume", {"inputName": "Clip", "inputVolumeDb": 0, "inputVolumeMul": 1}, 404),
        ("SetInputMute", {"inputName": "Hintergrund", "inputMuted": True}, 604),
        ("StopStream", {}, 501),
        ("StartVirtualCam", {}, 604),
        ("SetCurrentPreviewScene", {"sceneName": "Pause"}, 506),
        ("TriggerMediaInputAction", {"inputName": "Clip", "mediaAction": "DANCE"}, 400),
        ("GetSourceScreenshot", {"sourceName": "Live", "imageFormat": "gif"}, 400),
        ("GetNonsense", {}, 204),
    ],
)
async def test_it_says_no_as_obs_does(ask, request_type: str, data: dict[str, Any], code: int):
    assert (await ask(request_type, **data))[0] == code


async def test_uuids_are_there_since_5_4_alone(ask, obs: Obs):
    obs.configure(websocket_version="5.3.0")
    older = (await ask("GetSceneList"))[1]["scenes"][0].keys()
    obs.configure(websocket_version="5.4.0")
    newer = (await ask("GetSceneList"))[1]["scenes"][0].keys()

    assert (older, newer - older) == ({"sceneIndex", "sceneName"}, {"sceneUuid"})


async def test_a_stream_to_nobody_is_only_told_by_events(ask, obs: Obs):
    obs.configure(ingest_answers=False, output_seconds=0.0)

    assert (await ask("StartStream"))[0] == 100

    assert (await ask("GetStreamStatus"))[1]["outputActive"] is False


async def test_a_lost_ingest_is_active_in_the_status(ask, obs: Obs):
    obs.configure(output_seconds=0.0)
    await ask("StartStream")
    obs.lose_ingest()

    status = (await ask("GetStreamStatus"))[1]

    assert (status["outputActive"], status["outputReconnecting"]) == (True, True)


async def test_a_pause_is_said_yes_to_even_when_there_is_none(ask, obs: Obs):
    obs.configure(can_pause=False, output_seconds=0.0)
    await ask("StartRecord")

    assert (await ask("PauseRecord"))[0] == 100

    assert (await ask("GetRecordStatus"))[1]["outputPaused"] is False


async def test_a_group_is_asked_for_like_a_scene_and_is_none(ask, obs: Obs):
    obs.add_group("Live", "Kasten", "unten", "oben")

    code, items = await ask("GetGroupSceneItemList", sceneName="Kasten")

    assert (code, [item["sourceName"] for item in items["sceneItems"]]) == (100, ["unten", "oben"])
    assert (await ask("GetSceneItemList", sceneName="Kasten"))[0] == 602
    live = (await ask("GetSceneItemList", sceneName="Live"))[1]["sceneItems"]
    assert [item["isGroup"] for item in live] == [None, None, None, True]
    assert len((await ask("GetSceneList"))[1]["scenes"]) == 3


async def test_answers_come_in_any_order(obs: Obs):
    obs.configure(password="")
    async with dial(f"ws://{obs.host}") as socket:
        await socket.send(HELLO_AND)
        await socket.recv(), await socket.recv()
        for number in range(100):
            await socket.send(json.dumps({"op": 6, "d": {"requestType": "GetStats", "requestId": number}}))
        numbers = [json.loads(await socket.recv())["d"]["requestId"] for _ in range(100)]

    assert sorted(numbers) == list(range(100))
    assert numbers != list(range(100))
