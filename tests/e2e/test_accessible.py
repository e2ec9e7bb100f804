"""Nothing that axe-core knows of stands in anybody's way, on every page, in both themes."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import resolve
from playwright.sync_api import Browser, Page, expect

from tests.e2e.people import claim, own_twitch, popout_address
from tests.processes.cluster import Lumio

#: What a link from page to page leads to that is none of ours, no page, or the way out.
NOT_A_PAGE = ("/account/logout/", "/admin/", "/v1/")
PASSED_BY = {"account_export", "audit_export"}

RUN = """async (rules) => (await axe.run(document, {resultTypes: ["violations"], ...rules})).violations.map(
    ({id, nodes}) => `${id}: ${nodes.map((node) => node.target.join(" ")).slice(0, 5).join(", ")}`)"""
#: All that a theme changes.
COLOURS = {"runOnly": ["color-contrast"]}


def complaints(page: Page) -> list[str]:
    """What axe-core says about the page as it is, in both themes."""
    page.evaluate(AXE_SCRIPT)
    found = []
    for theme, rules in (("dark", {}), ("light", COLOURS)):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found += [f"{urlsplit(page.url).path} {theme} {one}" for one in page.evaluate(RUN, rules)]
    return found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Anybody's browser. axe-core tries styles out in a way that the pages' own policy forbids."""
    context = browser.new_context(locale="en-GB", reduced_motion="reduce", bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def house(lumio, twitch, page) -> Lumio:
    """An account with something on every page, and its owner in `page`."""
    claim(page, lumio)
    own_twitch(page, lumio)
    twitch.wait_subscribed("channel.follow")
    lumio.inside("tests.e2e.stage.furnish")
    return lumio


def test_the_pages_that_a_streamer_is_on_most(house, page):
    found = []
    for path in ("/dashboard", "/dashboard/connections"):
        page.goto(house.url + path)
        found += complaints(page)

    assert "\n".join(found) == ""


def test_the_first_steps(lumio, page):
    claim(page, lumio)
    found = []
    for path in ("/dashboard", "/dashboard/start", "/dashboard/start/kick"):
        page.goto(lumio.url + path)
        found += complaints(page)
    own_twitch(page, lumio)
    page.goto(f"{lumio.url}/dashboard/start")
    found += complaints(page)

    assert "\n".join(found) == ""


@pytest.mark.trial
def test_every_page_of_the_dashboard(house, page):
    found, seen, ahead = [], set(), ["/dashboard", "/popout/events", "/popout/chat", "/popout/music", "/popout/obs"]
    while ahead:
        path = ahead.pop()
        name = resolve(path).view_name
        if name in seen or name in PASSED_BY:
            continue
        seen.add(name)
        page.goto(house.url + path)
        found += complaints(page)
        links = page.locator("a[href^='/']").evaluate_all("links => links.map((link) => link.pathname)")
        ahead += [link for link in links if not link.startswith(NOT_A_PAGE)]

    assert "\n".join(found) == ""
    assert len(seen) > 25, seen


@pytest.mark.parametrize("which", ["events", "chat", "music", "obs"])
def test_every_popout_as_a_browser_source_has_it(house, page, which):
    address = popout_address(
        house,
        which,
        *("events:read", "events:create", "events:userinfo", "chat:read", "chat:write", "chat:userinfo", "chat:delete"),
        *("chat:ban", "chat:timeout", "chat:notes", "spotify:read", "spotify:playback", "settings:read", "obs:edit"),
    )
    page.context.clear_cookies()
    page.set_viewport_size({"width": 400, "height": 600})
    page.goto(address)
    page.wait_for_load_state("networkidle")

    assert "\n".join(complaints(page)) == ""


def test_the_pages_of_strangers(lumio, page):
    found = []
    for path in ("/account/login/", "/account/password/reset/", "/invite/nonsense"):
        page.goto(lumio.url + path)
        found += complaints(page)
    expect(page.locator("main, body").first).to_be_visible()

    assert "\n".join(found) == ""
