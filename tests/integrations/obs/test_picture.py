"""What is told of an OBS, from what it says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from events.feeds import FRAME_SIZE
from events.payloads import encoded
from integrations.enums import ObsAct
from integrations.obs import state
from integrations.obs.acts import ORDERS, NotAnAct, NotForThisAct, understood
from integrations.obs.picture import EVERYTHING, Part, Picture
from integrations.obs.requests import ALLOWED

FIXTURE = json.loads((Path(__file__).parents[2] / "js" / "obs.json").read_text())["messages"]
NOW = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
BASE = state.blank(integration="1", label="Gaming PC", via="direct")


def listed(*names: str, program: str | None = "Live", preview: str | None = None) -> dict[str, Any]:
    """`GetSceneList`, the topmost first."""
    scenes = [{"sceneIndex": index, "sceneName": name} for index, name in enumerate(reversed(names))]
    return {"currentProgramSceneName": program, "currentPreviewSceneName": preview, "scenes": scenes}


def item(id: int, name: str, **fields: Any) -> dict[str, Any]:
    return {"sceneItemId": id, "sceneItemIndex": id, "sourceName": name, "sceneItemEnabled": True, **fields}


@pytest.fixture
def picture() -> Picture:
    """Live, with a group in it, before Pause."""
    made = Picture(is_stale=False)
    made.scenes_are(listed("Live", "Pause"), studio_mode=False)
    inside = [item(1, "Camera"), item(2, "Border", sceneItemEnabled=False)]
    made.items_are("Live", [item(1, "Game"), item(2, "Frame", isGroup=True)], {"Frame": inside})
    made.inputs = [state.input_of("Mic", muted=False, volume={"inputVolumeDb": -3.21}, is_special=True, media=None)]
    return made


def told(picture: Picture, at: datetime = NOW) -> dict[str, Any]:
    return picture.data(BASE, ALLOWED, at)


class TestWhatIsTold:
    def test_has_the_shape_that_pages_are_written_for(self, picture):
        shapes = [case["message"]["data"] for case in FIXTURE if case["message"]["type"] == "obs.state"]

        assert {frozenset(shape) for shape in shapes} == {frozenset(told(picture))} == {frozenset(BASE)}

    def test_scenes_from_the_top(self, picture):
        assert told(picture)["scenes"] == [{"name": "Live"}, {"name": "Pause"}]

    def test_items_from_the_top_groups_opened(self, picture):
        assert told(picture)["items"] == [
            {"id": 2, "name": "Frame", "visible": True, "group": None},
            {"id": 2, "name": "Border", "visible": False, "group": "Frame"},
            {"id": 1, "name": "Camera", "visible": True, "group": "Frame"},
            {"id": 1, "name": "Game", "visible": True, "group": None},
        ]

    def test_inputs(self, picture):
        assert told(picture)["inputs"] == [
            {"name": "Mic", "muted": False, "db": -3.2, "is_special": True, "media": None}
        ]

    def test_the_preview_only_in_studio_mode(self, picture):
        picture.scenes_are(listed("Live", "Pause", preview="Pause"), studio_mode=True)
        picture.items_are("Pause", [item(4, "Back soon")], {})
        in_studio_mode = told(picture)
        picture.scenes_are(listed("Live", "Pause", preview="Pause"), studio_mode=False)
        outside = told(picture)

        assert in_studio_mode["preview"] == "Pause"
        assert [one["name"] for one in in_studio_mode["preview_items"]] == ["Back soon"]
        assert (outside["preview"], outside["preview_items"]) == (None, [])

    def test_silence_is_the_end_of_the_scale(self):
        assert [state.decibels(value) for value in (float("-inf"), None, "x", -140.0, 99.0, True)] == [
            -100.0, -100.0, -100.0, -100.0, 26.0, -100.0,
        ]  # fmt: skip

    def test_what_one_cannot_name_is_left_out(self, picture):
        picture.scenes_are({"scenes": [{"sceneName": 5}, None, {"sceneName": "Live"}]}, studio_mode=False)

        assert (told(picture)["scenes"], told(picture)["program"]) == ([{"name": "Live"}], None)

    def test_names_are_as_long_as_they_may_be(self, picture):
        picture.scenes_are(listed("x" * 300, program=None), studio_mode=False)

        assert told(picture)["scenes"] == [{"name": "x" * 256}]


class TestBounds:
    def test_a_thousand_scenes(self, picture):
        names = [f"Scene {number}" for number in range(1000)]

        picture.scenes_are(listed(*names, program="Scene 900"), studio_mode=False)

        data = told(picture)
        assert (len(data["scenes"]), data["scenes_left_out"]) == (300, 700)
        assert data["scenes"][0] == {"name": "Scene 0"}
        assert data["scenes"][-1] == {"name": "Scene 900"}  # on air, wherever it stands

    def test_five_thousand_items(self, picture):
        picture.items_are("Live", [item(number, f"Source {number}") for number in range(5000)], {})

        data = told(picture)
        assert (len(data["items"]), data["items_left_out"]) == (200, 4800)
        assert data["items"][0]["name"] == "Source 4999"

    def test_names_that_are_long_in_json_leave_room_for_the_rest(self, picture):
        name = "\U0001f3ae" * 250
        picture.scenes_are(listed(*(f"{name}{number}" for number in range(300))), studio_mode=False)
        picture.items_are("Live", [item(number, name) for number in range(200)], {})
        picture.transitions = [name] * 60

        data = told(picture)

        assert len(encoded(state.message(data))) <= FRAME_SIZE
        assert len(data["scenes"]) + data["scenes_left_out"] == 300
        assert len(data["items"]) + data["items_left_out"] == 200


class TestEvents:
    def hear(self, picture: Picture, event: str, **data: Any) -> frozenset[Part]:
        return picture.hear(event, data, NOW)

    def test_another_scene_on_air(self, picture):
        picture.switching_to = "Pause"

        parts = self.hear(picture, "CurrentProgramSceneChanged", sceneName="Pause")

        assert (picture.program, picture.switching_to, parts) == ("Pause", None, {Part.ITEMS})

    def test_a_source_of_a_group(self, picture):
        parts = self.hear(
            picture, "SceneItemEnableStateChanged", sceneName="Frame", sceneItemId=2, sceneItemEnabled=True
        )

        assert [(one["name"], one["visible"]) for one in told(picture)["items"]] == [
            ("Frame", True), ("Border", True), ("Camera", True), ("Game", True),
        ]  # fmt: skip
        assert parts == frozenset()

    @pytest.mark.parametrize("event", ["SceneItemCreated", "SceneItemRemoved", "SceneItemListReindexed"])
    def test_only_what_is_shown_is_read_anew(self, picture, event):
        parts = [self.hear(picture, event, sceneName=name) for name in ("Live", "Frame", "Pause")]

        assert parts == [{Part.ITEMS}, {Part.ITEMS}, frozenset()]

    def test_sound(self, picture):
        self.hear(picture, "InputMuteStateChanged", inputName="Mic", inputMuted=True)
        self.hear(picture, "InputVolumeChanged", inputName="Mic", inputVolumeDb=-60.04)
        self.hear(picture, "InputMuteStateChanged", inputName="Unknown", inputMuted=False)
        self.hear(picture, "MediaInputPlaybackStarted", inputName="Mic")

        assert told(picture)["inputs"] == [
            {"name": "Mic", "muted": True, "db": -60.0, "is_special": True, "media": None}
        ]

    def test_media(self, picture):
        picture.inputs[0]["media"] = "stopped"

        self.hear(picture, "MediaInputPlaybackStarted", inputName="Mic")

        assert told(picture)["inputs"][0]["media"] == "playing"
        assert self.hear(picture, "MediaInputActionTriggered", inputName="Mic") == {Part.MEDIA}

    def test_a_recording_counts_what_was_recorded(self, picture):
        def record(name: str, minute: int) -> dict[str, Any]:
            at = NOW + timedelta(minutes=minute)
            picture.hear("RecordStateChanged", {"outputState": f"OBS_WEBSOCKET_OUTPUT_{name}"}, at)
            return told(picture, at + timedelta(seconds=30))["record"]

        states = [
            record(name, minute)
            for name, minute in (("STARTING", 0), ("STARTED", 0), ("PAUSED", 10), ("RESUMED", 20), ("STOPPED", 21))
        ]

        assert [(one["state"], one["seconds"]) for one in states] == [
            ("starting", 0), ("on", 30), ("paused", 600), ("on", 630), ("off", 0),
        ]  # fmt: skip
        assert states[3]["since"] == "2026-11-27T20:10:00+00:00"

    def test_a_stream_that_is_lost_and_found_runs_since_it_began(self, picture):
        for name in ("STARTING", "STARTED", "RECONNECTING", "RECONNECTED"):
            picture.hear("StreamStateChanged", {"outputState": f"OBS_WEBSOCKET_OUTPUT_{name}"}, NOW)
        picture.stream_is({"outputActive": True, "outputDuration": 300_500}, NOW + timedelta(minutes=5))

        assert told(picture)["stream"] == {"state": "on", "since": "2026-11-27T20:00:00+00:00"}

    def test_a_status_of_before_does_not_undo_what_just_began(self, picture):
        for output, became in ((picture.stream, "starting"), (picture.record, "stopping")):
            output.state = became

        picture.stream_is({"outputActive": False}, NOW)
        picture.record_is({"outputActive": True, "outputDuration": 1000}, NOW)

        assert (picture.stream.state, picture.record.state) == ("starting", "stopping")

    def test_an_unknown_state_changes_nothing(self, picture):
        self.hear(picture, "StreamStateChanged", outputState="OBS_WEBSOCKET_OUTPUT_UNKNOWN")
        self.hear(picture, "StreamStateChanged", outputState=None)

        assert picture.stream.state == "off"

    def test_no_path_is_told(self, picture):
        path = "/home/ada/secret-project/2026.mkv"
        for event in ("RecordStateChanged", "ReplayBufferSaved", "RecordFileChanged", "ScreenshotSaved"):
            named = dict.fromkeys(("outputPath", "savedReplayPath", "newOutputPath", "savedScreenshotPath"), path)
            self.hear(picture, event, outputState="OBS_WEBSOCKET_OUTPUT_STARTED", **named)

        assert "secret-project" not in encoded(told(picture))
        assert told(picture)["replay"]["saved_at"] == NOW.isoformat()


class TestBetweenTwoCollections:
    def test_nothing_of_the_way_is_shown(self, picture):
        picture.hear("CurrentSceneCollectionChanging", {}, NOW)
        parts = [
            picture.hear(event, {"sceneName": "Live"}, NOW)
            for event in ("SceneRemoved", "CurrentProgramSceneChanged", "SceneListChanged")
        ]

        data = told(picture)
        assert parts == [frozenset()] * 3
        assert (data["is_changing"], data["can"], data["program"]) == (True, [], "Live")

    def test_afterwards_everything_is_read_and_until_then_it_still_changes(self, picture):
        picture.hear("CurrentSceneCollectionChanging", {}, NOW)

        parts = picture.hear("CurrentSceneCollectionChanged", {}, NOW)

        assert parts == EVERYTHING
        assert (picture.is_changing, told(picture)["is_changing"]) == (False, True)

    def test_an_obs_that_quits_tells_nothing_more(self, picture):
        picture.hear("ExitStarted", {}, NOW)

        assert picture.hear("CurrentProgramSceneChanged", {"sceneName": "Pause"}, NOW) == frozenset()
        assert (picture.program, told(picture)["can"]) == ("Live", [])


class TestWhatItCan:
    def can(self, picture: Picture) -> set[str]:
        return set(told(picture)["can"])

    def test_at_rest(self, picture):
        picture.transitions, picture.transition_ms = ["Fade"], 300

        assert self.can(picture) == {
            "scene.program", "studio.mode", "transition.select", "transition.duration", "source.visible", "input.mute",
            "input.volume", "stream.start", "record.start",
        }  # fmt: skip

    def test_while_all_runs(self, picture):
        picture.stream.state, picture.record.state, picture.replay, picture.camera = "on", "on", "on", "on"
        picture.studio_mode = True
        picture.inputs[0]["media"] = "playing"

        assert self.can(picture) == {
            "scene.program", "scene.preview", "studio.mode", "studio.take", "source.visible", "input.mute",
            "input.volume", "input.media", "stream.stop", "record.stop", "record.pause", "replay.stop", "replay.save",
            "camera.stop",
        }  # fmt: skip

    def test_only_what_the_link_can_carry(self, picture):
        data = picture.data(BASE, frozenset({"SetCurrentProgramScene", "StartStream"}), NOW)

        assert data["can"] == ["scene.program", "stream.start"]


class TestFigures:
    def test_while_it_streams(self):
        figures = state.stats(
            integration="1",
            told={
                "activeFps": 59.98, "cpuUsage": 3.14, "availableDiskSpace": 51200.2, "renderSkippedFrames": 3,
                "renderTotalFrames": 6000, "outputSkippedFrames": 0, "outputTotalFrames": 0,
            },
            stream={
                "outputActive": True, "outputSkippedFrames": 14, "outputTotalFrames": 1000, "outputCongestion": 0.123,
            },
            kbps=6000,
            at=NOW,
        )  # fmt: skip

        assert figures == {
            "integration": "1", "fps": 60.0, "cpu": 3.1, "dropped_percent": 1.4, "lagged_percent": 0.05,
            "skipped_percent": 0.0, "bitrate_kbps": 6000, "free_disk_mb": 51200, "congestion": 0.12,
            "at": NOW.isoformat(),
        }  # fmt: skip

    def test_has_the_shape_that_pages_are_written_for(self):
        figures = state.stats(integration="1", told={}, stream={}, kbps=None, at=NOW)

        shapes = [case["message"]["data"] for case in FIXTURE if case["message"]["type"] == "obs.stats"]
        assert {frozenset(shape) for shape in shapes} == {frozenset(figures)}
        assert {name for name, value in figures.items() if value is not None} == {"integration", "at"}

    def test_nonsense_is_no_figure(self):
        figures = state.stats(
            integration="1",
            told={"activeFps": float("nan"), "cpuUsage": True, "availableDiskSpace": 1e300},
            stream={"outputActive": True, "outputCongestion": "x"},
            kbps=None,
            at=NOW,
        )

        assert {figures[name] for name in ("fps", "cpu", "free_disk_mb", "congestion")} == {None}


class TestActs:
    def test_each_is_a_request_that_may_be_asked(self):
        assert set(ORDERS) == set(ObsAct)
        assert {order.request for order in ORDERS.values()} <= ALLOWED

    @pytest.mark.parametrize(
        ("act", "given", "data"),
        [
            ("scene.program", {"scene": "Pause"}, {"sceneName": "Pause"}),
            ("studio.mode", {"on": False}, {"studioModeEnabled": False}),
            ("studio.take", {}, {}),
            ("transition.duration", {"duration_ms": 50}, {"transitionDuration": 50}),
            (
                "source.visible",
                {"scene": "Live", "item": 3, "visible": True},
                {"sceneName": "Live", "sceneItemId": 3, "sceneItemEnabled": True},
            ),
            ("input.volume", {"input": "Mic", "db": -100}, {"inputName": "Mic", "inputVolumeDb": -100}),
            (
                "input.media",
                {"input": "Clip", "media": "restart"},
                {"inputName": "Clip", "mediaAction": "OBS_WEBSOCKET_MEDIA_INPUT_ACTION_RESTART"},
            ),
        ],
    )
    def test_what_obs_is_told(self, act, given, data):
        found, arguments = understood(act, given | {"unused": None})

        assert ORDERS[found].data(arguments) == data

    @pytest.mark.parametrize(
        ("act", "given"),
        [
            ("scene.program", {}),
            ("scene.program", {"scene": ""}),
            ("scene.program", {"scene": 3}),
            ("scene.program", {"scene": "x" * 257}),
            ("scene.program", {"scene": "Pause", "on": True}),
            ("studio.take", {"scene": "Pause"}),
            ("studio.mode", {"on": 1}),
            ("transition.duration", {"duration_ms": 49}),
            ("transition.duration", {"duration_ms": True}),
            ("source.visible", {"scene": "Live", "item": -1, "visible": True}),
            ("source.visible", {"scene": "Live", "item": "3", "visible": True}),
            ("input.volume", {"input": "Mic", "db": 26.1}),
            ("input.volume", {"input": "Mic", "db": float("nan")}),
            ("input.volume", {"input": "Mic", "db": True}),
            ("input.media", {"input": "Clip", "media": "eject"}),
            ("input.media", {"input": "Clip", "media": ["play"]}),
        ],
    )
    def test_what_it_does_not_need_or_cannot_take(self, act, given):
        with pytest.raises(NotForThisAct) as refused:
            understood(act, given)

        assert refused.value.params["act"] == act

    @pytest.mark.parametrize("act", ["", "SetSourceSettings", "scene.delete", "x" * 5000])
    def test_anything_else_is_no_act(self, act):
        with pytest.raises(NotAnAct) as refused:
            understood(act, {})

        assert len(refused.value.params["act"]) <= 40
