"""The guide: from a fresh instance to events in OBS, each step turning green by itself."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.people import claim, claim_by_link, fit, own_twitch
from tests.fakes import cast
from tests.fakes.twitch import Twitch
from tests.processes.cluster import Lumio

DELIVERING = re.compile(r"Delivering · (\d+) of \1 subscriptions")


def step(page: Page, slug: str) -> Locator:
    return page.locator(f"#step-{slug}")


def expect_done(page: Page, *slugs: str) -> None:
    for slug in slugs:
        expect(step(page, slug)).to_have_class(re.compile("steps__step--done"))


def test_a_newcomer_is_led_from_the_set_up_link_to_events_in_obs(
    page: Page, lumio: Lumio, twitch: Twitch, other_browser: BrowserContext
):
    claim_by_link(page, lumio)
    fit(page, "first-steps-home")
    page.get_by_role("link", name="Begin").click()
    expect(step(page, "app")).to_have_attribute("aria-current", "step")
    expect(page.get_by_label("Redirect URI")).to_have_value(f"{lumio.url}/connections/twitch/callback")
    fit(page, "first-steps-fresh")

    # A wrong pair is said where it was typed.
    page.get_by_label("Client ID").fill(cast.CLIENT_ID)
    page.get_by_label("Client Secret").fill("0" * 30)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main form .banner--bad")).to_contain_text("Twitch does not accept the app credentials.")
    fit(page, "first-steps-refused")

    # What is typed stays, and so does the keyboard, while something changes around it.
    page.goto(f"{lumio.url}/dashboard/start")
    page.get_by_label("Client ID").fill(cast.CLIENT_ID)
    page.get_by_label("Client Secret").fill(cast.CLIENT_SECRET[:5])
    path = lumio.inside("tests.e2e.overlay_stage.have_alert_box", 3)
    with page.expect_response(lambda answer: "?seen=" in answer.url and answer.status == 200):
        pass
    expect(page.get_by_label("Client Secret")).to_be_focused()
    page.keyboard.type(cast.CLIENT_SECRET[5:])
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Twitch accepts these app credentials.")).to_be_visible()
    expect_done(page, "app", "credentials")

    # To Twitch, where access is refused, then allowed; both come back to the guide.
    for decision in ("Deny", "Allow"):
        page.locator("#connect-twitch").click()
        page.get_by_label("Signed in as").select_option(cast.STREAMER)
        page.get_by_role("button", name=decision).click()
        page.wait_for_url("**/dashboard/start/twitch*")
        if decision == "Deny":
            expect(page.get_by_role("alert")).to_contain_text("Twitch says that access was refused.")
    expect_done(page, "connect")
    expect(step(page, "connect")).to_contain_text("Connected as Mira_Plays.")

    # From here on nothing is clicked: the page finds out by itself.
    page.evaluate("window.stayed = true")
    expect(step(page, "event")).to_contain_text(DELIVERING)
    fit(page, "first-steps-waiting")
    twitch.follow("juno")
    expect_done(page, "event")
    expect(step(page, "event")).to_contain_text("juno")
    expect(page.locator("#first-steps-said")).to_have_text("4 of 5 steps are done.")
    other_browser.new_page().goto(f"{lumio.overlay_url}{path}")
    expect_done(page, "obs")
    expect(page.get_by_text("You are set up.")).to_be_visible()
    assert page.evaluate("window.stayed")
    fit(page, "first-steps-done")

    # The dashboard is what it is from now on.
    page.goto(f"{lumio.url}/dashboard")
    expect(page.locator(".home__feed .event__line").first).to_contain_text("juno followed")


def test_a_test_event_is_a_first_event_and_the_dashboard_tells_what_is_left(page: Page, lumio: Lumio, twitch: Twitch):
    claim(page, lumio)
    own_twitch(page, lumio)
    page.goto(f"{lumio.url}/dashboard")
    page.get_by_role("link", name="Go on").click()
    expect(step(page, "event")).to_have_attribute("aria-current", "step")

    page.get_by_role("button", name="Send a test event").click()

    expect_done(page, "event")
    expect(step(page, "event")).to_contain_text("TEST")
    page.goto(f"{lumio.url}/dashboard")
    expect(page.get_by_text("Your events arrive.")).to_be_visible()
    fit(page, "first-steps-left")
    page.get_by_role("link", name="Go on").click()
    expect(step(page, "obs")).to_have_attribute("aria-current", "step")


def test_on_kick_the_guide_has_what_kick_wants(page: Page, lumio: Lumio):
    claim(page, lumio)
    page.goto(f"{lumio.url}/dashboard/start")
    page.get_by_role("link", name="Kick", exact=True).click()

    expect(page.get_by_role("textbox", name="Webhook URL")).to_have_value(re.compile("/v1/webhooks/kick/"))
    expect(page.get_by_label("Redirect URI")).to_have_value(f"{lumio.url}/connections/kick/callback")
    fit(page, "first-steps-kick")
