"""The pre-flight check: with pages that are open and one that says nothing, mended, and shared with an outsider."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.people import claim, fit, own_twitch, snap
from tests.fakes.twitch import Twitch
from tests.processes.cluster import Lumio

DELIVERING = re.compile(r"Delivering · (\d+) of \1 subscriptions")
ARRIVED = re.compile(r": a silent test event arrived and was answered in \d+ ms\.")
#: A page whose socket takes what it is told and says nothing.
DEAF = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) { if (!text.includes('"echo"')) send.call(this, text); };
"""


def line(page: Page, text: str) -> Locator:
    return page.locator(".row").filter(has_text=text)


def open_live(page: Page, address: str) -> None:
    """Open a page and wait until the server has answered on its socket."""
    with page.expect_websocket() as opened:
        page.goto(address)
    opened.value.wait_for_event("framereceived")


def test_what_is_open_answers_what_is_deaf_is_found_and_somebody_else_may_read_it(
    page: Page, lumio: Lumio, twitch: Twitch, other_browser: BrowserContext
):
    claim(page, lumio)
    own_twitch(page, lumio)
    twitch.wait_subscribed("channel.raid")
    expect(page.get_by_text(DELIVERING)).to_be_visible()
    path = lumio.inside("tests.e2e.overlay_stage.have_alert_box", 3)
    token = lumio.inside("tests.e2e.stage.popout_token", "events:read", "chat:read")
    overlay, popout, deaf = (other_browser.new_page() for _ in range(3))
    deaf.add_init_script(DEAF)
    open_live(overlay, f"{lumio.overlay_url}{path}")
    open_live(popout, f"{lumio.url}/popout/events?token={token}")
    open_live(deaf, f"{lumio.url}/popout/chat?token={token}")

    page.goto(f"{lumio.url}/dashboard/preflight")
    expect(page.get_by_text("Nothing was checked yet")).to_be_visible()
    snap(page, "preflight-empty")
    page.get_by_role("button", name="Check everything").click()

    # It fills by itself; the page that says nothing is told from those that answer.
    expect(page.locator(".banner").get_by_text("to look at")).to_be_visible()
    expect(line(page, "confirms the sign-in of Mira_Plays")).to_contain_text("Good")
    expect(line(page, "Overlay Main")).to_contain_text(ARRIVED)
    expect(line(page, "Popout Events")).to_contain_text(ARRIVED)
    silent = line(page, "Popout Chat")
    expect(silent).to_contain_text("a silent test event did not arrive")
    expect(silent).to_contain_text("Look at it")
    expect(silent.get_by_role("link", name="Popout tokens")).to_have_attribute("href", "/dashboard/tokens")
    fit(page, "preflight")

    # Nobody saw any of it.
    assert popout.locator("[data-seq]").count() == 0

    # Mended, it is ready.
    deaf.close()
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_role("heading", name="Other checks")).to_be_visible()
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible()
    expect(line(page, "Overlay Main")).to_contain_text(ARRIVED)
    expect(line(page, "did not arrive")).to_have_count(0)

    # Shared with somebody who is not signed in, until it is taken back.
    page.get_by_role("button", name="Share", exact=True).click()
    address = page.get_by_label("Link", exact=True).input_value()
    fit(page, "preflight-share")
    visitor = other_browser.new_page()
    visitor.goto(address)
    expect(visitor.get_by_role("heading", name="Pre-flight check of Mira live")).to_be_visible()
    expect(line(visitor, "Overlay Main")).to_contain_text(ARRIVED)
    assert [link.get_attribute("href") for link in visitor.locator("main a").all()] == []
    fit(visitor, "preflight-shared")
    page.goto(f"{lumio.url}/dashboard/preflight")
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_text("The link shows nothing any more.")).to_be_visible()
    visitor.reload()
    expect(visitor.get_by_text("This link shows nothing any more.")).to_be_visible()
