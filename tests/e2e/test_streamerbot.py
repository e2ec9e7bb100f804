"""A Streamer.bot, reached through the bridge page inside OBS and directly: its actions are run, its events arrive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import profile
from tests.e2e.people import claim, snap
from tests.e2e.test_bridge import CHROME, Traffic, until_linked
from tests.fakes.streamerbot import StreamerBot
from tests.processes.cluster import Lumio

PASSWORD = "Wd8nQx3vTz6hLc1Y"


@pytest.fixture
def streamerbot() -> Iterator[StreamerBot]:
    with StreamerBot() as stand_in:
        stand_in.configure(password=PASSWORD)
        stand_in.add_action("Lights red", group="Room")
        stand_in.add_action("Confetti", enabled=False)
        yield stand_in


@pytest.fixture
def obs_browser(browser: Browser, problems: list[str]) -> Iterator[BrowserContext]:
    """The browser inside an OBS whose pages may do nothing."""
    inside = profile(browser, problems, "bridge", user_agent=f"{CHROME} OBS/31.0.0")
    yield inside
    inside.close()


def test_through_the_bridge_page(lumio: Lumio, page: Page, obs_browser: BrowserContext, streamerbot: StreamerBot):
    claim(page, lumio)
    id = lumio.inside("tests.e2e.streamerbot_stage.have_streamerbot", streamerbot.port, PASSWORD)
    inside = obs_browser.new_page()
    traffic = Traffic(inside)
    inside.goto(lumio.inside("tests.e2e.bridge_stage.address"))
    link = until_linked(lumio, "connected")
    assert (link["version"], link["via"], link["is_protected"]) == ("1.0.1", "bridge", True)

    page.goto(f"{lumio.url}/dashboard/connections")
    page.get_by_role("link", name="Actions of Gaming PC").click()
    expect(page.get_by_role("button", name="Run ")).to_have_count(1)
    snap(page, "streamerbot-actions")
    page.get_by_role("button", name="Run Lights red").click()
    expect(page.get_by_text("Gaming PC has “Lights red” in its queue.")).to_be_visible()
    assert [run["name"] for run in streamerbot.runs()] == ["Lights red"]

    page.goto(f"{lumio.url}/dashboard/events")
    streamerbot.wait_subscribed("Custom")
    streamerbot.tell("Custom", "Event", {"eventName": "Boss defeated", "args": {}})
    row = page.get_by_role("listitem").filter(has_text="Boss defeated")
    expect(row).to_contain_text("Streamer.bot")
    page.reload()
    expect(row).to_contain_text("Streamer.bot")

    seen = [*traffic.frames, *traffic.console, inside.content(), page.content(), lumio.logs("web")]
    assert [text for text in seen if PASSWORD in text] == []
    assert id not in inside.url


def test_directly(lumio: Lumio, page: Page, streamerbot: StreamerBot):
    claim(page, lumio)
    page.goto(f"{lumio.url}/dashboard/connections/integrations/add/streamerbot")
    page.get_by_label("Port").fill(str(streamerbot.port))
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Lumio connects to it from now on.")).to_be_visible()
    assert until_linked(lumio, "connected")["via"] == "direct"

    page.get_by_role("button", name="Test Streamer.bot").click()
    expect(page.get_by_text("Connected to Streamer.bot 1.0.1 successfully! It has 2 actions.").first).to_be_visible()

    port = streamerbot.port
    streamerbot.stop()
    until_linked(lumio, "trouble")
    streamerbot.start(port)
    until_linked(lumio, "connected", within=40)
