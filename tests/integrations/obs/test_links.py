"""What every connection to an OBS does, whether Lumio opened it (obsws-python) or the bridge page carries it."""

from __future__ import annotations

import asyncio
import itertools
import threading

import pytest

from integrations.obs import handshake, inbox, relayed, remote
from integrations.tools.failures import (
    Busy,
    LinkLost,
    Misunderstood,
    NoAnswer,
    NotATool,
    OutcomeUnknown,
    PasswordMissing,
    Refused,
    TooOld,
    WrongPassword,
)
from integrations.tools.link import Closed, ObsLink
from tests.fakes.obs import Obs
from tests.integrations.obs.conftest import PASSWORD
from tests.integrations.obs.links import Open
from tests.waiting import until


@pytest.fixture
def impatient(monkeypatch):
    """Nobody waits five seconds for an answer."""
    monkeypatch.setattr(relayed, "SECONDS", 0.3)
    monkeypatch.setattr(remote, "SECONDS", 0.3)


@pytest.fixture
def hurried(monkeypatch):
    """Nor for an OBS to be met."""
    monkeypatch.setattr(handshake, "SECONDS", 1.0)
    monkeypatch.setattr(handshake, "HELLO_SECONDS", 0.2)


async def heard(link: ObsLink, kind: str) -> dict:
    """What the next event of this kind says."""
    async with asyncio.timeout(30):
        async for told, data in link.events():
            if told == kind:
                return data
    raise AssertionError("the events ended")


async def ended(link: ObsLink) -> tuple[int, list[str]]:
    """The code that it ends with, and the events before."""
    told = []
    async with asyncio.timeout(30):
        try:
            async for kind, _ in link.events():
                told.append(kind)
        except Closed as closed:
            return closed.code, told
    raise AssertionError("the events ended without a reason")


async def test_it_knows_what_obs_is_and_what_it_can_do(link: ObsLink):
    assert (link.found.version, link.found.is_protected) == ("30.1.2", True)
    assert 0 <= link.found.latency_ms < 1000
    assert {"GetStats", "SetCurrentProgramScene"} <= link.requests
    assert "GetCanvasList" not in link.requests


async def test_it_says_when_obs_asks_for_no_password(obs: Obs, connect: Open):
    obs.configure(password="")

    link = await connect()

    assert link.found.is_protected is False


async def test_it_asks_and_gets_the_answer(link: ObsLink):
    scenes = await link.ask("GetSceneList")

    assert [scene["sceneName"] for scene in scenes["scenes"]] == ["Outro", "Pause", "Live"]
    assert scenes["currentProgramSceneName"] == "Live"


async def test_what_is_asked_happens_and_is_told(link: ObsLink, obs: Obs):
    assert await link.ask("SetCurrentProgramScene", {"sceneName": "Pause"}) == {}

    assert (await heard(link, "CurrentProgramSceneChanged"))["sceneName"] == "Pause"
    assert obs.snapshot()["collections"]["Lumio"]["program"] == "Pause"


async def test_events_come_in_order(link: ObsLink, obs: Obs):
    for number in range(200):
        obs.set_volume("Mic/Aux", -number / 10)

    events = link.events()
    told = [(await anext(events))[1]["inputVolumeDb"] for _ in range(200)]

    assert told == [-number / 10 for number in range(200)]


async def test_it_listens_to_nothing_of_high_volume(link: ObsLink, obs: Obs):
    assert max(client["events"] for client in obs.clients()) == 1503


async def test_a_no_is_told_in_the_words_of_obs(link: ObsLink):
    with pytest.raises(Refused) as no:
        await link.ask("SetCurrentProgramScene", {"sceneName": "Nowhere"})

    assert no.value.text == "OBS Studio did not do it: No source was found by the name of `Nowhere`."
    assert await link.ask("GetStudioModeEnabled") == {"studioModeEnabled": False}


async def test_a_no_without_words_is_told_by_its_name(link: ObsLink):
    with pytest.raises(Refused) as no:
        await link.ask("StopStream")

    assert no.value.params["reason"] == "OutputNotRunning"


async def test_obs_may_be_busy(link: ObsLink, obs: Obs):
    obs.configure(is_ready=False)

    with pytest.raises(Busy):
        await link.ask("GetSceneList")

    obs.configure(is_ready=True)
    assert (await link.ask("GetSceneList"))["currentProgramSceneName"] == "Live"


@pytest.mark.parametrize(
    "request_type", ["GetStreamServiceSettings", "SetInputSettings", "CallVendorRequest", "Nonsense"]
)
async def test_what_nobody_needs_is_never_sent(link: ObsLink, obs: Obs, request_type: str):
    with pytest.raises(ValueError, match=request_type):
        await link.ask(request_type, {"inputName": "Titel"})

    assert obs.asked(request_type) == []


