"""The bell as one hears and uses it: told while the page is open, by keyboard, pointer and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import claim, connect_twitch, focused, own_twitch
from tests.e2e.test_streamer_mode import picture
from tests.fakes import cast


def bell(page: Page):
    return page.locator(".bell").locator("visible=true")


def look_again(page: Page) -> None:
    """What a browser says when somebody comes back to its window."""
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def test_a_sign_in_that_ends_is_told_and_over_when_it_is_mended(lumio, twitch, page):
    claim(page, lumio)
    own_twitch(page, lumio)
    twitch.wait_subscribed("channel.follow")
    expect(bell(page)).to_have_accessible_name("Notifications")
    picture(page, "bell-none")

    # Told on the open page, which stays where it is.
    twitch.revoke_grant(cast.STREAMER)
    page.evaluate("window.stayed = true")
    expect(page.locator("#card-twitch")).to_contain_text("Reconnect needed", timeout=20_000)
    look_again(page)
    expect(bell(page)).to_have_accessible_name("Notifications 1 unread")

    # By keyboard: opened, closed by Escape, which leads back.
    panel = page.locator("#bell")
    bell(page).focus()
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    expect(panel.locator(".note")).to_contain_text("Mira_Plays at Twitch is no longer signed in.")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert page.evaluate("document.activeElement.classList.contains('bell')")

    # By pointer: opened, closed by a press beside it.
    bell(page).click()
    picture(page, "bell-one")
    page.mouse.click(1000, 800)
    expect(panel).to_be_hidden()

    # Marked without a new page, and the keyboard stays in the panel.
    lumio.inside("tests.e2e.stage.notify_more", 8)
    look_again(page)
    expect(bell(page)).to_have_accessible_name("Notifications 9 unread")
    bell(page).click()
    expect(panel.locator(".note")).to_have_count(9)
    picture(page, "bell-many")
    panel.get_by_role("button", name="Mark as read").first.press("Enter")
    expect(bell(page)).to_have_accessible_name("Notifications 8 unread")
    expect(panel).to_be_visible()
    assert focused(page) == "bell-title"
    panel.get_by_role("button", name="Mark all as read").press("Enter")
    expect(bell(page)).to_have_accessible_name("Notifications")
    assert page.evaluate("window.stayed")

    # Its button leads to the one that mends it; then the page of notifications says by itself that it is over.
    panel.get_by_role("link", name="All notifications").click()
    expect(page.locator("#notifications .note")).to_have_count(9)
    picture(page, "notifications")
    page.locator("#notifications .note").last.get_by_role("button", name="See what to do").click()
    page.wait_for_url("**/dashboard/connections#card-twitch")
    listing = page.context.new_page()
    listing.goto(f"{lumio.url}/dashboard/notifications")
    connect_twitch(page, lumio)
    look_again(listing)
    expect(listing.locator("#notifications .note--over")).to_contain_text("Resolved")
    expect(listing.locator("#notifications .note--over").get_by_role("button")).to_have_count(0)


@pytest.mark.trial
def test_without_scripts_it_works_as_well(lumio, twitch, page, browser):
    claim(page, lumio)
    own_twitch(page, lumio)
    twitch.wait_subscribed("channel.follow")
    twitch.revoke_grant(cast.STREAMER)
    expect(page.locator("#card-twitch")).to_contain_text("Reconnect needed", timeout=20_000)
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(f"{lumio.url}/dashboard/tokens")

    bell(plain).click()
    expect(plain.locator("#bell")).to_be_visible()
    plain.locator("#bell").get_by_role("button", name="Mark as read").click()

    plain.wait_for_url("**/dashboard/notifications")
    expect(bell(plain)).to_have_accessible_name("Notifications")
    plain.locator("#notifications").get_by_role("button", name="See what to do").click()
    plain.wait_for_url("**/dashboard/connections#card-twitch")
    context.close()
