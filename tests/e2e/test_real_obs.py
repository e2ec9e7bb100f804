"""A real OBS Studio at the other end: Test Connection, the OBS page in a moderator's hands, and the bridge page.

Run by itself (`scripts/check.py`, “pages with a real OBS”), as OBS is not to be had everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import obsws_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import profile
from tests.e2e.people import claim, popout_address, snap
from tests.e2e.test_bridge import CHROME, Traffic, until_linked
from tests.e2e.test_integrations import choose, row_of
from tests.e2e.test_obs_popout import button, hold, output, scene
from tests.processes.cluster import Lumio
from tests.real_obs.program import HOST, PASSWORD, RealObs

LABEL = "Gaming PC"


@pytest.fixture(scope="session")
def program() -> Iterator[RealObs]:
    with RealObs() as obs:
        yield obs


@pytest.fixture
def obs(program: RealObs) -> RealObs:
    """It runs, and Live is on program."""
    if not program.process.is_running:
        program.start()
    with obsws_python.ReqClient(host=HOST, port=program.port, password=PASSWORD, timeout=20) as there:
        there.set_current_program_scene("Live")
    return program


@pytest.fixture
def streamer(obs: RealObs) -> Iterator[obsws_python.ReqClient]:
    """Somebody who does things in OBS itself."""
    with obsws_python.ReqClient(host=HOST, port=obs.port, password=PASSWORD, timeout=20) as client:
        yield client


@pytest.fixture
def popout(lumio: Lumio, obs: RealObs, page: Page, other_browser: BrowserContext) -> Page:
    """The OBS page in the hands of a moderator; Lumio itself is connected to the OBS."""
    claim(page, lumio)
    lumio.inside("tests.e2e.obs_stage.have_obs", obs.port, PASSWORD, LABEL)
    popout = other_browser.new_page()
    popout.goto(popout_address(lumio, "obs", "settings:read", "obs:edit"))
    expect(popout.locator(".obs__link")).to_contain_text("Connected")
    expect(scene(popout, "Live").get_by_text("LIVE", exact=True)).to_be_visible()
    return popout


@pytest.fixture
def open_bridge(lumio: Lumio, obs: RealObs, page: Page, browser: Browser, problems: list[str]) -> Iterator[Callable]:
    """Opens the bridge page as the browser inside OBS does."""
    claim(page, lumio)
    lumio.inside("tests.e2e.bridge_stage.have_obs", obs.port, PASSWORD)
    inside = profile(browser, problems, "bridge", user_agent=f"{CHROME} OBS/29.0.2")

    def open_() -> tuple[Page, Traffic]:
        bridge = inside.new_page()
        traffic = Traffic(bridge)
        bridge.goto(lumio.inside("tests.e2e.bridge_stage.address"))
        return bridge, traffic

    yield open_
    inside.close()


def test_connection_is_tested_with_the_wrong_and_the_right_password(page: Page, lumio: Lumio, obs: RealObs):
    claim(page, lumio)
    choose(page, lumio, "OBS Studio")
    page.get_by_label("Label").fill(LABEL)
    page.get_by_label("Port").fill(str(obs.port))
    page.get_by_label("Password").fill("not this one")
    page.get_by_label("Enable remote access").check()
    page.get_by_label("Host / IP").fill(HOST)
    page.get_by_role("button", name="Save").click()
    row = row_of(page, LABEL)

    row.get_by_role("button", name=f"Test {LABEL}").click()
    expect(row).to_contain_text("Failed OBS Studio does not accept the password.")

    row.get_by_role("link", name=f"Edit {LABEL}").click()
    page.get_by_label("Password optional").fill(PASSWORD)
    page.get_by_role("button", name="Save").click()
    row.get_by_role("button", name=f"Test {LABEL}").click()
    expect(row).to_contain_text("Connected to OBS 29.0.2 successfully!")

    obs.close()
    row.get_by_role("button", name=f"Test {LABEL}").click()
    expect(row).to_contain_text(f"Nothing answers at {HOST}:{obs.port}.")


def test_scenes_sources_and_sound(popout: Page, streamer: obsws_python.ReqClient):
    scene(popout, "Pause").get_by_role("button").click()
    expect(scene(popout, "Pause").get_by_text("LIVE", exact=True)).to_be_visible()
    assert streamer.get_current_program_scene().current_program_scene_name == "Pause"

    streamer.set_current_program_scene("Live")
    expect(scene(popout, "Live").get_by_text("LIVE", exact=True)).to_be_visible()

    title = popout.get_by_role("switch", name="Titel")
    title.click()
    expect(title).not_to_be_checked()
    number = streamer.get_scene_item_id("Live", "Titel").scene_item_id
    assert streamer.get_scene_item_enabled("Live", number).scene_item_enabled is False
    streamer.set_scene_item_enabled("Live", number, True)
    expect(title).to_be_checked()

    mute = popout.get_by_role("button", name="Mute Clip")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "true")
    assert streamer.get_input_mute("Clip").input_muted is True
    streamer.set_input_mute("Clip", False)
    expect(mute).to_have_attribute("aria-pressed", "false")
    snap(popout, "obs-real")


def test_a_recording_and_a_stream(popout: Page, obs: RealObs):
    record, stream = output(popout, "record"), output(popout, "stream")
    before = len(obs.recordings)

    hold(popout, button(popout, "Record"))
    expect(record).to_contain_text("REC")
    obs.take_the_stream()
    hold(popout, button(popout, "Go live"))
    expect(stream).to_contain_text("LIVE")
    expect(stream.locator("[data-slot=time]")).to_have_text("0:03")

    expect(record.get_by_role("button", name="Stop")).to_be_enabled()
    hold(popout, record.get_by_role("button", name="Stop"))
    expect(record).to_contain_text("Off")
    hold(popout, button(popout, "End"))
    expect(stream).to_contain_text("Off")
    assert len(obs.recordings) == before + 1


def test_the_scene_collection_changes_while_the_page_is_open(popout: Page, streamer: obsws_python.ReqClient):
    streamer.set_current_scene_collection("Abends")
    expect(popout.locator(".scene")).to_have_count(1)
    expect(scene(popout, "Ruhig").get_by_text("LIVE", exact=True)).to_be_visible()

    streamer.set_current_scene_collection("Lumio")
    expect(popout.locator(".scene")).to_have_count(3)
    scene(popout, "Outro").get_by_role("button").click()
    expect(scene(popout, "Outro").get_by_text("LIVE", exact=True)).to_be_visible()


@pytest.mark.trial
def test_obs_is_killed_and_started_again(popout: Page, obs: RealObs):
    obs.kill()
    expect(scene(popout, "Pause").get_by_role("button")).to_be_disabled()
    expect(popout.locator(".obs__trouble")).to_be_visible()

    obs.start()
    expect(popout.locator(".obs__link")).to_contain_text("Connected", timeout=40_000)
    scene(popout, "Pause").get_by_role("button").click()
    expect(scene(popout, "Pause").get_by_text("LIVE", exact=True)).to_be_visible()


def test_the_bridge_page_pairs_and_carries(
    lumio: Lumio, open_bridge: Callable, streamer: obsws_python.ReqClient, other_browser: BrowserContext
):
    bridge, traffic = open_bridge()

    link = until_linked(lumio, "connected")

    assert (link["version"], link["via"], link["is_protected"]) == ("29.0.2", "bridge", True)
    popout = other_browser.new_page()
    popout.goto(popout_address(lumio, "obs", "settings:read", "obs:edit"))
    scene(popout, "Pause").get_by_role("button").click()
    expect(scene(popout, "Pause").get_by_text("LIVE", exact=True)).to_be_visible()
    assert streamer.get_current_program_scene().current_program_scene_name == "Pause"
    seen = [*traffic.frames, *traffic.console, bridge.content(), lumio.logs("web")]
    assert [text for text in seen if PASSWORD in text] == []


@pytest.mark.trial
def test_the_bridge_page_finds_an_obs_that_was_started_again(lumio: Lumio, open_bridge: Callable, obs: RealObs):
    open_bridge()
    until_linked(lumio, "connected")

    obs.kill()
    until_linked(lumio, "trouble")
    obs.start()

    until_linked(lumio, "connected", within=40)