async def test_answers_belong_to_their_questions_however_many_ask_at_once(link: ObsLink, obs: Obs):
    names = ["Clip", "Desktop Audio", "Mic/Aux"] * 100
    for level, name in enumerate(names[:3]):
        obs.set_volume(name, -float(level))

    answers = await asyncio.gather(*(link.ask("GetInputVolume", {"inputName": name}) for name in names))

    assert [answer["inputVolumeDb"] for answer in answers] == [0.0, -1.0, -2.0] * 100


async def test_five_thousand_sources_and_a_thousand_scenes(link: ObsLink, obs: Obs):
    obs.fill(scenes=1000, items=5000)

    scenes = await link.ask("GetSceneList")
    items = await link.ask("GetSceneItemList", {"sceneName": "Live"})

    assert (len(scenes["scenes"]), len(items["sceneItems"])) == (1003, 5003)


async def test_a_whole_collection_goes_by(link: ObsLink, obs: Obs):
    obs.fill(scenes=1000, items=5000)

    obs.switch_collection("Abends")
    events, told = link.events(), []
    async with asyncio.timeout(30):
        while "CurrentSceneCollectionChanged" not in told:
            told.append((await anext(events))[0])

    assert told[0] == "CurrentSceneCollectionChanging"
    assert (told.count("SceneRemoved"), told.count("InputRemoved")) == (1003, 5007)


async def test_a_link_that_does_not_answer_is_given_up(impatient, connect: Open, obs: Obs):
    link = await connect()
    obs.spoil("SetCurrentProgramScene", "silence")

    with pytest.raises(OutcomeUnknown):
        await link.ask("SetCurrentProgramScene", {"sceneName": "Pause"})

    with pytest.raises(LinkLost):
        await link.ask("GetSceneList")
    assert (await ended(link))[0] == 1006
    assert len(obs.asked("SetCurrentProgramScene")) == 1
    await until(lambda: obs.clients() == [])


async def test_a_late_answer_is_nobody_elses(impatient, connect: Open, obs: Obs):
    link = await connect()
    obs.spoil("GetSceneList", "late", seconds=0.5)

    first, second = await asyncio.gather(
        link.ask("GetSceneList"), link.ask("GetStudioModeEnabled"), return_exceptions=True
    )

    assert isinstance(first, OutcomeUnknown)
    assert second == {"studioModeEnabled": False} or isinstance(second, LinkLost)


@pytest.mark.parametrize("how", ["half", "list", "hang_up"])
async def test_half_an_answer_ends_the_link(impatient, connect: Open, obs: Obs, how: str):
    link = await connect()
    obs.spoil("GetSceneList", how)

    with pytest.raises((Misunderstood, OutcomeUnknown)):
        await link.ask("GetSceneList")

    with pytest.raises(LinkLost):
        await link.ask("GetSceneList")
    assert (await ended(link))[0] in (1002, 1006)
    await until(lambda: obs.clients() == [])


async def test_an_answer_without_a_status_is_not_taken_for_a_yes(impatient, connect: Open, obs: Obs):
    link = await connect()
    obs.spoil("StopRecord", "empty")

    with pytest.raises((Misunderstood, OutcomeUnknown)):
        await link.ask("StopRecord")


async def test_an_answer_larger_than_any_ends_the_link(connect: Open, obs: Obs):
    link = await connect()
    obs.spoil("GetSceneList", "huge")

    with pytest.raises((Misunderstood, OutcomeUnknown)):
        await link.ask("GetSceneList")

    await ended(link)


@pytest.mark.parametrize("text", ["[]", "no JSON", '{"op": 5}', '{"op": 5, "d": []}', "[" * 100_000])
async def test_nonsense_among_the_events_ends_the_link_or_is_passed_over(connect: Open, obs: Obs, text: str):
    link = await connect()

    obs.say(text)
    obs.quit()

    code, told = await ended(link)
    assert (code, told[-1:]) in ((1001, ["ExitStarted"]), (1002, []))


async def test_an_event_without_a_name_is_dropped(link: ObsLink, obs: Obs):
    obs.say('{"op": 5, "d": {"eventType": 7, "eventIntent": 1}}')
    obs.say('{"op": 5, "d": {"eventType": "Odd", "eventData": "text"}}')

    events = link.events()

    assert await anext(events) == ("Odd", {})


async def test_events_that_nobody_reads_end_the_link(monkeypatch, connect: Open, obs: Obs):
    monkeypatch.setattr(inbox, "MOST", 10)
    link = await connect()

    for number in range(20):
        obs.set_volume("Mic/Aux", -float(number))
    await until(lambda: link._inbox.closed is not None)

    code, told = await ended(link)
    assert (code, len(told)) == (1008, 10)


