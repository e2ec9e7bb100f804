"""Code of a custom layer, which may be anybody's, can neither read nor reach anything that it is not given."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.e2e.stranger import Stranger
from tests.processes.cluster import Lumio

ATTEMPTS = Path(__file__).with_name("attempts.js").read_text()
#: What a page could be told, and be read from. The second custom layer is the second frame.
READS = {
    "the page": "window.parent.document.body.innerHTML",
    "the address of the page": "window.parent.location.href",
    "the page's scripts": "window.parent.LAYERS",
    "the window above all": "window.top.document.title",
    "another layer": "window.parent.frames[1].document.body.innerHTML",
    "another layer's scripts": "window.parent.frames[1].lumio",
    "cookies": "document.cookie",
    "storage": "localStorage.length",
    "storage of the session": "sessionStorage.length",
    "databases": "indexedDB.databases().then(String)",
    "caches": "caches.keys().then(String)",
    "a place for files": "navigator.storage.getDirectory().then(String)",
    "service workers": "navigator.serviceWorker.getRegistrations().then(String)",
}
#: Long enough for anything on its way to arrive.
PATIENCE = 3.0


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger() as host:
        yield host


@pytest.fixture
def obs(browser: Browser) -> Iterator[Page]:
    """A browser as OBS has it. What it complains of is not noted: here it is to complain."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def frame(lumio: Lumio, obs: Page) -> Frame:
    """The frame of the first of two custom layers on a public overlay, with its code in it."""
    lumio.inside("tests.e2e.stage.claim", "Mira live", "mira@example.com", "correct horse battery staple")
    made = lumio.inside("tests.e2e.layers_stage.overlay", "custom", "custom")
    obs.goto(f"{lumio.overlay_url}/overlay/{made['key']}")
    for layer in ("0", "1"):
        seen = obs.locator(".layer--custom").nth(int(layer)).locator("iframe").content_frame.locator("#seen")
        expect(seen).to_be_attached()
    found: Frame = obs.frames[1]
    assert found.url == f"{lumio.overlay_url}/overlay/custom"
    return found


def read(frame: Frame | Page, expression: str) -> Any:
    """What code comes by, or the name of what it is refused with."""
    wrapped = f"(async () => {{ try {{ return await ({expression}); }} catch (error) {{ return error.name; }} }})()"
    return frame.evaluate(wrapped)


def test_code_can_read_nothing_around_it(frame: Frame) -> None:
    found = {what: read(frame, expression) for what, expression in READS.items()}

    assert found == dict.fromkeys(READS, "SecurityError")
    assert read(frame, "window.frameElement") is None


def test_code_learns_neither_the_key_nor_where_it_is_shown(lumio: Lumio, frame: Frame) -> None:
    assert read(frame, "[location.pathname, location.search, location.hash, document.referrer, window.origin]") == [
        "/overlay/custom", "", "", "", "null",
    ]  # fmt: skip
    assert read(frame, "Object.values(location.ancestorOrigins)") == [lumio.overlay_url]


def test_code_reaches_nobody(obs: Page, frame: Frame, stranger: Stranger) -> None:
    address = obs.url
    names = names_of_attempts(frame)

    for name in names:
        attempt(frame, name, stranger)
        if name == names[-2]:
            time.sleep(PATIENCE)  # the last one leaves the page, and would end the others
    time.sleep(PATIENCE)

    assert dict(stranger.heard) == {}
    assert [page.url for page in obs.context.pages] == [address]


def test_each_of_these_attempts_reaches_somebody_from_a_page_of_its_own(browser: Browser, stranger: Stranger) -> None:
    context = browser.new_context()
    names = names_of_attempts(context.new_page())

    reached = []
    for name in names:
        page = context.new_page()
        page.goto(f"{stranger.url}/start")
        names_of_attempts(page)
        attempt(page, name, stranger)
        wanted = "stun" if name.startswith("webrtc") else name
        deadline = time.monotonic() + PATIENCE
        while not stranger.heard[wanted] and time.monotonic() < deadline:
            page.wait_for_timeout(50)
        reached += [name] if stranger.heard[wanted] else []
        stranger.heard.clear()
    context.close()

    assert reached == names


def names_of_attempts(page: Frame | Page) -> list[str]:
    names: list[str] = page.evaluate(f"{ATTEMPTS}; attempts")
    return names


def attempt(page: Frame | Page, name: str, stranger: Stranger) -> None:
    page.evaluate(
        "([name, at, peers]) => { attempt(name, at, peers); }", [name, f"{stranger.url}/{name}", stranger.stun]
    )
