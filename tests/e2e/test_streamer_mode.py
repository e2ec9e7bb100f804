"""Streamer mode and the account switcher as one sees and uses them: nothing private on screen, by keyboard as well."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.people import EMAIL, claim, overflow, own_twitch
from tests.fakes import cast

PICTURES = os.environ.get("LUMIO_PICTURES")
SIZES = {"phone": (360, 780), "tablet": (800, 1000), "desk": (1440, 900)}


def shield(page: Page):
    return page.locator("streamer-switch button").locator("visible=true")


def picture(page: Page, name: str) -> None:
    """Every size in both themes, none of them too wide; kept where LUMIO_PICTURES says."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert overflow(page) == 0, (name, size)
        for theme in ("dark", "light") if PICTURES else ():
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            page.screenshot(path=Path(PICTURES) / f"{name}-{size}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_what_is_private_is_hidden_shown_one_by_one_and_follows_to_other_pages(lumio, page):
    claim(page, lumio)
    own_twitch(page, lumio)
    other = page.context.new_page()
    other.goto(f"{lumio.url}/dashboard/profile")
    page.bring_to_front()
    channel_id = page.locator("#card-twitch .private__value")
    expect(channel_id).to_be_visible()

    # One press, no new page.
    page.evaluate("window.stayed = true")
    shield(page).focus()
    page.keyboard.press("Enter")
    expect(channel_id).to_be_hidden()
    assert page.evaluate("window.stayed")
    expect(page.get_by_text(channel_id.text_content(), exact=True)).to_be_hidden()
    picture(page, "connections-hidden")

    # Its own button shows one; what a form takes in stays usable.
    show = page.get_by_role("checkbox", name="Show: channel id")
    show.focus()
    page.keyboard.press("Space")
    expect(channel_id).to_be_visible()
    page.goto(f"{lumio.url}/dashboard/connections/credentials")
    section = page.locator("section#twitch")
    client_id = section.get_by_label("Client ID")
    client_id.fill(cast.CLIENT_ID)
    assert client_id.evaluate("e => getComputedStyle(e).webkitTextSecurity") == "disc"
    section.get_by_role("checkbox", name="Show: what is typed here").first.check()
    assert client_id.evaluate("e => getComputedStyle(e).webkitTextSecurity") == "none"
    picture(page, "credentials-hidden")

    # The other page follows when it is looked at; a new one is drawn hidden by the server.
    other.bring_to_front()
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    email = other.get_by_text(EMAIL, exact=True)
    expect(email).to_be_hidden()
    other.reload()
    expect(email).to_be_hidden()
    picture(other, "profile-hidden")
    shield(other).click()
    expect(email).to_be_visible()
    expect(other.get_by_label("Streamer mode", exact=True)).to_have_value("off")


def test_an_answer_from_before_a_press_shows_nothing_again(lumio, page):
    claim(page, lumio)
    own_twitch(page, lumio)
    channel_id = page.locator("#card-twitch .private__value")
    late = []

    def keep(route: Route) -> None:
        if route.request.method == "GET":
            late.append((route, route.fetch()))
        else:
            route.continue_()

    page.route("**/v1/me", keep)
    with page.expect_request("**/v1/me"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    shield(page).click()
    expect(channel_id).to_be_hidden()

    for route, answer in late:
        route.fulfill(response=answer)

    page.wait_for_timeout(500)
    expect(channel_id).to_be_hidden()


def test_another_account_is_opened_and_left_by_keyboard(lumio, page):
    claim(page, lumio, account="Mira " + "W" * 75)
    page.goto(f"{lumio.url}/dashboard")
    menu = page.locator("summary.person__who")
    menu.focus()
    page.keyboard.press("Enter")
    picture(page, "menu-one")
    page.get_by_role("link", name="Your accounts").press("Enter")
    page.get_by_role("link", name="New account").press("Enter")
    page.get_by_label("Name of the account").fill("Mira speedruns")
    picture(page, "new-account")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Welcome, Mira speedruns")).to_be_visible()

    menu.focus()
    page.keyboard.press("Enter")
    picture(page, "menu-two")
    page.locator(".person__menu").get_by_role("button", name="WWW").press("Enter")
    expect(page.get_by_role("heading", name="WWW")).to_be_visible()
    for address in ("accounts", "accounts/new"):
        page.goto(f"{lumio.url}/account/{address}")
        picture(page, address.replace("/", "-"))
    for address in ("account", "profile"):
        page.goto(f"{lumio.url}/dashboard/{address}")
        picture(page, address)


@pytest.mark.trial
def test_the_clock_and_time_zone_count_at_once(lumio, page):
    claim(page, lumio)
    page.goto(f"{lumio.url}/dashboard/profile")
    page.get_by_label("Clock").select_option("h12")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()

    drawn = page.evaluate(
        """async () => {
          const element = document.createElement("local-time");
          element.dataset.format = "time";
          element.innerHTML = '<time datetime="2026-01-01T12:00:00Z"></time>';
          document.body.append(element);
          return element.textContent;
        }"""
    )
    assert drawn.replace("\u202f", " ").lower() == "09:00 pm"


@pytest.mark.trial
def test_without_scripts_it_works_as_well(lumio, page, browser):
    claim(page, lumio)
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(f"{lumio.url}/dashboard/profile")
    email = plain.get_by_text(EMAIL, exact=True)
    expect(email).to_be_visible()
    shield(plain).click()
    expect(email).to_be_hidden()
    plain.get_by_role("checkbox", name="Show: e-mail address").check()
    expect(email).to_be_visible()
    context.close()
