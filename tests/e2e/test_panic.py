"""The panic button in the hands of a moderator, with an overlay on air and an OBS at the other end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import profile
from tests.e2e.people import claim, fit, popout_address, reload_until, snap
from tests.fakes.obs import Obs
from tests.processes.cluster import Lumio
from tests.processes.process import wait_for

PASSWORD = "sunlit-harbour-42"
OVERLAY = "tests.e2e.overlay_stage"
RIGHTS = ("chat:read", "events:read", "events:create")


@pytest.fixture
def obs(lumio: Lumio, page: Page) -> Iterator[Obs]:
    """Mira's OBS, which Lumio is connected to, in its scene "Live"."""
    with Obs(PASSWORD) as stand_in:
        claim(page, lumio)
        lumio.inside("tests.e2e.obs_stage.have_obs", stand_in.port, PASSWORD, "Gaming PC")
        stand_in.wait_connected()
        yield stand_in


@pytest.fixture
def on_air(lumio: Lumio, obs: Obs, browser, problems) -> Iterator[Callable[[], Page]]:
    """Opens the overlay, which has a chat box."""
    path = lumio.inside(f"{OVERLAY}.have_overlay", [("chat_box", {"hold_back": 0}), ("text", {"text": "Good evening"})])
    inside = profile(browser, problems, "overlay", viewport={"width": 640, "height": 360})

    def open_() -> Page:
        source = inside.new_page()
        source.goto(f"{lumio.overlay_url}{path}")
        expect(source.get_by_text("Good evening")).to_be_visible()
        return source

    yield open_
    inside.close()


def have_safe_scene(lumio: Lumio, page: Page) -> None:
    """Chosen on the page of the panic button, among the scenes that OBS has."""
    page.goto(f"{lumio.url}/dashboard/panic")
    reload_until(page, page.locator("datalist option[value=Pause]"))
    page.get_by_label("Safe scene in Gaming PC").fill("Pause")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The panic button does this from now on.")).to_be_visible()


def wait_until_shown(obs: Obs, scene: str) -> None:
    """OBS takes its time for a transition."""
    wait_for(lambda: obs.state.now.program == scene, seconds=20, what=f"showing {scene}")


def test_one_press_makes_the_stream_harmless_and_another_puts_it_back(lumio, page, obs, on_air, other_browser):
    have_safe_scene(lumio, page)
    fit(page, "panic-page")
    source = on_air()
    lumio.inside(f"{OVERLAY}.chat", "you are all awful", "one")
    expect(source.get_by_text("you are all awful")).to_be_visible()
    chat = popout(lumio, other_browser, "chat")
    events = popout(lumio, other_browser, "events")
    page.goto(f"{lumio.url}/dashboard/alerts")

    snap(chat, "panic-button-400")
    chat.get_by_role("button", name="Panic").click()

    expect(source.get_by_text("you are all awful")).to_have_count(0)
    expect(source.get_by_text("Good evening")).to_be_visible()
    expect(chat.locator("panic-banner")).to_contain_text("by mira.")
    expect(chat.get_by_role("button", name="Panic")).to_be_hidden()
    expect(page.get_by_text("Alerts are silent and held")).to_be_visible()
    wait_until_shown(obs, "Pause")
    snap(chat, "panic-chat-400")
    fit(page, "panic-alerts")
    # Who comes now sees no chat either.
    lumio.inside(f"{OVERLAY}.chat", "still here", "two")
    late = on_air()
    expect(late.locator(".chat-line")).to_have_count(0)

    events.hover("event-feed")
    expect(events.locator("panic-banner")).to_be_visible()
    snap(events, "panic-events-400")
    events.get_by_role("button", name="Restore").click()

    expect(events.locator("panic-banner")).to_be_hidden()
    expect(chat.locator("panic-banner")).to_be_hidden()
    expect(page.get_by_text("Alerts are silent and held")).to_have_count(0)
    wait_until_shown(obs, "Live")
    lumio.inside(f"{OVERLAY}.chat", "good evening", "three")
    for one in (source, late):
        expect(one.locator(".chat-line__text")).to_have_text(["good evening"])


@pytest.mark.trial
def test_what_obs_does_not_do_is_told_and_tried_again(lumio, page, obs, other_browser):
    have_safe_scene(lumio, page)
    events = popout(lumio, other_browser, "events")
    obs.spoil("SetCurrentProgramScene", "silence", times=2)

    events.locator("event-feed").hover()
    events.get_by_role("button", name="Panic").click()

    banner = events.locator("panic-banner")
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("Gaming PC: ")
    snap(events, "panic-failed-400")
    page.goto(f"{lumio.url}/dashboard/panic")
    expect(page.get_by_text("Gaming PC:")).to_be_visible()
    fit(page, "panic-failed")
    page.goto(f"{lumio.url}/dashboard/events")
    expect(page.locator("panic-banner")).to_contain_text("Gaming PC: ")
    fit(page, "panic-log")
    page.goto(f"{lumio.url}/dashboard/panic")
    obs.mend()

    def is_mended() -> bool:
        """Pressed again where what was asked before is still waited for."""
        banner.get_by_role("button", name="Try again").click()
        events.wait_for_timeout(6_000)  # an OBS gets four seconds
        return banner.get_by_text("Gaming PC").count() == 0

    wait_for(is_mended, seconds=60, what="the safe scene")
    expect(page.get_by_text("Shows the safe scene.")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Shows again what it showed before.")).to_be_visible()
    wait_until_shown(obs, "Live")


def popout(lumio: Lumio, browser: BrowserContext, name: str) -> Page:
    opened = browser.new_page()
    opened.set_viewport_size({"width": 400, "height": 600})
    opened.goto(popout_address(lumio, name, *RIGHTS))
    expect(opened.locator("panic-button, panic-banner")).to_have_count(2)
    return opened
