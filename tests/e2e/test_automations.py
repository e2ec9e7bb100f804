"""Automations: built from a template, fired by what happens on stream, and read afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.e2e.people import claim, fit, own_twitch, reload_until, snap
from tests.fakes.obs import Obs
from tests.fakes.streamerbot import StreamerBot
from tests.fakes.twitch import Twitch
from tests.processes.cluster import Lumio
from tests.processes.process import wait_for

PASSWORD = "sunlit-harbour-42"


@pytest.fixture
def obs() -> Iterator[Obs]:
    with Obs(PASSWORD) as stand_in:
        yield stand_in


@pytest.fixture
def streamerbot() -> Iterator[StreamerBot]:
    with StreamerBot() as stand_in:
        stand_in.add_action("Lights red", group="Room")
        yield stand_in


@pytest.fixture
def stage(page: Page, lumio: Lumio, twitch: Twitch, obs: Obs, streamerbot: StreamerBot) -> Lumio:
    """Mira's channel, OBS and Streamer.bot, all connected."""
    claim(page, lumio)
    own_twitch(page, lumio)
    lumio.inside("tests.e2e.obs_stage.have_obs", obs.port, PASSWORD, "Gaming PC")
    page.goto(f"{lumio.url}/dashboard/connections/integrations/add/streamerbot")
    page.get_by_label("Port").fill(str(streamerbot.port))
    page.get_by_role("button", name="Save").click()
    twitch.wait_subscribed("channel.raid")
    wait_for(streamerbot.sockets, seconds=30, what="connecting to Streamer.bot")
    page.goto(f"{lumio.url}/dashboard/automations/new?from=brb")
    reload_until(page, step(page, 1).locator("option[value=Pause]"))
    return lumio


def step(page: Page, number: int) -> Locator:
    return page.locator(".automation-step").nth(number - 1)


def test_raid_is_welcomed_by_obs_streamerbot_and_chat_and_without_obs_by_the_others(
    page: Page, stage: Lumio, twitch: Twitch, obs: Obs, streamerbot: StreamerBot
):
    page.goto(f"{stage.url}/dashboard/automations")
    page.get_by_role("link", name="New Automation").click()
    fit(page, "automation-templates")
    page.get_by_role("link", name="Raid welcome").click()

    # The template greets in chat, shows a scene and goes back: here it is OBS, Streamer.bot and then chat.
    expect(page.get_by_label("Name")).to_have_value("Raid welcome")
    page.get_by_role("button", name="Take step 4 away").click()
    expect(page.locator(".automation-step")).to_have_count(3)
    page.get_by_role("button", name="Take step 3 away").click()
    expect(page.locator(".automation-step")).to_have_count(2)
    page.get_by_role("button", name="Move step 1 down").click()
    expect(step(page, 1).get_by_label("OBS Studio")).to_be_visible()
    step(page, 1).get_by_label("Scene").select_option("Pause")
    page.get_by_role("button", name="Run a Streamer.bot action").click()
    expect(step(page, 3).get_by_label("Streamer.bot")).to_be_visible()
    step(page, 3).get_by_label("Action", exact=True).select_option(label="Room: Lights red")
    step(page, 3).get_by_label("Arguments").fill("viewer = {{name}}")
    page.get_by_role("button", name="Move step 3 up").click()
    expect(step(page, 2).get_by_label("Arguments")).to_have_value("viewer = {{name}}")
    step(page, 3).get_by_label("Message").fill("Welcome, {{name}} and {{amount}}!")
    page.get_by_label("Name").scroll_into_view_if_needed()
    expect(page.get_by_label("From this amount on")).to_be_visible()
    expect(page.get_by_label("Command", exact=True)).to_be_hidden()
    fit(page, "automation-editor")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Raid welcome is saved.")).to_be_visible()
    expect(page.locator(".automation__steps")).to_contain_text("Gaming PC: Switch the scene, Pause")
    fit(page, "automations")

    twitch.raid("otter_tv", viewers=84)
    page.get_by_role("link", name="last run").click()
    run = page.locator(".run").first
    expect(run).to_contain_text("started by otter_tv on Twitch")
    expect(run.locator(".run__step .badge--ok")).to_have_count(3)
    fit(page, "automation-run")
    assert [asked["requestData"] for asked in obs.asked("SetCurrentProgramScene")] == [{"sceneName": "Pause"}]
    assert [(one["name"], one["args"]["viewer"]) for one in streamerbot.runs()] == [("Lights red", "otter_tv")]
    said = [event["message"]["text"] for event in twitch.messages()]
    assert [text for text in said if text.startswith("Welcome")] == ["Welcome, otter_tv and 84 viewers!"]

    stage.inside("tests.e2e.obs_stage.remove", "Gaming PC")
    twitch.raid("nachtfalke", viewers=3)
    run = page.locator(".run").filter(has_text="started by nachtfalke")
    expect(run).to_contain_text("failed in part")
    expect(run).to_contain_text("The OBS Studio that this step used was removed from Lumio.")
    expect(run.locator(".run__step .badge--ok")).to_have_count(2)
    snap(page, "automation-run-without-obs")
    assert "Welcome, nachtfalke and 3 viewers!" in [event["message"]["text"] for event in twitch.messages()]


def test_button_of_a_stream_deck_runs_one_by_a_popout_token(page: Page, stage: Lumio, obs: Obs):
    page.goto(f"{stage.url}/dashboard/automations/new?from=brb")
    step(page, 1).get_by_label("Scene").select_option("Pause")
    page.get_by_role("button", name="Take step 3 away").click()
    expect(page.locator(".automation-step")).to_have_count(2)
    page.get_by_role("button", name="Take step 2 away").click()
    expect(page.locator(".automation-step")).to_have_count(1)
    expect(page.get_by_label("From this amount on")).to_be_hidden()
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_text("Be right back is saved.")).to_be_visible()
    token = stage.inside("tests.e2e.stage.popout_token", "automations:execute")
    id = stage.inside("tests.e2e.automation_stage.known")["Be right back"]

    answer = requests.post(f"{stage.url}/v1/automations/{id}/run", params={"token": token}, json={}, timeout=10)

    assert answer.status_code == 202
    wait_for(lambda: obs.asked("SetCurrentProgramScene"), seconds=15, what="the scene")
    expect(page.get_by_role("listitem").filter(has_text="Be right back").get_by_text("done")).to_be_visible()
    page.get_by_role("button", name="Run Be right back").click()
    expect(page.locator(".run")).to_have_count(2)
    expect(page.locator(".run").first).to_contain_text("Gaming PC has done it.")
