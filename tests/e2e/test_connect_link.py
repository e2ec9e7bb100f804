"""Somebody who has no sign-in here connects their channel by a one-time link."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.people import claim, overflow, save_credentials
from tests.fakes import cast
from tests.processes.cluster import Lumio

PHONE = {"width": 360, "height": 780}


def make_link(page: Page, lumio: Lumio, *, lifetime: str = "1 hour") -> str:
    page.goto(f"{lumio.url}/dashboard/connections/twitch/link")
    page.get_by_label("Works for").select_option(lifetime)
    page.get_by_role("button", name="Make a link").click()
    return page.get_by_label("Link", exact=True).input_value()


def sign_in(visitor: Page, login: str, *, allow: bool = True) -> None:
    """From the link's page to the stand-in's consent and back."""
    visitor.get_by_role("button", name="Connect with Twitch").click()
    visitor.get_by_label("Signed in as").select_option(login)
    visitor.get_by_role("button", name="Allow" if allow else "Deny").click()


def test_a_broadcaster_connects_by_a_link_from_their_moderator(
    lumio: Lumio, twitch, page: Page, other_browser: BrowserContext
):
    claim(page, lumio)
    save_credentials(page, lumio)
    link = make_link(page, lumio)
    code = link.rpartition("/")[2]
    page.reload()  # of the page that showed it: no second link, and not this one
    expect(page.locator(".row")).to_have_count(1)
    assert code not in page.content()

    # The broadcaster, on a phone. No address that is asked for later, here or at the platform, holds the code.
    told = []
    other_browser.on("request", lambda request: told.append((request.url, request.all_headers().get("referer", ""))))
    visitor = other_browser.new_page()
    visitor.set_viewport_size(PHONE)
    visitor.goto(link)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Connect Twitch to Mira live")
    assert overflow(visitor) == 0
    visitor.get_by_role("button", name="Deutsch").click()
    visitor.get_by_role("button", name="English").click()
    expect(visitor).to_have_url(link)

    # Deny, then another try without opening the link again.
    sign_in(visitor, cast.STREAMER, allow=False)
    expect(visitor).to_have_url(f"{lumio.url}/connect")
    expect(visitor.get_by_role("alert")).to_contain_text("Twitch says that access was refused. Nothing was linked.")
    sign_in(visitor, cast.STREAMER)
    expect(visitor.get_by_role("main")).to_contain_text(
        "Mira_Plays at Twitch is now connected to Mira live. You can close this page."
    )
    expect(visitor).to_have_url(f"{lumio.url}/connect")
    assert [referer for _, referer in told if code in referer] == []
    assert {url for url, _ in told if code in url} == {link}

    # Used is used, and the dashboard has the channel.
    visitor.goto(link)
    expect(visitor.get_by_role("main")).to_contain_text("This link does not work.")
    page.goto(f"{lumio.url}/dashboard/connections")
    expect(page.locator("#card-twitch")).to_contain_text("Mira_Plays · 31337")
    twitch.wait_subscribed("channel.follow")
    visitor.goto(f"{lumio.url}/dashboard")
    expect(visitor.get_by_role("heading", name="Welcome back")).to_be_visible()  # they are signed in to nothing
