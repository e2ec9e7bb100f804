"""Popout tokens: made, opened, changed while they are open, closed and revoked."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from accounts.enums import Permission
from tests.e2e.people import claim, create_token, focused, overflow, popout_address, reload_until
from tests.processes.cluster import Lumio

#: Milliseconds. What takes a blink here may take seconds on a machine that runs everything else beside it.
SOON = 5_000
WAITING = "Nothing has happened yet"


def tick(page: Page, *, on: Permission | None = None, off: Permission | None = None) -> None:
    """Change what the token may do, on its own page."""
    if on:
        page.get_by_label(str(on.label), exact=True).check()
    if off:
        page.get_by_label(str(off.label), exact=True).uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved. It counts at once, on open pages too.")).to_be_visible()


def test_a_token_from_its_making_to_its_end(lumio: Lumio, twitch, page, other_browser):
    claim(page, lumio)
    link = create_token(page, lumio, label="Stream machine", preset="Events")
    secret = link.partition("token=")[2]
    expect(page.get_by_role("img", name="QR code with the complete address").first).to_be_visible()
    popout = other_browser.new_page()
    popout.goto(link)
    expect(popout.get_by_text(WAITING)).to_be_visible()

    # From here on only its start and end are shown, and where it is open.
    page.get_by_role("link", name="I have copied it").click()
    row = page.locator(".row")
    expect(row).to_contain_text(f"{secret[:11]}…{secret[-4:]}")
    assert secret not in page.content()
    reload_until(page, row.get_by_text("1 page is open"))
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) == 0
    page.set_viewport_size({"width": 1280, "height": 800})

    # An edit takes the right away from the page that is open, and gives it back to the same address.
    row.get_by_role("link", name="Edit Stream machine").click()
    tick(page, on=Permission.CHAT_READ, off=Permission.EVENTS_READ)
    expect(popout.locator("body")).to_have_text("", timeout=SOON)
    popout.goto(link)
    expect(popout.get_by_text("it lacks the permission “See stream events”")).to_be_visible()
    tick(page, on=Permission.EVENTS_READ)
    popout.goto(link)
    expect(popout.get_by_text(WAITING)).to_be_visible()

    # One open page is closed. The token works on.
    close = page.get_by_role("button", name="Close /popout/events, Chrome on Linux")
    reload_until(page, close)
    close.click()
    expect(page.get_by_text("/popout/events is closed.")).to_be_visible()
    expect(popout.get_by_text("Somebody closed this page in Lumio.")).to_be_visible(timeout=SOON)
    popout.get_by_role("link", name="Open it again").click()
    expect(popout.get_by_text(WAITING)).to_be_visible()

    # Revoked, with a reason for whoever asks later.
    page.goto(f"{lumio.url}/dashboard/tokens")
    page.get_by_role("button", name="Revoke Stream machine").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("Sold the machine")
    dialog.get_by_role("button", name="Revoke").click()
    expect(popout.locator("body")).to_have_text("", timeout=SOON)
    popout.goto(link)
    expect(popout.get_by_text("This link no longer works. Ask whoever gave it to you for a new one.")).to_be_visible()
    expect(page.get_by_text("No tokens yet")).to_be_visible()
    page.get_by_role("link", name="Revoked").click()
    expect(page.locator(".row")).to_contain_text("Sold the machine")


def test_the_line_of_css_makes_every_popout_see_through(lumio: Lumio, twitch, page, other_browser):
    claim(page, lumio)
    create_token(page, lumio, label="Stream machine", preset="Events")
    css = page.get_by_label("Custom CSS").first.input_value()
    rights = ("events:read", "chat:read", "spotify:read", "settings:read")
    popout = other_browser.new_page()
    popout.emulate_media(color_scheme="light")

    for name in ("events", "chat", "music", "obs"):
        for theme in ("dark", "light", "system"):
            popout.goto(popout_address(lumio, name, *rights, theme=theme))
            ground = "getComputedStyle(document.querySelector('.popout > *')).backgroundColor"
            assert popout.evaluate(ground) != "rgba(0, 0, 0, 0)"
            popout.add_style_tag(content=css)
            assert popout.evaluate(ground) == "rgba(0, 0, 0, 0)", (name, theme)


def test_a_popout_in_the_device_s_theme_follows_it(lumio: Lumio, twitch, page, other_browser):
    claim(page, lumio)
    popout = other_browser.new_page()
    popout.emulate_media(color_scheme="light")
    ink = "getComputedStyle(document.body).color"
    found = {}
    for theme in ("light", "dark", "system"):
        popout.goto(popout_address(lumio, "events", "events:read", theme=theme))
        found[theme] = popout.evaluate(ink)

    assert found["system"] == found["light"] != found["dark"]
    popout.emulate_media(color_scheme="dark")
    expect(popout.locator("body")).to_have_css("color", found["dark"])


def test_by_keyboard_alone_and_with_nothing_to_be_seen_on_stream(lumio: Lumio, twitch, page):
    claim(page, lumio)
    page.goto(f"{lumio.url}/dashboard/tokens")
    page.locator("streamer-switch button").locator("visible=true").press("Enter")
    page.get_by_role("link", name="Create token").press("Enter")
    page.get_by_role("navigation", name="Presets").get_by_role("link", name="Events").press("Enter")
    page.get_by_label("Label").press_sequentially("Deck")
    page.keyboard.press("Enter")

    # Nobody reads it, and it can be copied all the same; each part is shown by a button of its own.
    secret, picture = page.get_by_label("Token", exact=True), page.get_by_role("img", name="QR code")
    for hidden in (secret, page.get_by_label("Complete address")):
        assert hidden.evaluate("e => getComputedStyle(e).webkitTextSecurity") == "disc"
    expect(picture).to_be_hidden()
    page.get_by_role("checkbox", name="Show: QR code").press("Space")
    expect(picture).to_be_visible()
    value = secret.input_value()
    hint = f"{value[:11]}…{value[-4:]}"
    page.get_by_role("link", name="I have copied it").press("Enter")
    expect(page.get_by_text(hint).first).to_be_attached()
    expect(page.get_by_text(hint).first).to_be_hidden()

    page.get_by_role("button", name="Revoke Deck").press("Space")
    expect(page.get_by_text(hint).last).to_be_hidden()
    page.get_by_label("Why").press_sequentially("Only a try")
    page.keyboard.press("Tab")
    assert focused(page) == "Revoke"
    page.keyboard.press("Enter")
    expect(page.get_by_text("The token “Deck” no longer works.")).to_be_visible()
    assert value[-4:] not in page.get_by_role("main").inner_text()
