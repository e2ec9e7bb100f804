"""A session with the stand-in, over the wire: what it reads, tells and does, and how it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from events import bus, channels
from events.domain import watching
from integrations import obs_session
from integrations.domain import commands, live
from integrations.enums import Route, Trigger
from integrations.models import Integration, IntegrationResult
from integrations.obs import remote
from integrations.obs_session import Timing
from integrations.tools.failures import (
    BeyondReach,
    Busy,
    CannotPause,
    Kicked,
    LinkLost,
    Misunderstood,
    NoPicture,
    NothingRecorded,
    Refused,
    ToolFailure,
)
from lumio.lib.secrets import Secret
from tests import factories
from tests.fakes.obs import Obs
from tests.integrations.obs.links import WAYS
from tests.waiting import in_db, until

PASSWORD = "sunlit-harbour-42"
#: Five thousand sources are some megabytes, twice.
PATIENCE = 20.0
QUICK = Timing(first=0.01, longest=0.1, removals=0.2, figures=0.1, ping=0.3, again=0.5, changing=1.0, switching=0.3)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def obs(settings) -> Iterator[Obs]:
    """One that Lumio may connect to."""
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    with Obs(PASSWORD) as stand_in:
        stand_in.have_camera()
        yield stand_in


@pytest.fixture
def row(account, obs: Obs) -> Integration:
    return factories.make_integration(
        account=account, route=Route.DIRECT, host="127.0.0.1", port=obs.port, password=PASSWORD, label="Gaming PC"
    )


@dataclass
class Told:
    """What whoever looks was told."""

    states: list[dict[str, Any]] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)

    @property
    def now(self) -> dict[str, Any]:
        return self.states[-1] if self.states else {}

    async def until(self, **fields: Any) -> dict[str, Any]:
        """The state once these are so."""
        await until(
            lambda: self.states and all(self.now[name] == value for name, value in fields.items()), seconds=PATIENCE
        )
        return self.now

    def input(self, name: str) -> dict[str, Any]:
        return next((one for one in self.now.get("inputs", ()) if one["name"] == name), {})


@pytest.fixture
def told(real_valkey, monkeypatch: pytest.MonkeyPatch) -> Told:
    taken = Told()
    keep = watching.keep

    def kept(channel: Any, message: dict[str, Any], *, part: str = "") -> None:
        taken.states.append(message["data"])
        keep(channel, message, part=part)

    def announced(channel: Any, message: dict[str, Any]) -> None:
        if message["type"] == "obs.stats":
            taken.figures.append(message["data"])

    monkeypatch.setattr(watching, "keep", kept)
    monkeypatch.setattr(bus, "announce", announced)
    return taken


@asynccontextmanager
async def running(row: Integration, way: str = "direct", **timing: float) -> AsyncIterator[asyncio.Task[Any]]:
    """A session that runs."""
    link = await WAYS[way](row.port, Secret(PASSWORD))
    session = asyncio.create_task(obs_session.run(row, link, timing=Timing(**{**_fields(QUICK), **timing})))
    try:
        yield session
    finally:
        session.cancel()
        with suppress(asyncio.CancelledError, ToolFailure):
            await session


def _fields(timing: Timing) -> dict[str, float]:
    return {name: getattr(timing, name) for name in Timing.__slots__}


async def do(row: Integration, act: str, **arguments: Any) -> ToolFailure | None:
    return (await ask(row, "act", act=act, **arguments))[1]


async def ask(row: Integration, command: str, **data: Any) -> tuple[dict[str, Any], ToolFailure | None]:
    try:
        return await asyncio.to_thread(commands.ask, row, command, data), None
    except ToolFailure as failure:
        return {}, failure


class TestASwitchThatIsTakenBack:
    """What the panic button asks for (`integrations.domain.obs.switch`)."""

    async def test_it_tells_what_was_shown_and_goes_back_only_from_there(self, row, obs, told):
        async with running(row):
            await told.until(link="connected")

            # Each before the transition of the one before is over.
            wishes = [("Pause", None), ("Pause", None), ("Live", "Outro"), ("Live", "Pause")]
            answers = [(await ask(row, "switch", scene=scene, only_from=place))[0] for scene, place in wishes]
            _, failure = await ask(row, "switch", scene="Gone", only_from=None)

        assert [(answer["was"], answer["is_switched"]) for answer in answers] == [
            ("Live", True), ("Pause", False), ("Pause", False), ("Pause", True),
        ]  # fmt: skip
        assert isinstance(failure, Refused)
        assert [one["requestData"]["sceneName"] for one in obs.asked("SetCurrentProgramScene")] == [
            "Pause", "Live", "Gone",
        ]  # fmt: skip


class TestWhatItTells:
    @pytest.mark.parametrize("way", WAYS)
    async def test_everything_at_first(self, row, obs, told, way):
        obs.add_group("Live", "Frame", "Camera", "Border")
        async with running(row, way):
            await until(lambda: told.input("Mic/Aux"))

        data = told.now
        assert (data["link"], data["version"], data["via"]) == ("connected", "30.1.2", "direct")
        assert data["scenes"] == [{"name": "Live"}, {"name": "Pause"}, {"name": "Outro"}]
        assert (data["program"], data["preview"], data["studio_mode"]) == ("Live", None, False)
        assert [(one["name"], one["group"]) for one in data["items"]] == [
            ("Frame", None), ("Border", "Frame"), ("Camera", "Frame"), ("Clip", None), ("Titel", None),
            ("Hintergrund", None),
        ]  # fmt: skip
        assert data["inputs"] == [
            {"name": "Desktop Audio", "muted": False, "db": 0.0, "is_special": True, "media": None},
            {"name": "Mic/Aux", "muted": False, "db": -3.2, "is_special": True, "media": None},
            {"name": "Clip", "muted": False, "db": 0.0, "is_special": False, "media": "playing"},
        ]
        assert data["transition"] == {"name": "Fade", "duration_ms": 300, "names": ["Cut", "Fade"]}
        assert (data["replay"]["state"], data["camera"]["state"]) == ("off", "off")

    async def test_what_is_not_set_up(self, row, obs, told):
        obs.have_camera(False)
        obs.have_replay(False)
        async with running(row):
            data = await told.until(link="connected")

        assert (data["replay"]["state"], data["camera"]["state"]) == ("unavailable", "unavailable")

    @pytest.mark.parametrize(
        ("change", "fields"),
        [
            (lambda obs: obs.switch("Pause"), {"program": "Pause", "items": [("Pausenbild", True)]}),
            (lambda obs: obs.show("Live", "Titel", False), {"items": [("Clip", True), ("Titel", False)]}),
            (lambda obs: obs.add_source("Live", "Neu"), {"items": [("Neu", True), ("Clip", True)]}),
            (lambda obs: obs.remove_source("Live", "Clip"), {"items": [("Titel", True), ("Hintergrund", True)]}),
            (lambda obs: obs.rename_scene("Live", "Auf Sendung"), {"program": "Auf Sendung"}),
            (lambda obs: obs.set_transition("Cut"), {"transition": ("Cut", None)}),  # it takes no time in OBS
            (lambda obs: obs.set_transition("Fade", 50), {"transition": ("Fade", 50)}),
            (lambda obs: obs.mute("Mic/Aux"), {"muted": True}),
            (lambda obs: obs.play("Clip", "PAUSE"), {"media": "paused"}),
            (lambda obs: obs.start_output("stream"), {"stream": "on"}),
            (lambda obs: obs.start_output("record"), {"record": "on"}),
            (lambda obs: obs.start_output("camera"), {"camera": "on"}),
        ],
    )
    async def test_what_the_streamer_does(self, row, obs, told, change, fields):
        def seen() -> dict[str, Any]:
            now = told.now
            return {
                "program": now["program"],
                "items": [(one["name"], one["visible"]) for one in now["items"]][:2],
                "transition": (now["transition"]["name"], now["transition"]["duration_ms"]),
                "muted": told.input("Mic/Aux").get("muted"),
                "media": told.input("Clip").get("media"),
                **{name: now[name]["state"] for name in ("stream", "record", "camera")},
            }

        async with running(row):
            await until(lambda: told.input("Clip"))

            change(obs)

            await until(lambda: fields.items() <= seen().items())

    @pytest.mark.parametrize("way", WAYS)
    async def test_a_switch_is_told_at_once(self, row, obs, told, way):
        obs.set_transition("Cut")
        async with running(row, way):
            await until(lambda: told.input("Clip"))
            began = time.monotonic()
            obs.switch("Pause")
            await told.until(program="Pause")

        assert time.monotonic() - began < 0.5

    async def test_studio_mode(self, row, obs, told):
        async with running(row):
            await told.until(link="connected")
            obs.set_studio_mode()
            obs.choose_preview("Pause")
            data = await told.until(preview="Pause")
            await until(lambda: told.now["preview_items"])
            obs.set_studio_mode(False)
            after = await told.until(studio_mode=False, preview=None)

        assert data["studio_mode"] is True
        assert {"studio.take", "scene.preview"} <= set(data["can"])
        assert after["program"] == "Live"

    async def test_figures_only_while_somebody_looks(self, row, obs, told):
        channel = channels.obs(row.account_id)
        async with running(row, ping=60.0):
            await told.until(link="connected")
            await asyncio.sleep(0.4)
            unseen = len(obs.asked("GetStats")), list(told.figures)
            await asyncio.to_thread(watching.watch, channel)
            await until(lambda: len(told.figures) >= 2)

        assert unseen == (0, [])
        assert told.figures[0]["fps"] == 60.0
        assert told.figures[0]["integration"] == str(row.pk)

    async def test_without_a_look_it_is_asked_now_and_then_whether_it_is_there(self, row, obs, told):
        async with running(row):
            await until(lambda: len(obs.asked("GetStats")) >= 2)

        assert told.figures == []

    async def test_the_link_is_told_and_what_was_found_written_down(self, row, obs, told):
        async with running(row):
            await told.until(link="connected")
            await until(lambda: live.links(row.account_id))
            link = live.links(row.account_id)[row.pk]

        result = await in_db(lambda: IntegrationResult.objects.get())
        assert (link["state"], link["version"], link["via"], link["failure"]) == ("connected", "30.1.2", "direct", None)
        assert (result.trigger, result.version, result.failure_code) == (Trigger.LINK, "30.1.2", "")


class TestWhatOthersMustNotMake:
    async def test_more_of_five_thousand_sources_than_fits(self, row, obs, told):
        obs.fill(items=5000)
        async with running(row):
            data = await told.until(link="connected")

        assert (len(data["items"]), data["items_left_out"]) == (200, 4803)
        assert len(obs.asked("GetInputMute")) <= 200  # those of 5,000 pictures are not asked for sound

    async def test_more_of_a_thousand_scenes(self, row, obs, told):
        obs.fill(scenes=1000)
        async with running(row):
            data = await told.until(link="connected")

        assert (len(data["scenes"]), data["scenes_left_out"]) == (300, 703)

    async def test_an_obs_that_is_not_ready_is_asked_again(self, row, obs, told):
        async with running(row, first=0.1):
            obs.configure(is_ready=False)
            await until(lambda: len(obs.asked("GetSceneList")) >= 2)
            before = list(told.states)
            obs.configure(is_ready=True)
            await told.until(link="connected", program="Live")

        assert before == []

    async def test_another_collection(self, row, obs, told):
        async with running(row):
            await until(lambda: told.input("Clip"))
            obs.switch_collection("Abends", seconds=0.5)
            changing = await told.until(is_changing=True)
            asked = len(obs.asked())
            await asyncio.sleep(0.3)
            meanwhile = len(obs.asked()) - asked
            refused = await do(row, "scene.program", scene="Pause")
            after = await told.until(is_changing=False, program="Ruhig")
            await until(lambda: told.now["inputs"] == [])

        assert (changing["can"], changing["program"]) == ([], "Live")
        assert (meanwhile, type(refused)) == (0, Busy)
        assert after["scenes"] == [{"name": "Ruhig"}]
        # Nothing of the way from one to the other.
        assert {tuple(scene["name"] for scene in state["scenes"]) for state in told.states} == {
            ("Live", "Pause", "Outro"), ("Ruhig",),
        }  # fmt: skip

    async def test_a_change_of_which_the_end_is_never_told(self, row, obs, told):
        async with running(row):
            await told.until(link="connected")
            obs.tell("CurrentSceneCollectionChanging", {"sceneCollectionName": "Lumio"})
            await told.until(is_changing=True)

            await told.until(is_changing=False, program="Live")

    async def test_a_storm_of_events_is_no_storm_of_questions(self, row, obs, told):
        async with running(row, ping=60.0):
            await until(lambda: told.input("Clip"))
            before, states = len(obs.asked()), len(told.states)
            for number in range(300):
                obs.set_volume("Mic/Aux", -number / 10)
                obs.tell("SceneItemListReindexed", {"sceneName": "Live", "sceneItems": []})
            await until(lambda: told.input("Mic/Aux")["db"] == -29.9)

        assert len(obs.asked()) - before < 100
        assert len(told.states) - states < 100


class TestHowItEnds:
    @pytest.mark.parametrize(
        ("end", "failure"),
        [
            (lambda obs: obs.quit(), LinkLost),
            (lambda obs: obs.crash(), LinkLost),
            (lambda obs: obs.kick(), Kicked),
        ],
    )
    async def test_the_reason_is_raised(self, row, obs, told, end, failure):
        async with running(row) as session:
            await told.until(link="connected")

            end(obs)

            with pytest.raises(failure) as raised:
                await asyncio.wait_for(session, PATIENCE)
        assert raised.value.params["address"] == row.address

    async def test_the_emptying_lists_of_an_obs_that_quits_are_not_shown(self, row, obs, told):
        async with running(row) as session:
            await told.until(link="connected")
            obs.quit()
            with suppress(LinkLost):
                await asyncio.wait_for(session, 5)

        assert all(len(state["scenes"]) == 3 for state in told.states)

    async def test_no_answer_to_a_question(self, row, obs, told, monkeypatch):
        monkeypatch.setattr(remote, "SECONDS", 0.3)
        async with running(row) as session:
            await told.until(link="connected")
            obs.spoil("GetStats", "silence", times=None)

            with pytest.raises(LinkLost):
                await asyncio.wait_for(session, 10)

    async def test_an_answer_that_makes_no_sense(self, row, obs, told):
        async with running(row) as session:
            await told.until(link="connected")
            obs.spoil("GetStats", "half", times=None)

            with pytest.raises(Misunderstood):
                await asyncio.wait_for(session, 10)

    async def test_nobody_can_ask_any_more_and_obs_is_left(self, row, obs, told):
        async with running(row):
            await told.until(link="connected")
        answer, failure = await ask(row, "test")

        assert (answer, failure and failure.code) == ({}, "tool_not_connected")
        await until(lambda: obs.clients() == [])


class TestWhatItDoes:
    @pytest.mark.parametrize(
        ("act", "arguments", "asks", "data"),
        [
            ("scene.program", {"scene": "Pause"}, "SetCurrentProgramScene", {"sceneName": "Pause"}),
            ("input.mute", {"input": "Mic/Aux", "muted": True}, "SetInputMute", None),
            ("input.volume", {"input": "Mic/Aux", "db": -20.0}, "SetInputVolume", None),
            ("input.media", {"input": "Clip", "media": "pause"}, "TriggerMediaInputAction", None),
            ("source.visible", {"scene": "Live", "item": 2, "visible": False}, "SetSceneItemEnabled", None),
            ("transition.select", {"transition": "Cut"}, "SetCurrentSceneTransition", None),
            ("transition.duration", {"duration_ms": 500}, "SetCurrentSceneTransitionDuration", None),
            ("studio.mode", {"on": True}, "SetStudioModeEnabled", None),
            ("stream.start", {}, "StartStream", None),
            ("record.start", {}, "StartRecord", None),
            ("replay.start", {}, "StartReplayBuffer", None),
            ("camera.start", {}, "StartVirtualCam", None),
        ],
    )
    async def test_obs_is_asked_once(self, row, obs, told, act, arguments, asks, data):
        async with running(row):
            await told.until(link="connected")

            failure = await do(row, act, **arguments)

        assert failure is None
        [asked] = obs.asked(asks)
        assert data is None or asked["requestData"] == data

    async def test_a_switch_is_shown_as_under_way_until_it_is_done(self, row, obs, told):
        async with running(row):
            await told.until(link="connected")
            assert await do(row, "scene.program", scene="Pause") is None
            switching = await told.until(switching_to="Pause")
            await told.until(switching_to=None, program="Pause")
            await do(row, "scene.program", scene="Pause")
            await asyncio.sleep(0.1)

        assert switching["program"] == "Live"
        assert told.now["switching_to"] is None  # it is there already: OBS says yes, and nothing else

    async def test_a_switch_that_never_comes_is_not_waited_for_for_ever(self, row, obs, told):
        obs.set_transition("Fade", 20_000)
        async with running(row):
            await told.until(link="connected")
            obs.tell("CurrentSceneTransitionDurationChanged", {"transitionDuration": 50})
            await until(lambda: told.now["transition"]["duration_ms"] == 50)
            await do(row, "scene.program", scene="Pause")
            await told.until(switching_to="Pause")

            await told.until(switching_to=None, program="Live")

    async def test_what_obs_refuses_does_not_end_a_switch(self, row, obs, told):
        obs.set_transition("Fade", 1000)
        async with running(row):
            await until(lambda: told.now and told.now["transition"]["duration_ms"] == 1000)
            await do(row, "scene.program", scene="Pause")
            await told.until(switching_to="Pause")
            await do(row, "input.mute", input="Nothing", muted=True)
            await asyncio.sleep(0.1)

        assert told.now["switching_to"] == "Pause"

    async def test_what_obs_refuses(self, row, obs, told):
        async with running(row):
            await told.until(link="connected")

            failure = await do(row, "scene.program", scene="Nowhere")
            await told.until(switching_to=None)

        assert type(failure) is Refused
        assert failure.text == "OBS Studio did not do it: No source was found by the name of `Nowhere`."

    async def test_a_pause_of_nothing(self, row, obs, told):
        """OBS itself would say yes."""
        async with running(row):
            await told.until(link="connected")

            failure = await do(row, "record.pause")

        assert type(failure) is NothingRecorded
        assert obs.asked("PauseRecord") == []

    async def test_a_pause_of_what_cannot_pause(self, row, obs, told):
        obs.configure(can_pause=False)
        async with running(row):
            obs.start_output("record")
            await until(lambda: told.now and told.now["record"]["state"] == "on")

            failure = await do(row, "record.pause")

        assert type(failure) is CannotPause

    async def test_a_pause(self, row, obs, told):
        async with running(row):
            obs.start_output("record")
            await until(lambda: told.now and told.now["record"]["state"] == "on")
            assert await do(row, "record.pause") is None
            await until(lambda: told.now["record"]["state"] == "paused")

    async def test_a_test_says_what_obs_says_now(self, row, obs, told):
        async with running(row):
            await told.until(link="connected")

            found, _ = await ask(row, "test")

        assert (found["version"], found["is_protected"]) == ("30.1.2", True)
        assert 0 <= found["latency_ms"] < 5000

    async def test_a_picture_of_a_scene(self, row, obs, told):
        async with running(row):
            await told.until(link="connected")

            answer, _ = await ask(row, "screenshot", scene="Pause", width=100_000)
            nothing, failure = await ask(row, "screenshot", scene="Mic/Aux", width=320)

        assert answer["image"].startswith("data:image/")
        assert obs.asked("GetSourceScreenshot")[0]["requestData"]["imageWidth"] == 640
        assert (nothing, type(failure)) == ({}, NoPicture)


class TestLimited:
    """What `window.obsstudio` lets do is less."""

    @pytest.fixture
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        connect: Callable[..., Any] = remote.connect

        async def limited(*arguments: Any) -> Any:
            link = await connect(*arguments)
            link.requests = frozenset({"GetSceneList", "SetCurrentProgramScene", "GetStreamStatus"})
            return link

        monkeypatch.setattr(remote, "connect", limited)

    @pytest.mark.usefixtures("few")
    async def test_only_what_is_within_reach_is_asked_and_offered(self, row, obs, told):
        async with running(row, again_without_figures=0.2):
            data = await told.until(link="limited")
            await asyncio.to_thread(watching.watch, channels.obs(row.account_id))
            await until(lambda: len(told.states) >= 3)
            failure = await do(row, "stream.start")

        assert (data["program"], data["can"]) == ("Live", ["scene.program"])
        assert (type(failure), told.figures) == (BeyondReach, [])
        assert {one["requestType"] for one in obs.asked()} == {"GetVersion", "GetSceneList", "GetStreamStatus"}
        assert live.links(row.account_id)[row.pk]["state"] == "limited"
