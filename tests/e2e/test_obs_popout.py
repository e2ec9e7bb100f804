"""The OBS page in the hands of a moderator, with an OBS at the other end of Lumio's own connection."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.people import claim, overflow, popout_address, snap
from tests.fakes.obs import Obs

PASSWORD = "sunlit-harbour-42"
DESK, PHONE, DOCK, TABLET = (1440, 900), (360, 760), (280, 700), (800, 900)
SIZES = [DESK, TABLET, PHONE, DOCK, (800, 360)]
HOLD = 1700  # ms


@pytest.fixture
def obs(lumio, twitch, page) -> Iterator[Obs]:
    """Mira's OBS, which Lumio is connected to."""
    with Obs(PASSWORD) as stand_in:
        stand_in.have_camera()
        stand_in.have_replay()
        claim(page, lumio)
        lumio.inside("tests.e2e.obs_stage.have_obs", stand_in.port, PASSWORD, "Gaming PC")
        yield stand_in


@pytest.fixture
def opened(lumio, obs, other_browser: BrowserContext) -> Callable[..., Page]:
    """Opens the popout by a token with these permissions and nothing else, in a browser that has no cookies."""

    def open_(*permissions: str, size: tuple[int, int] = DESK, **parameters: str) -> Page:
        popout = other_browser.new_page()
        popout.set_viewport_size({"width": size[0], "height": size[1]})
        popout.goto(popout_address(lumio, "obs", "settings:read", *permissions, **parameters))
        expect(popout.locator(".obs__link")).to_contain_text("Connected")
        expect(scene(popout, "Live")).to_be_visible()
        return popout

    return open_


def scene(popout: Page, name: str) -> Locator:
    return popout.locator(".scene").filter(has=popout.locator(f"bdi:text-is('{name}')"))


def button(popout: Page, name: str) -> Locator:
    return popout.get_by_role("button", name=name, exact=True)


def output(popout: Page, name: str) -> Locator:
    return popout.locator(f"[data-output={name}]")


def sent(obs: Obs, request: str, field: str) -> list[object]:
    """What OBS was asked for, by one field of such requests."""
    return [asked["requestData"][field] for asked in obs.asked(request)]


def hold(popout: Page, one: Locator, milliseconds: int = HOLD) -> None:
    one.hover()
    popout.mouse.down()
    popout.wait_for_timeout(milliseconds)
    popout.mouse.up()


def test_scenes_are_switched_and_show_what_obs_has_done(lumio, opened, obs):
    popout = opened("obs:edit")
    expect(scene(popout, "Live").get_by_text("LIVE", exact=True)).to_be_visible()

    scene(popout, "Pause").get_by_role("button").click()
    expect(scene(popout, "Pause").get_by_text("LIVE", exact=True)).to_be_visible()
    expect(scene(popout, "Live").get_by_text("LIVE", exact=True)).to_be_hidden()
    assert sent(obs, "SetCurrentProgramScene", "sceneName") == ["Pause"]
    assert lumio.inside("tests.e2e.obs_stage.acts") == [{"act": "scene.program", "scene": "Pause"}]

    # The streamer does something in OBS itself.
    obs.switch("Outro")
    expect(scene(popout, "Outro").get_by_text("LIVE", exact=True)).to_be_visible()
    obs.add_scene("Guests (hidden)")
    obs.add_scene("Guests")
    expect(scene(popout, "Guests")).to_be_visible()
    expect(popout.locator(".scene")).to_have_count(4)


def test_nothing_shows_before_obs_has_done_it(opened, obs):
    popout = opened("obs:edit")
    obs.spoil("SetCurrentProgramScene", "late", seconds=1.5)

    tile = scene(popout, "Pause").get_by_role("button")
    tile.click()
    expect(tile).to_have_attribute("aria-busy", "true")
    expect(scene(popout, "Live").get_by_text("LIVE", exact=True)).to_be_visible()
    expect(scene(popout, "Pause").get_by_text("LIVE", exact=True)).to_be_visible()
    expect(tile).not_to_have_attribute("aria-busy", "true")


