"""Overlays in Chromium 103, the browser inside OBS 28 to 30: it knows all that every type of layer uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests import npm
from tests.e2e.conftest import profile
from tests.processes.cluster import Lumio

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/103.0.5060.134 Safari/537.36 OBS/29.1.3"
#: In OBS no sound waits for a click.
FLAGS = ["--headless", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]


@pytest.fixture(scope="module")
def old_chromium(browser: Browser) -> Iterator[Browser]:
    path = str(npm.old_chromium())
    started = browser.browser_type.launch(executable_path=path, args=FLAGS, chromium_sandbox=False)
    yield started
    started.close()


@pytest.fixture
def source(old_chromium: Browser, problems: list[str], lumio: Lumio) -> Iterator[Page]:
    """A browser source in it, with an overlay that has a layer of every type."""
    lumio.inside("tests.e2e.stage.claim", "Mira live", "mira@example.com", "correct horse battery staple")
    made = lumio.inside("tests.e2e.layers_stage.overlay")
    inside = profile(old_chromium, problems, "overlay", user_agent=AGENT, viewport={"width": 1920, "height": 1080})
    page = inside.new_page()
    page.goto(f"{lumio.overlay_url}/overlay/{made['key']}")
    shows(page, ".goal__numbers", ["0 of 500"])
    yield page
    inside.close()


def shows(page: Page, selector: str, texts: list[str]) -> None:
    """Wait until these elements have these texts. What Playwright itself waits with needs a newer browser."""
    page.wait_for_function(
        "([selector, texts]) => "
        "JSON.stringify(Array.from(document.querySelectorAll(selector), (one) => one.innerText.trim())) === texts",
        arg=[selector, json.dumps(texts, separators=(",", ":"))],
    )


def test_every_layer_shows_what_happens(lumio: Lumio, source: Page) -> None:
    assert source.locator(".layer").count() == 9
    assert re.fullmatch(r"\d+:\d\d [AP]M", source.locator(".timer__time").inner_text())

    lumio.inside("tests.e2e.overlay_stage.chat", "first time here", "message-1")
    lumio.inside("tests.e2e.overlay_stage.follow", "Juno")

    shows(source, ".chat-line", ["Juno: first time here"])
    shows(source, ".event-row", ["Juno followed"])
    shows(source, ".alert", ["Juno"])
    source.wait_for_function("() => document.querySelector('audio')?.currentTime > 0")
    shows(source, ".goal__numbers", ["1 of 500"])
    shows(source, ".text__line", ["Last: Juno"])
    assert source.frames[1].locator("#seen").inner_text() == "Juno"

    lumio.inside("tests.e2e.overlay_stage.remove", "message-1")

    shows(source, ".chat-line", [])
    shows(source, ".alert", [])
