"""The alert queue in the hands of a moderator: in the events popout and on the dashboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.people import claim, popout_address, snap
from tests.processes.cluster import Lumio

STAGE = "tests.e2e.overlay_stage"


def have_two_wait(lumio: Lumio, page: Page) -> None:
    """Of an account whose overlay nobody has open."""
    claim(page, lumio)
    lumio.inside(f"{STAGE}.have_alert_box", 4)
    lumio.inside(f"{STAGE}.follow", "grace", "hedy")


def states(lumio: Lumio) -> list[list[str]]:
    return lumio.inside(f"{STAGE}.alerts")


def test_a_moderator_has_the_queue_in_hand_from_the_feed(lumio, page, other_browser):
    have_two_wait(lumio, page)
    popout = other_browser.new_page()
    popout.set_viewport_size({"width": 500, "height": 400})
    popout.goto(popout_address(lumio, "events", "events:read", "events:create"))
    controls = popout.locator("alert-controls")
    popout.locator(".event").first.hover()
    popout.get_by_title("Alerts", exact=True).click()

    expect(controls.get_by_text("2 alerts wait")).to_be_visible()
    expect(controls.get_by_text("No alert plays")).to_be_visible()
    expect(controls.get_by_role("button", name="Skip")).to_be_disabled()
    controls.get_by_role("button", name="Pause").click()
    expect(controls.get_by_role("button", name="Pause", pressed=True)).to_be_visible()
    expect(controls.get_by_text("Alerts are paused")).to_be_visible()
    snap(popout, "events-alerts")

    controls.get_by_role("button", name="Clear").click()
    expect(controls.get_by_role("button", name="Press again to clear")).to_be_visible()
    assert states(lumio) == [["grace", "waiting"], ["hedy", "waiting"]]
    controls.get_by_role("button", name="Press again to clear").click()
    expect(controls.get_by_text("2 alerts wait")).to_have_count(0)
    assert states(lumio) == [["grace", "cleared"], ["hedy", "cleared"]]

    popout.get_by_title("Alerts", exact=True).click()
    popout.locator(".event").first.hover()
    popout.get_by_role("button", name="Details").first.click()
    popout.get_by_role("button", name="Play the alert again").click()
    expect(popout.get_by_text("The alert plays next")).to_be_visible()
    assert states(lumio)[2:] == [["hedy", "waiting"]]

    popout.goto(popout_address(lumio, "events", "events:read"))
    expect(popout.locator(".event")).to_have_count(2)
    expect(popout.locator("alert-controls")).to_have_count(0)


def test_the_page_of_alerts_follows_and_obeys(lumio, page):
    have_two_wait(lumio, page)
    page.goto(f"{lumio.url}/dashboard/alerts")
    waiting = page.locator(".section", has=page.get_by_role("heading", name="Next"))
    expect(waiting.locator("li[id]")).to_have_count(2)

    lumio.inside(f"{STAGE}.follow", "ida")
    expect(waiting.locator("li[id]")).to_have_count(3)
    waiting.get_by_role("button", name="Skip").first.click()
    expect(page.get_by_text("The alert was skipped.")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("They wait, and none is lost.")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear").click()
    expect(page.get_by_text("2 alerts were taken out of the queue.")).to_be_visible()
    snap(page, "alerts")
    page.get_by_role("button", name="Play again").first.click()

    expect(waiting.locator("li[id]")).to_have_count(1)
    assert states(lumio) == [["grace", "skipped"], ["hedy", "cleared"], ["ida", "cleared"], ["ida", "waiting"]]


def test_the_page_asks_on_when_an_answer_never_comes(lumio: Lumio, twitch, page: Page):
    claim(page, lumio)
    page.goto(f"{lumio.url}/dashboard/alerts")
    page.evaluate("htmx.config.timeout /= 30")  # not half a minute
    page.route("**/dashboard/alerts?seen=*", lambda route: None)

    for _ in range(2):
        with page.expect_request("**/dashboard/alerts?seen=*", timeout=10_000):
            pass