def test_studio_mode(opened, obs):
    popout = opened("obs:edit")

    popout.get_by_role("switch", name="Studio mode").click()
    expect(button(popout, "Take")).to_be_visible()
    scene(popout, "Outro").get_by_role("button").click()
    expect(scene(popout, "Outro").get_by_text("Preview", exact=True)).to_be_visible()
    expect(scene(popout, "Live").get_by_text("LIVE", exact=True)).to_be_visible()
    snap(popout, "obs-studio")

    popout.get_by_label("Transition").select_option("Cut")
    button(popout, "Take").click()
    expect(scene(popout, "Outro").get_by_text("LIVE", exact=True)).to_be_visible()
    assert obs.asked("SetCurrentProgramScene") == []


def test_sources_and_audio(opened, obs):
    obs.add_group("Live", "Camera frame", "Border")
    popout = opened("obs:edit")
    source = popout.locator(".obs__items").last.get_by_role("switch").first
    name = source.locator("bdi").first.inner_text()
    expect(source).to_be_checked()

    source.click()
    expect(source).not_to_be_checked()
    obs.show("Live", name, True)
    expect(source).to_be_checked()

    mute = popout.get_by_role("button", name="Mute Mic/Aux")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "true")
    fader = popout.get_by_role("slider", name="Volume of Mic/Aux")
    fader.fill("500")
    expect(popout.locator(".input").filter(has_text="Mic/Aux").locator(".input__db")).to_have_text(
        "\N{MINUS SIGN}18.7 dB"
    )
    popout.wait_for_timeout(600)
    assert sent(obs, "SetInputVolume", "inputVolumeDb") == [-18.7]
    # By keyboard, and with what the streamer does in OBS.
    mute.focus()
    popout.keyboard.press("Enter")
    expect(mute).to_have_attribute("aria-pressed", "false")
    expect(mute).to_be_focused()
    obs.set_volume("Desktop Audio", -40)
    expect(popout.locator(".input").filter(has_text="Desktop Audio").locator(".input__db")).to_have_text(
        "\N{MINUS SIGN}40.0 dB"
    )


def test_a_stream_is_started_by_holding_and_ended_no_sooner(opened, obs):
    popout = opened("obs:edit")
    stream = output(popout, "stream")
    expect(stream).to_contain_text("Off")

    # Let go too early: nothing.
    hold(popout, button(popout, "Go live"), 800)
    popout.wait_for_timeout(900)
    assert obs.asked("StartStream") == []
    expect(popout.get_by_role("dialog")).to_be_hidden()

    hold(popout, button(popout, "Go live"))
    expect(stream).to_contain_text("LIVE")
    assert len(obs.asked("StartStream")) == 1
    # What was just started is not ended by the same hand.
    expect(button(popout, "End")).to_be_enabled()
    expect(stream.locator("[data-slot=time]")).to_have_text("0:03")
    # Whatever the clock of the device does.
    popout.evaluate("Date.now = ((real) => () => real() + 3_600_000)(Date.now)")
    popout.wait_for_timeout(1200)
    expect(stream.locator("[data-slot=time]")).to_have_text(re.compile(r"^0:\d\d$"), timeout=1000)

    # A short press asks, and the answer that is at hand is no.
    button(popout, "End").click()
    question = popout.get_by_role("dialog", name="End the stream?")
    expect(question.get_by_role("button", name="No, leave it")).to_be_focused()
    snap(popout, "obs-question")
    popout.keyboard.press("Enter")
    expect(question).to_be_hidden()
    popout.wait_for_timeout(300)
    assert obs.asked("StopStream") == []

    # Nor does letting go elsewhere keep a screen reader's press from being one.
    button(popout, "End").hover()
    popout.mouse.down()
    popout.mouse.move(1, 1)
    popout.mouse.up()
    button(popout, "End").evaluate("button => button.click()")
    question.get_by_role("button", name="End the stream").click()
    expect(stream).to_contain_text("Off")
    assert len(obs.asked("StopStream")) == 1


