"""The music popout in the hands of whoever controls it, and as a scene shows it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.people import claim, connect, overflow, popout_address, snap
from tests.fakes.spotify import Spotify

WIDE, NARROW, TALL = (600, 120), (360, 140), (400, 600)
SIZES = [WIDE, NARROW, TALL, (280, 150)]


@pytest.fixture
def spotify(ports, lumio, page) -> Iterator[Spotify]:
    """Mira's account is connected, and Lighthouse plays on her desk."""
    with Spotify().start(ports["spotify"]) as stand_in:
        stand_in.draw_pictures()
        uri = f"{lumio.url}/connections/spotify/callback".replace("localhost", "127.0.0.1")
        app = stand_in.add_app(redirect_uris=[uri])
        stand_in.add_user("mira", name="Mira")
        stand_in.play("Lighthouse", subtitle="The Fog Signals", progress_ms=61_000)
        claim(page, lumio)
        connect(page, lumio, "spotify", app.client_id, app.client_secret, "mira")
        yield stand_in


@pytest.fixture
def opened(lumio, spotify, other_browser: BrowserContext) -> Callable[..., Page]:
    """Opens the popout by a token with these permissions and nothing else, in a browser that has no cookies."""

    def open_(*permissions: str, size: tuple[int, int] = WIDE, **parameters: str) -> Page:
        popout = other_browser.new_page()
        popout.set_viewport_size({"width": size[0], "height": size[1]})
        popout.goto(popout_address(lumio, "music", "spotify:read", *permissions, **parameters))
        return popout

    return open_


def title(popout: Page) -> Locator:
    return popout.locator(".music__title")


def button(popout: Page, name: str) -> Locator:
    return popout.get_by_role("button", name=name, exact=True)


def test_what_plays_is_shown_and_goes_on(opened, spotify):
    popout = opened()

    expect(title(popout)).to_have_text("Lighthouse")
    expect(popout.locator(".music__subtitle")).to_contain_text("The Fog Signals")
    expect(popout.locator(".music__time").last).to_have_text("3:20")
    expect(popout.get_by_role("group", name="Controls")).to_have_count(0)
    assert popout.locator(".music__cover img").evaluate("image => image.complete && image.naturalWidth > 0")
    before = popout.locator(".music__time").first.inner_text()
    expect(popout.locator(".music__time").first).not_to_have_text(before)

    # The next one is there a moment after this one ends.
    spotify.queue("Roof of Slate", subtitle="Quiet Kat")
    spotify.seek(198_500)
    expect(title(popout)).to_have_text("Roof of Slate")


def test_playing_pausing_and_skipping(opened, spotify):
    spotify.queue("Roof of Slate")
    popout = opened("spotify:playback")
    expect(title(popout)).to_have_text("Lighthouse")

    button(popout, "Pause").click()
    expect(button(popout, "Play")).to_be_visible()
    assert not spotify.state.user("mira").player.is_playing

    # By keyboard alone.
    button(popout, "Play").focus()
    popout.keyboard.press("Enter")
    expect(button(popout, "Pause")).to_be_focused()
    assert spotify.state.user("mira").player.is_playing

    button(popout, "Next").click()
    expect(title(popout)).to_have_text("Roof of Slate")
    button(popout, "Next").click()
    expect(popout.get_by_role("alert")).to_have_text("Spotify did not do that. There is nothing after this.")
    snap(popout, "music-note")
    button(popout, "Previous").click()
    expect(title(popout)).to_have_text("Lighthouse")


@pytest.mark.trial
def test_the_volume_and_the_device(opened, spotify):
    spotify.add_device("Phone", active=False, type="Smartphone", volume=90)
    popout = opened("spotify:playback")
    volume = popout.get_by_role("slider", name="Volume")
    expect(volume).to_have_value("40")

    volume.fill("65")
    popout.wait_for_timeout(600)
    assert [call.parameters["volume_percent"] for call in spotify.calls("PUT /v1/me/player/volume")] == ["65"]

    button(popout, "Devices").click()
    menu = popout.get_by_role("dialog", name="Devices")
    expect(menu.get_by_role("button", name="Desk")).to_be_focused()
    snap(popout, "music-devices")
    popout.keyboard.press("Escape")
    expect(button(popout, "Devices")).to_be_focused()
    button(popout, "Devices").click()
    menu.get_by_role("button", name="Phone").click()
    expect(menu).to_be_hidden()
    expect(volume).to_have_value("90")


