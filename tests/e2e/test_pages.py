"""What every page keeps to: mistakes are met with words, the keyboard and a phone are enough, strangers stay text."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import claim, connect_twitch, create_token, focused, overflow, own_twitch, save_credentials
from tests.fakes import cast

PHONE = {"width": 360, "height": 780}
DESK = {"width": 1280, "height": 800}
NARROWEST = {"width": 280, "height": 400}
SCRIPT = "<img src=x onerror=document.title='broken'><script>document.title='broken'</script>"
LONG = "W" * 200
RIGHT_TO_LEFT = "\u202eمنشئ المحتوى"


@pytest.mark.trial
def test_every_mistake_on_the_way_to_twitch_is_met_with_words(lumio, twitch, page):
    claim(page, lumio)
    page.set_viewport_size(PHONE)

    # Mistakes while pasting, said at the field they are in, which has the keyboard.
    page.goto(f"{lumio.url}/dashboard/connections/credentials")
    error = page.locator("main .field__error")
    section = page.locator("section#twitch")
    section.get_by_label("Client ID").fill(cast.CLIENT_ID)
    section.get_by_label("Client Secret").fill(cast.CLIENT_ID)
    section.get_by_role("button", name="Save").click()
    expect(error).to_contain_text("Client ID and Client Secret are the same.")
    expect(section.get_by_label("Client Secret")).to_be_focused()
    expect(section.get_by_label("Client Secret")).to_be_in_viewport()
    section.get_by_label("Client Secret").fill(f"the secret: {cast.CLIENT_SECRET}")
    section.get_by_role("button", name="Save").click()
    expect(error).to_contain_text("There is a space or a line break in it.")

    # A secret that Twitch does not know, said where the eye is.
    section.get_by_label("Client Secret").fill("0" * 30)
    section.get_by_role("button", name="Save").click()
    refused = page.locator("main form .banner--bad")
    expect(refused).to_contain_text("Twitch does not accept the app credentials. It said: “invalid client secret”.")
    expect(refused).to_be_in_viewport()
    assert cast.CLIENT_SECRET not in page.content()
    save_credentials(page, lumio)

    # Deny, then Allow.
    connect_twitch(page, lumio, allow=False)
    expect(page.get_by_role("alert")).to_contain_text("Twitch says that access was refused. Nothing was linked.")
    connect_twitch(page, lumio)
    expect(page.get_by_text("Successfully connected to Twitch!")).to_be_visible()
    twitch.wait_subscribed("channel.follow")

    # Another channel is refused by name, and the first one stays.
    connect_twitch(page, lumio, login=cast.MODERATOR)
    expect(page.get_by_role("alert")).to_contain_text("connected to Mira_Plays, but you signed in as Otto")
    card = page.locator("#card-twitch")
    expect(card).to_contain_text("Mira_Plays · 31337")
    assert overflow(page) == 0

    # Access taken back at Twitch: the open page says so by itself, with the one button that mends it.
    twitch.revoke_grant(cast.STREAMER)
    expect(card).to_contain_text("Reconnect needed", timeout=20_000)
    expect(card).to_contain_text("Automatic refresh has failed. Click Reconnect to sign in again.")
    expect(card.get_by_text("Connected", exact=True)).to_have_count(1)  # the date's label, no longer the badge
    connect_twitch(page, lumio)
    expect(card.locator(".badge")).to_have_text("Connected")


def test_the_keyboard_and_a_phone_are_enough(lumio, twitch, page):
    claim(page, lumio)
    own_twitch(page, lumio)

    # The first stop leads past the sidebar.
    page.goto(f"{lumio.url}/dashboard/connections")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to content"
    page.keyboard.press("Enter")
    assert focused(page) == "main"

    # Dialogs take the keyboard, keep it, and give it back.
    for opener in ("scopes-open-twitch", "disconnect-open-twitch"):
        page.locator(f"#{opener}").focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        for _ in range(6):  # round once; between end and start lies the browser's own bar
            page.keyboard.press("Tab")
            assert page.evaluate(
                "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
            )
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert focused(page) == opener

    # On a phone the sidebar is a drawer.
    page.set_viewport_size(PHONE)
    drawer = page.locator("#sidebar")
    expect(drawer).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(drawer).to_be_visible()
    assert focused(page) == "Close menu"
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    assert focused(page) == "Menu"
    page.get_by_role("button", name="Menu", exact=True).click()
    drawer.get_by_role("link", name="Tokens").click()
    expect(page).to_have_url(f"{lumio.url}/dashboard/tokens")
    for address in ("", "/connections", "/connections/credentials", "/tokens", "/tokens/new?preset=events"):
        page.goto(f"{lumio.url}/dashboard{address}")
        assert overflow(page) == 0, address

    # Theme and language stay as chosen.
    page.set_viewport_size(DESK)
    page.get_by_role("radio", name="Light").check(force=True)
    page.goto(f"{lumio.url}/dashboard")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Willkommen, Mira live")).to_be_visible()
    page.goto(f"{lumio.url}/dashboard/connections")
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_strangers_stay_text_on_the_popout_and_the_dashboard(lumio, twitch, page, other_browser):
    claim(page, lumio, account=f"{SCRIPT} live"[:60])
    own_twitch(page, lumio)
    twitch.wait_subscribed("channel.follow", "channel.cheer")
    link = create_token(page, lumio, label=SCRIPT[:60], preset="Events")
    page.reload()  # of the page that showed the secret: no second token, and no secret
    expect(page.get_by_role("heading", name="Tokens", level=1)).to_be_visible()
    expect(page.locator(".row")).to_have_count(1)
    assert link.partition("token=")[2] not in page.content()
    popout = other_browser.new_page()
    popout.set_viewport_size(NARROWEST)
    popout.goto(link)
    for login, name in (("script", SCRIPT), ("endless", LONG), ("rtl", RIGHT_TO_LEFT)):
        twitch.add_user(login, name=name)
        twitch.follow(login)
    twitch.cheer("juno", bits=100, message=SCRIPT)

    def check(shown: Page) -> None:
        expect(shown.locator(".event")).to_have_count(4)
        expect(shown.locator(".event__message").first).to_have_text(SCRIPT)
        expect(shown.locator(".event__actor").nth(3)).to_have_text(SCRIPT[:80] + "…")
        expect(shown.locator(".event__actor").nth(1)).to_have_text(RIGHT_TO_LEFT[1:])
        assert overflow(shown) == 0
        assert "broken" not in shown.title()

    check(popout)  # drawn by the page
    popout.reload()
    check(popout)  # drawn by the server
    page.set_viewport_size(PHONE)
    page.goto(f"{lumio.url}/dashboard")
    check(page)
    for address in ("/dashboard/connections", "/dashboard/tokens"):
        page.goto(lumio.url + address)
        assert overflow(page) == 0
        assert "broken" not in page.title()


def test_a_page_that_gets_no_answers_says_that_it_may_be_out_of_date(lumio, twitch, page):
    claim(page, lumio)
    page.goto(f"{lumio.url}/dashboard/alerts")
    note = page.get_by_text("What you see may be out of date. It goes on by itself.")

    page.context.set_offline(True)
    expect(note).to_be_visible()

    page.context.set_offline(False)
    expect(note).to_be_hidden()