def test_a_recording_by_keyboard_alone(opened, obs):
    popout = opened("obs:edit")
    record = output(popout, "record")

    button(popout, "Record").focus()
    popout.keyboard.down(" ")
    popout.wait_for_timeout(HOLD)
    popout.keyboard.up(" ")
    expect(record).to_contain_text("REC")
    assert len(obs.asked("StartRecord")) == 1

    record.get_by_role("button", name="Pause").click()
    expect(record).to_contain_text("Paused")
    record.get_by_role("button", name="Go on").click()
    expect(record).to_contain_text("REC")
    record.get_by_role("button", name="Stop").focus()
    popout.keyboard.down("Enter")
    popout.wait_for_timeout(HOLD)
    popout.keyboard.up("Enter")
    expect(record).to_contain_text("Off")
    expect(popout.get_by_role("dialog")).to_be_hidden()


@pytest.mark.trial
def test_replay_and_camera(opened, obs):
    obs.start_output("replay")
    popout = opened("obs:edit")

    button(popout, "Save").click()
    expect(output(popout, "replay")).to_contain_text("Saved")
    hold(popout, output(popout, "camera").get_by_role("button", name="Start"))
    expect(output(popout, "camera")).to_contain_text("On")


def test_what_obs_refuses_is_said(opened, obs):
    popout = opened("obs:edit")
    expect(scene(popout, "Outro")).to_be_visible()
    obs.spoil("SetCurrentProgramScene", "not_ready")

    scene(popout, "Outro").get_by_role("button").click()

    expect(popout.get_by_role("alert")).to_contain_text("OBS Studio is busy")
    expect(scene(popout, "Outro").get_by_role("button")).not_to_have_attribute("aria-busy", "true")
    snap(popout, "obs-note")


def test_an_obs_that_is_gone_turns_grey_and_comes_back(opened, obs):
    popout = opened("obs:edit")
    obs.crash()
    obs.configure(password="another")

    expect(popout.locator(".obs__trouble")).to_contain_text("The password is wrong")
    expect(scene(popout, "Live")).to_be_visible()
    expect(scene(popout, "Pause").get_by_role("button")).to_be_disabled()
    expect(button(popout, "Go live")).to_be_disabled()
    snap(popout, "obs-gone")


@pytest.mark.trial
def test_an_obs_that_says_nothing_any_more_turns_grey(lumio, opened):
    popout = opened("obs:edit")
    ingest = next(process for name, process in lumio.processes.items() if name.startswith("ingest"))
    ingest.stop()
    try:
        expect(scene(popout, "Pause").get_by_role("button")).to_be_disabled(timeout=15_000)
        snap(popout, "obs-stale")
    finally:
        ingest.start()


def test_whoever_only_looks_has_no_buttons(opened, obs):
    popout = opened()

    expect(popout.locator(".obs__desk").get_by_role("button", name="Show pictures")).to_be_visible()
    expect(scene(popout, "Pause").get_by_role("button")).to_have_count(0)
    expect(popout.locator("[data-hold]")).to_have_count(0)
    expect(popout.get_by_role("slider").first).to_be_disabled()
    snap(popout, "obs-only-looks")


@pytest.mark.trial
def test_pictures_are_fetched_when_asked_for(opened, obs):
    popout = opened()
    assert obs.asked("GetSourceScreenshot") == []

    button(popout, "Show pictures").click()

    for name in ("Live", "Pause", "Outro"):
        expect(scene(popout, name).locator("img")).to_have_attribute("src", re.compile("^data:image/"), timeout=15_000)
    snap(popout, "obs-pictures")