@pytest.mark.trial
def test_without_premium_the_buttons_go(opened, spotify):
    spotify.set_player(has_premium=False)
    popout = opened("spotify:playback")

    button(popout, "Pause").click()

    expect(popout.get_by_text("To control it from here, Spotify wants Premium")).to_be_visible()
    expect(popout.get_by_role("group", name="Controls")).to_be_hidden()
    expect(title(popout)).to_have_text("Lighthouse")
    snap(popout, "music-premium")


@pytest.mark.trial
def test_no_device(opened, spotify):
    spotify.close_device("Desk")
    popout = opened("spotify:playback")
    expect(title(popout)).to_have_text("Nothing is playing")
    snap(popout, "music-nothing")

    button(popout, "Play").click()

    expect(popout.get_by_role("alert")).to_contain_text("No device is playing Spotify right now.")
    spotify.add_device("Phone", active=False)
    button(popout, "Devices").click()
    popout.get_by_role("dialog").get_by_role("button", name="Phone").click()
    spotify.play("Roof of Slate")
    button(popout, "Play").click()
    expect(title(popout)).to_have_text("Roof of Slate")


def test_a_sign_in_that_has_ended(opened, spotify):
    popout = opened()
    expect(title(popout)).to_have_text("Lighthouse")

    spotify.end_grant("mira")
    spotify.expire_tokens()

    expect(title(popout)).to_have_text("Sign in to Spotify again")
    expect(popout.locator(".music__subtitle")).to_contain_text("Click Reconnect to sign in again.")
    snap(popout, "music-sign-in")


@pytest.mark.trial
def test_a_pause_of_hours(opened, spotify):
    popout = opened("spotify:playback")
    expect(title(popout)).to_have_text("Lighthouse")

    spotify.limit(5 * 3600)

    expect(title(popout)).to_have_text("Spotify wants a pause")
    asked = len(spotify.calls("/v1/me/player"))
    popout.wait_for_timeout(4000)
    assert len(spotify.calls("/v1/me/player")) == asked
    snap(popout, "music-pause")


@pytest.mark.trial
def test_it_fits(opened, spotify):
    spotify.play(
        "The Keeper of the Light Who Never Went Ashore Again (Live)", subtitle="The Fog Signals, Quiet Kat, Mira"
    )
    popout = opened("spotify:playback")
    expect(title(popout)).to_contain_text("The Keeper")

    for theme, (width, height) in itertools.product(("dark", "light"), SIZES):
        popout.set_viewport_size({"width": width, "height": height})
        popout.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert overflow(popout) == 0
        for name in ("Previous", "Pause", "Next", "Devices"):
            box = button(popout, name).bounding_box()
            assert box["x"] >= 0 and box["y"] >= 0, (name, width)
            assert box["x"] + box["width"] <= width and box["y"] + box["height"] <= height, (name, width)
        snap(popout, f"music-{theme}-{width}x{height}")


@pytest.mark.trial
def test_a_scene_only_shows(opened, spotify):
    popout = opened("spotify:playback", controls="0", hide="time,cover")

    expect(title(popout)).to_have_text("Lighthouse")
    expect(popout.get_by_role("group", name="Controls")).to_have_count(0)
    expect(popout.locator(".music__cover")).to_be_hidden()
    expect(popout.locator(".music__time").first).to_be_hidden()
    snap(popout, "music-only-shows")


def test_the_page_of_the_dashboard(lumio, spotify, page):
    page.goto(f"{lumio.url}/dashboard/music")
    expect(title(page)).to_have_text("Lighthouse")

    button(page, "Pause").click()

    expect(button(page, "Play")).to_be_visible()
    assert not spotify.state.user("mira").player.is_playing
    snap(page, "music-dashboard")


def test_its_card_fits_on_a_phone_in_the_longer_language(lumio, spotify, page):
    page.set_viewport_size({"width": 360, "height": 760})
    page.goto(f"{lumio.url}/dashboard/connections")
    page.get_by_role("button", name="Menu", exact=True).click()
    page.get_by_role("button", name="Deutsch").click()

    expect(page.locator("#card-spotify")).to_contain_text("user-read-currently-playing")

    assert overflow(page) == 0
