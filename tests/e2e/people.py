"""What people do in the browser, step by step."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

from tests.fakes import cast
from tests.processes.cluster import Lumio
from tests.processes.process import wait_for

EMAIL = "mira@example.com"
PASSWORD = "correct horse battery staple"
#: A desk, a tablet and a phone.
SIZES = [(1440, 900), (800, 900), (360, 760)]


def claim(page: Page, lumio: Lumio, *, account: str = "Mira live") -> None:
    """Own a fresh instance and be signed in, on the dashboard."""
    key = lumio.inside("tests.e2e.stage.claim", account, EMAIL, PASSWORD)
    page.context.add_cookies([{"name": "lumio_session", "value": key, "url": lumio.url, "httpOnly": True}])
    page.goto(f"{lumio.url}/dashboard")


def own_twitch(page: Page, lumio: Lumio) -> None:
    """Have app credentials and be connected to Twitch, on the page of connections."""
    connect(page, lumio, "twitch", cast.CLIENT_ID, cast.CLIENT_SECRET, cast.STREAMER)
    page.goto(f"{lumio.url}/dashboard/connections")


def connect(page: Page, lumio: Lumio, slug: str, client_id: str, client_secret: str, login: str) -> None:
    """Have app credentials at a platform, and be connected to it."""
    [key] = [cookie["value"] for cookie in page.context.cookies(lumio.url) if cookie["name"] == "lumio_session"]
    lumio.inside("tests.e2e.stage.connect", key, slug, client_id, client_secret, login)


def popout_address(lumio: Lumio, name: str, *permissions: str, **parameters: str) -> str:
    """The address of a popout with a token that has these permissions and no others."""
    token = lumio.inside("tests.e2e.stage.popout_token", *permissions)
    return f"{lumio.url}/popout/{name}?{urlencode({'token': token, **parameters}, safe=',')}"


def claim_by_link(page: Page, lumio: Lumio, *, account: str = "Mira live") -> None:
    """The same by the set-up link of a fresh instance."""
    page.goto(lumio.manage("setup_link").split()[-1])
    page.get_by_label("Name of your account").fill(account)
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/dashboard")


def save_credentials(page: Page, lumio: Lumio) -> None:
    page.goto(f"{lumio.url}/dashboard/connections")
    page.locator("#card-twitch").get_by_role("link", name="Set Up").click()
    section = page.locator("section#twitch")
    expect(section.get_by_label("Redirect URI")).to_have_value(f"{lumio.url}/connections/twitch/callback")
    section.get_by_label("Client ID").fill(cast.CLIENT_ID)
    section.get_by_label("Client Secret").fill(cast.CLIENT_SECRET)
    section.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Twitch accepts these app credentials.")).to_be_visible()


def connect_twitch(page: Page, lumio: Lumio, *, login: str = cast.STREAMER, allow: bool = True) -> None:
    """Connect or Reconnect, and decide at the stand-in's consent page."""
    page.goto(f"{lumio.url}/dashboard/connections")
    page.locator("#connect-twitch").click()
    page.get_by_label("Signed in as").select_option(login)
    page.get_by_role("button", name="Allow" if allow else "Deny").click()
    page.wait_for_url("**/dashboard/connections*")


def focused(page: Page) -> str:
    """The id of what has the keyboard, else its name or its words."""
    return page.evaluate(
        "(({ id, ariaLabel, innerText }) => id || ariaLabel || innerText.trim())(document.activeElement)"
    )


def reload_until(page: Page, what: Locator) -> None:
    """Load the page again until this is on it: Lumio learns from elsewhere what such a page is drawn of."""
    wait_for(lambda: what.count() or (page.reload() and what.count()), seconds=30, what=f"{what} on {page.url}")


def overflow(page: Page) -> int:
    """Pixels that the page is too wide for its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def snap(page: Page, name: str) -> None:
    """Keep a picture of the page as it is, where LUMIO_PICTURES says."""
    if folder := os.environ.get("LUMIO_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def fit(page: Page, name: str) -> None:
    """The page is nowhere too wide, dark or light."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            assert overflow(page) <= 0
            snap(page, f"{name}-{width}-{scheme}")
    page.set_viewport_size({"width": 1440, "height": 900})


def create_token(page: Page, lumio: Lumio, *, label: str, preset: str) -> str:
    """A popout token with one preset; the link of its events popout."""
    page.goto(f"{lumio.url}/dashboard/tokens")
    page.get_by_role("link", name="Create token").or_(page.get_by_role("button", name="Create token")).first.click()
    page.get_by_role("navigation", name="Presets").get_by_role("link", name=preset).click()
    page.get_by_label("Label").fill(label)
    page.get_by_role("button", name="Create token").last.click()
    field = page.locator("input[value*='/popout/events?token=lm_pop_']").first
    expect(field).to_be_visible()
    return field.input_value()