@pytest.mark.parametrize(("happens", "code"), [("kick", 4011), ("quit", 1001), ("crash", 1006)])
async def test_it_ends_with_the_code_that_obs_gave(link: ObsLink, obs: Obs, happens: str, code: int):
    getattr(obs, happens)()

    assert (await ended(link))[0] == code
    with pytest.raises(LinkLost):
        await link.ask("GetSceneList")


async def test_obs_comes_back_after_it_was_closed(link: ObsLink, connect: Open, obs: Obs):
    obs.quit()
    code, told = await ended(link)
    obs.stop()
    obs.start()

    again = await connect()

    assert (code, told[-1]) == (1001, "ExitStarted")
    assert (await again.ask("GetSceneList"))["currentProgramSceneName"] == "Live"


async def test_closing_leaves_no_connection_and_no_thread(connect: Open, obs: Obs):
    before = threading.active_count()
    link = await connect()
    await link.ask("GetStats")

    await link.close()
    await link.close()

    await until(lambda: obs.clients() == [])
    await until(lambda: threading.active_count() <= before)
    assert (await ended(link))[0] == 1000
    with pytest.raises(LinkLost):
        await link.ask("GetStats")


async def test_whoever_stops_waiting_leaves_the_link_as_it_is(link: ObsLink, obs: Obs):
    obs.spoil("GetSceneList", "late", seconds=0.2)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await link.ask("GetSceneList")

    assert await link.ask("GetStudioModeEnabled") == {"studioModeEnabled": False}


# Connecting


async def test_a_wrong_password_is_called_one(connect: Open, obs: Obs):
    with pytest.raises(WrongPassword):
        await connect("something else")

    await until(lambda: obs.clients() == [])


async def test_a_missing_password_is_told_before_anything_is_sent(connect: Open, obs: Obs):
    with pytest.raises(PasswordMissing):
        await connect(None)

    assert obs.received() == []


async def test_a_password_may_be_in_any_script(connect: Open, obs: Obs):
    obs.configure(password="пароль, schön 🔑")

    assert (await connect("пароль, schön 🔑")).found.version == "30.1.2"


async def test_an_obs_of_another_protocol_is_too_old(connect: Open, obs: Obs):
    obs.configure(rpc_version=2)

    with pytest.raises(TooOld):
        await connect()


async def test_the_protocol_of_obs_27_is_recognised(hurried, connect: Open, obs: Obs):
    obs.configure(speaks=4)

    with pytest.raises(TooOld):
        await connect()


async def test_who_says_nothing_is_no_obs(hurried, connect: Open, obs: Obs):
    obs.configure(says_hello=False)

    with pytest.raises(NotATool):
        await connect()


@pytest.mark.parametrize("how", ["half", "list", "empty", "binary", "hang_up"])
async def test_a_hello_that_makes_no_sense_is_no_obs(connect: Open, obs: Obs, how: str):
    obs.spoil("Hello", how, times=None)

    with pytest.raises((NotATool, Misunderstood)):
        await connect()

    assert obs.received() == []


async def test_who_takes_no_password_and_says_nothing_gives_no_answer(hurried, connect: Open, obs: Obs):
    obs.spoil("Identify", "silence")

    with pytest.raises(NoAnswer):
        await connect()


async def test_an_obs_that_starts_is_waited_for(connect: Open, obs: Obs):
    obs.spoil("GetVersion", "not_ready", times=2)

    link = await connect()

    assert (link.found.version, len(obs.asked("GetVersion"))) == ("30.1.2", 3)


@pytest.mark.parametrize(
    ("obs_version", "websocket_version"), [("28.0.0", "5.0.0"), ("29.0.2", "5.1.0"), ("32.1.0", "5.7.0")]
)
async def test_every_obs_since_28_will_do(connect: Open, obs: Obs, obs_version: str, websocket_version: str):
    obs.configure(obs_version=obs_version, websocket_version=websocket_version)

    link = await connect()

    assert link.found.version == obs_version
    assert (await link.ask("GetCurrentProgramScene"))["currentProgramSceneName"] == "Live"


async def test_a_thousand_questions_do_not_grow_anything(link: ObsLink, obs: Obs):
    for _ in itertools.repeat(None, 1000):
        await link.ask("GetStudioModeEnabled")

    assert len(obs.asked("GetStudioModeEnabled")) == 1000
    assert len(obs.clients()) <= 2
    assert getattr(link, "_waiting", {}) == {}


async def test_the_password_is_in_no_log_and_in_no_repr(connect: Open, caplog):
    caplog.set_level("DEBUG")

    link = await connect()
    with pytest.raises(Refused):
        await link.ask("StopStream")
    with pytest.raises(WrongPassword):
        await connect("another harbour")

    seen = caplog.text + repr(link) + repr(vars(link)) + repr(getattr(link, "_client", None))
    assert [secret for secret in (PASSWORD, "another harbour") if secret in seen] == []
    assert [record for record in caplog.records if record.name.startswith("obsws_python")] == []
