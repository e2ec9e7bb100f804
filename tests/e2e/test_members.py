"""Members: the owner invites, changes and removes; a moderator comes by link; strangers find nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.people import PASSWORD, claim, focused, overflow
from tests.processes.cluster import Lumio

PHONE = {"width": 360, "height": 780}


def invite(page: Page, lumio: Lumio, *, role: str = "Moderator") -> str:
    """Make an invitation in the browser; its link."""
    page.goto(f"{lumio.url}/dashboard/members")
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("Role").select_option(role)
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link", exact=True)
    expect(link).to_be_visible()
    expect(page.get_by_role("img", name="QR code with the link")).to_be_visible()
    return link.input_value()


def sign_up(page: Page, link: str, *, email: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Create your sign-in").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/dashboard")


def shown(page: Page) -> list[str]:
    """The pages that the sidebar offers."""
    return page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()


def test_a_moderator_comes_by_link_and_is_taken_out_again(lumio, twitch, page, other_browser):
    claim(page, lumio)
    owners = shown(page)
    link = invite(page, lumio)

    # By the link, on a phone: who asks, a sign-in, and in.
    theirs = other_browser.new_page()
    theirs.set_viewport_size(PHONE)
    theirs.goto(link)
    expect(theirs.get_by_role("heading", name="Join Mira live")).to_be_visible()
    assert overflow(theirs) == 0
    sign_up(theirs, link, email="otto@example.com")
    expect(theirs.get_by_text("You are in Mira live now, as Moderator.")).to_be_visible()
    theirs.set_viewport_size({"width": 1280, "height": 800})
    live = ["Dashboard", "Chat", "Events", "Alerts", "Music", "Pre-flight check"]
    assert shown(theirs) == [*live, "Connections", "Overlays", "Uploads", "Automations", "Help"]
    assert {"Tokens", "Members", "Account"} <= set(owners)

    # What they may not do is not offered, and an address typed by hand names what is missing.
    theirs.goto(f"{lumio.url}/dashboard/connections")
    expect(theirs.get_by_role("heading", name="Connections", level=1)).to_be_visible()
    expect(theirs.get_by_role("link", name="App Credentials")).to_have_count(0)
    theirs.goto(f"{lumio.url}/dashboard/members")
    expect(theirs.get_by_role("heading", name="Your role does not include this")).to_be_visible()
    expect(theirs.get_by_text("members:read")).to_be_visible()

    # Another role, with the keyboard alone: Save comes once something is chosen.
    page.goto(f"{lumio.url}/dashboard/members")
    row = page.locator(".row").filter(has_text="otto@example.com")
    expect(row.get_by_role("button", name="Save")).to_be_hidden()
    row.get_by_label("Role of otto").focus()
    page.keyboard.press("V")
    page.keyboard.press("Tab")
    assert focused(page) == "Save"
    page.keyboard.press("Enter")
    expect(page.get_by_text("otto is now Viewer. It counts at once, on open pages too.")).to_be_visible()
    theirs.goto(f"{lumio.url}/dashboard")
    assert shown(theirs) == ["Dashboard", "Events", "Alerts", "Overlays", "Uploads", "Help"]

    # Taken out: asked first, and gone with the next click.
    row.get_by_role("button", name="Remove otto").click()
    expect(page.get_by_role("dialog")).to_contain_text("Remove this member?")
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("otto is no longer a member.")).to_be_visible()
    expect(page.locator(".row")).to_have_count(1)
    theirs.goto(f"{lumio.url}/dashboard")
    expect(theirs.get_by_role("heading", name="You are in no account")).to_be_visible()

    # The same person comes back with another link, signed in.
    theirs.goto(invite(page, lumio, role="Viewer"))
    expect(theirs.get_by_text("You are signed in as otto.")).to_be_visible()
    theirs.get_by_role("button", name="Accept").click()
    expect(theirs.get_by_text("You are in Mira live now, as Viewer.")).to_be_visible()


@pytest.mark.trial
def test_strangers_find_nothing(lumio, twitch, page, other_browser):
    claim(page, lumio)
    used, withdrawn, theirs = (invite(page, lumio, role="Viewer") for _ in range(3))
    sign_up(other_browser.new_page(), used, email="otto@example.com")
    page.goto(f"{lumio.url}/dashboard/members")
    foreign = page.get_by_role("link", name="Details of otto").get_attribute("href")
    page.get_by_role("navigation", name="Members and invitations").get_by_role("link", name="Invitations").click()
    page.get_by_role("button", name="Withdraw").nth(1).click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("The invitation is withdrawn.")).to_be_visible()

    browser: Browser = other_browser.browser
    stranger = browser.new_context(locale="en-GB")
    visit = stranger.new_page()
    for dead in (used, withdrawn, f"{lumio.url}/invite/made-up", f"{lumio.url}/invite"):
        visit.goto(dead)
        expect(visit.get_by_role("heading", name="This invitation does not work")).to_be_visible()
        expect(visit.get_by_text("Ask whoever sent it to you for a new one.")).to_be_visible()

    # Somebody with an account of their own, who knows an id of another one.
    sign_up(visit, theirs, email="cleo@example.com")
    visit.goto(f"{lumio.url}/account/accounts")
    visit.get_by_role("button", name="Leave Mira live").click()
    visit.get_by_role("dialog").get_by_role("button", name="Leave").click()
    visit.get_by_role("link", name="Create an account of your own").click()
    visit.get_by_label("Name of the account").fill("Cleo plays")
    visit.get_by_role("button", name="Create account").click()
    visit.wait_for_url("**/dashboard")
    answer = visit.goto(f"{lumio.url}{foreign}")
    assert answer.status == 404
    assert "Mira" not in visit.content()
    stranger.close()
