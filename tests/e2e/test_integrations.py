"""OBS and Streamer.bot on the Connections page, as a person adds, tests, changes and removes them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.people import claim, overflow, snap
from tests.fakes.obs import Obs
from tests.fakes.streamerbot import StreamerBot
from tests.processes.cluster import Lumio
from tests.processes.process import wait_for

PASSWORD = "Kq7pVn2xW9sLd4Zt"


@pytest.fixture
def obs() -> Iterator[Obs]:
    with Obs(password=PASSWORD) as stand_in:
        yield stand_in


@pytest.fixture
def streamerbot() -> Iterator[StreamerBot]:
    with StreamerBot() as stand_in:
        stand_in.add_actions(31)
        yield stand_in


def choose(page: Page, lumio: Lumio, tool: str) -> None:
    """From the Connections page to the form."""
    page.goto(f"{lumio.url}/dashboard/connections")
    page.get_by_role("link", name="Add Integration").click()
    page.get_by_role("dialog", name="Add Integration").get_by_role("link", name=tool).click()


def row_of(page: Page, label: str) -> Locator:
    return page.locator("#integrations-list").get_by_role("listitem").filter(has_text=label)


@pytest.mark.trial
def test_a_remote_obs_from_its_first_to_its_last_day(page: Page, lumio: Lumio, obs: Obs):
    claim(page, lumio)
    choose(page, lumio, "OBS Studio")
    expect(page.get_by_label("Label")).to_have_value("OBS Studio")
    expect(page.get_by_label("Port")).to_have_value("4455")
    expect(page.get_by_label("Host / IP")).to_be_hidden()
    page.get_by_label("Label").fill("Gaming PC")
    page.get_by_label("Port").fill(str(obs.port))
    page.get_by_label("Password").fill("not this one")
    page.get_by_label("Enable remote access").check()
    page.get_by_label("Host / IP").fill("127.0.0.1")
    snap(page, "integration-form")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Gaming PC was added. Lumio connects to it from now on.")).to_be_in_viewport()

    # The wrong password is told apart from everything else, and the row is brought up to date by itself.
    row = row_of(page, "Gaming PC")
    expect(row).to_contain_text("Enabled")
    expect(row).to_contain_text("OBS Studio does not accept the password.")
    row.get_by_role("button", name="Test Gaming PC").click()
    expect(row).to_contain_text("Failed OBS Studio does not accept the password.")

    row.get_by_role("link", name="Edit Gaming PC").click()
    page.get_by_label("Password optional").fill(PASSWORD)
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text(f"OBS {obs.settings.obs_version}")
    row.get_by_role("button", name="Test Gaming PC").click()
    expect(row).to_contain_text(f"Connected to OBS {obs.settings.obs_version} successfully!")
    snap(page, "integrations")
    assert overflow(page) <= 0

    row.get_by_role("button", name="Last results of Gaming PC").click()
    results = page.get_by_role("dialog", name="Last results of Gaming PC")
    expect(results).to_contain_text("tested by")
    expect(results).to_contain_text("found by the connection itself")
    page.keyboard.press("Escape")

    row.get_by_role("button", name="Disable Gaming PC").click()
    expect(row).to_contain_text("Switched off: Lumio does not connect to it")
    wait_for(lambda: not obs.clients(), seconds=10, what="letting go of OBS")
    row.get_by_role("button", name="Enable Gaming PC").click()
    expect(row).to_contain_text("Connected")

    row.get_by_role("button", name="Remove Gaming PC").click()
    dialog = page.get_by_role("dialog", name="Remove Gaming PC")
    expect(dialog).to_contain_text("automations that use it stay as they are")
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Gaming PC was removed.")).to_be_visible()
    expect(page.get_by_text("Nothing beside your stream yet")).to_be_visible()


def test_a_streamerbot_tells_its_version_and_its_actions(page: Page, lumio: Lumio, streamerbot: StreamerBot):
    claim(page, lumio)
    choose(page, lumio, "Streamer.bot")
    page.get_by_label("Reach it").select_option("bridge")
    expect(page.get_by_label("Host / IP")).to_be_hidden()
    page.get_by_label("Reach it").select_option("direct")
    expect(page.get_by_label("Host / IP")).to_have_value("127.0.0.1")
    page.get_by_label("Port").fill(str(streamerbot.port))
    page.get_by_role("button", name="Save").click()

    row = row_of(page, "Streamer.bot")
    row.get_by_role("button", name="Test Streamer.bot").click()

    expect(row).to_contain_text("Connected to Streamer.bot 1.0.1 successfully! It has 31 actions.")


def test_the_bridges_address_is_copied_without_being_seen_and_made_anew(page: Page, lumio: Lumio):
    claim(page, lumio)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=lumio.url)
    page.goto(f"{lumio.url}/dashboard/connections")
    page.get_by_role("link", name="Bridge page").click()
    before = lumio.inside("tests.e2e.bridge_stage.address")

    expect(page.get_by_label("Address", exact=True)).to_have_attribute("type", "password")
    page.get_by_role("button", name="Copy").click()
    wait_for(lambda: page.evaluate("navigator.clipboard.readText()") == before, seconds=10, what="copying")
    assert before not in page.inner_text("body")

    page.get_by_role("button", name="Make a new address").click()
    page.get_by_role("dialog", name="Make a new address").get_by_role("button", name="Make a new address").click()
    expect(page.get_by_text("There is a new address.")).to_be_visible()
    assert lumio.inside("tests.e2e.bridge_stage.address") != before