@pytest.mark.trial
def test_several_obs(lumio, opened, obs):
    with Obs(PASSWORD) as second:
        second.add_scene("Only here")
        lumio.inside("tests.e2e.obs_stage.have_obs", second.port, PASSWORD, "Studio laptop")
        popout = opened("obs:edit")
        picker = popout.get_by_role("navigation", name="Which OBS")
        expect(picker.get_by_role("button")).to_have_text(["Gaming PC", "Studio laptop"])

        picker.get_by_role("button", name="Studio laptop").click()
        scene(popout, "Only here").get_by_role("button").click()
        expect(scene(popout, "Only here").get_by_text("LIVE", exact=True)).to_be_visible()
        assert (len(obs.asked("SetCurrentProgramScene")), len(second.asked("SetCurrentProgramScene"))) == (0, 1)
        popout.reload()
        expect(scene(popout, "Only here")).to_be_visible()

        lumio.inside("tests.e2e.obs_stage.remove", "Studio laptop")
        expect(picker).to_be_hidden()
        expect(scene(popout, "Only here")).to_have_count(0)
        expect(scene(popout, "Pause")).to_be_visible()


@pytest.mark.trial
def test_the_scene_collection_changes_under_an_open_page(opened, obs):
    popout = opened("obs:edit")
    obs.switch_collection("Abends", seconds=1.5)

    expect(popout.locator(".obs__trouble")).to_contain_text("The scene collection is changing…")
    expect(scene(popout, "Pause").get_by_role("button")).to_be_disabled()
    expect(popout.locator(".obs__trouble")).to_be_hidden()
    expect(popout.locator(".scene").first).to_be_visible()


@pytest.mark.trial
def test_a_dock_may_have_only_the_scenes(opened, obs):
    popout = opened("obs:edit", size=DOCK, hide="header,outputs,sources,audio,stats")

    expect(scene(popout, "Live")).to_be_visible()
    for part in (".obs__head", ".obs__outputs", "[data-part=sources]", "[data-part=mixer]", ".obs__figures"):
        expect(popout.locator(part)).to_be_hidden()
    snap(popout, "obs-only-scenes")


@pytest.mark.trial
def test_it_fits(opened, obs):
    obs.fill(scenes=30)
    obs.add_scene("A scene with a name that goes on for longer than anybody would think, and then some more")
    popout = opened("obs:edit")
    expect(popout.locator(".scene")).to_have_count(34)

    for theme, (width, height) in itertools.product(("dark", "light"), SIZES):
        popout.set_viewport_size({"width": width, "height": height})
        popout.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert overflow(popout) == 0, width
        for one in (button(popout, "Go live"), button(popout, "Record"), popout.get_by_role("slider").first):
            one.scroll_into_view_if_needed()
            box = one.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width, (width, box)
        popout.evaluate("scrollTo(0, 0)")
        snap(popout, f"obs-{theme}-{width}x{height}")


def test_the_page_of_the_dashboard(lumio, obs, page):
    page.goto(f"{lumio.url}/dashboard/obs")
    expect(scene(page, "Live")).to_be_visible()

    scene(page, "Pause").get_by_role("button").click()

    expect(scene(page, "Pause").get_by_text("LIVE", exact=True)).to_be_visible()
    snap(page, "obs-dashboard")

    # How long it records has room beside the sidebar of a tablet.
    obs.start_output("record")
    page.set_viewport_size({"width": 800, "height": 900})
    state = output(page, "record").locator(".output__state")
    expect(state).to_contain_text("REC 0:0")
    hours = """element => {
        element.querySelector("[data-slot=time]").textContent = "1:23:45";
        return element.scrollWidth <= element.clientWidth;
    }"""
    assert state.evaluate(hours)


def test_without_any_obs(lumio, twitch, page):
    claim(page, lumio)
    page.goto(f"{lumio.url}/dashboard/obs")

    expect(page.get_by_text("No OBS here yet")).to_be_visible()
    expect(page.get_by_role("group", name="Controls")).to_be_hidden()
    snap(page, "obs-none")
