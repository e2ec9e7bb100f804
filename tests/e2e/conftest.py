"""A browser, a fresh Lumio and a simulated Twitch for every journey."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browsers import chromium
from tests.connections.stages import STAND_INS
from tests.fakes import cast, wire
from tests.fakes.twitch import Twitch
from tests.processes.cluster import Lumio
from tests.processes.process import free_port
from tests.processes.valkey import TestValkey

pytest_plugins = ["tests.processes.fixtures"]

#: Lumio and the simulated Twitch; None is a data: address.
OURS = {"localhost", "overlay.localhost", "127.0.0.1", None}
#: How the console begins what journeys bring about: answers of 400 or more, and a look-up under way as a page is left.
EXPECTED = ("Failed to load resource", "WebSocket connection", "htmx:afterRequest", "htmx:sendError", "htmx:timeout")
# Playwright's own API runs an event loop in this thread, which Django's ORM takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    flags = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        # Chromium's sandbox does not run as root, as tests in a container do.
        started = playwright.chromium.launch(executable_path=chromium(), args=flags, chromium_sandbox=os.geteuid() != 0)
        yield started
        started.close()


@pytest.fixture(scope="session")
def ports() -> dict[str, int]:
    """Where each platform is, whether a journey has it or not."""
    return {slug: free_port() for slug in STAND_INS}


@pytest.fixture
def twitch(ports: dict[str, int]) -> Iterator[Twitch]:
    """A new one for every journey, always at the same address."""
    with Twitch().start(ports["twitch"]) as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def processes(valkey: TestValkey, ports: dict[str, int]) -> Iterator[Lumio]:
    """One of each process for all journeys: starting them takes longer than most of these."""
    environment = wire.environment(**{slug: f"http://127.0.0.1:{port}" for slug, port in ports.items()})
    with Lumio(redis_url=valkey.url, environment=environment) as started:
        yield started


@pytest.fixture
def lumio(processes: Lumio, valkey: TestValkey, twitch: Twitch) -> Lumio:
    """A fresh instance, pointed at the simulated Twitch, which knows the demo's application and people."""
    processes.forget()
    valkey.forget()
    cast.set_stage(twitch, redirect_uri=f"{processes.url}/connections/twitch/callback")
    return processes


def profile(browser: Browser, problems: list[str], name: str, **device: Any) -> BrowserContext:
    """A browser profile of its own. What a page breaks (script errors, refused content, requests to strangers) is
    noted; what is `EXPECTED` is not."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Berlin", reduced_motion="reduce", **device)

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            problems.append(f"{name}: {message.text}")

    def asked(request: Request) -> None:
        if urlsplit(request.url).hostname not in OURS:
            problems.append(f"{name}: asked for {request.url}")

    context.on("weberror", lambda error: problems.append(f"{name}: {error.error}"))
    context.on("console", heard)
    context.on("request", asked)
    return context


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """What the pages broke: nothing at the end of a journey."""
    noted: list[str] = []
    yield noted
    assert noted == []


@pytest.fixture
def page(browser: Browser, problems: list[str]) -> Iterator[Page]:
    """The streamer's browser."""
    context = profile(browser, problems, "dashboard")
    yield context.new_page()
    context.close()


@pytest.fixture
def other_browser(browser: Browser, problems: list[str]) -> Iterator[BrowserContext]:
    """A browser without any cookie of Lumio, as OBS is."""
    context = profile(browser, problems, "popout")
    yield context
    context.close()


@pytest.fixture
def phone(browser: Browser, problems: list[str]) -> Iterator[BrowserContext]:
    """A browser without any cookie of Lumio, worked with fingers."""
    context = profile(browser, problems, "phone", has_touch=True, is_mobile=True)
    yield context
    context.close()
