"""Popouts without a network for a while, hidden as OBS hides its sources: what they have when it is back."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.people import popout_address
from tests.fakes.proxy import FaultProxy
from tests.fakes.twitch import Twitch
from tests.processes.cluster import Lumio

#: A source that is not shown: it is told so, and is given no frames.
HIDDEN = """
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
    Object.defineProperty(document, "hidden", { get: () => true });
    window.requestAnimationFrame = () => 1;
"""
#: Seconds between two things that happen meanwhile.
PAUSE = 1.0


def lose_the_network(lumio: Lumio, twitch: Twitch, context: BrowserContext, *, seconds: int, noticed: bool) -> None:
    """Both popouts are away for so long, and have everything once and in order, with a mark where they were away.

    `noticed`: connections break at once, as when a cable is pulled at this end. Otherwise nothing gets through and
    nobody says so, as when a router far away fails.
    """
    context.add_init_script(HIDDEN)
    with FaultProxy.to(lumio.url.replace("localhost", "127.0.0.1")) as network:
        chat, events = (_opened(lumio, context, network, name) for name in ("chat", "events"))
        _happen(twitch, "before")
        expect(chat.locator(".line__text")).to_have_text(["before."])
        expect(events.locator(".event__actor")).to_have_text(["before"])

        names = [f"away_{number}" for number in range(int(seconds / PAUSE))]
        network.set(frozen=not noticed, refuse=noticed)
        if noticed:
            network.cut()
        for name in names:
            _happen(twitch, name)
            time.sleep(PAUSE)
        _are_as_before(chat, events)
        network.heal()

        patience = 60_000  # ms: the pause before the next try grows to half a minute
        expect(chat.locator(".line__text")).to_have_count(len(names) + 1, timeout=patience)
        expect(events.locator(".event__actor")).to_have_count(len(names) + 1, timeout=patience)
        _happen(twitch, "after")
        expect(chat.locator(".line__text")).to_have_text([f"{name}." for name in ("before", *names, "after")])
        expect(events.locator(".event__actor")).to_have_text(["after", *reversed(names), "before"])
        _are_marked(chat, events)


def _opened(lumio: Lumio, context: BrowserContext, network: FaultProxy, name: str) -> Page:
    """The popout, connected through the network."""
    page = context.new_page()
    address = urlsplit(popout_address(lumio, name, f"{name}:read"))
    with page.expect_websocket() as opened:
        page.goto(address._replace(netloc=f"localhost:{network.port}").geturl())
    opened.value.wait_for_event("framereceived")
    return page


def _happen(twitch: Twitch, name: str) -> None:
    twitch.chat("juno", f"{name}.")
    twitch.follow(name)


def _are_as_before(chat: Page, events: Page) -> None:
    assert chat.locator(".line__text").all_inner_texts() == ["before."]
    assert events.locator(".event__actor").all_inner_texts() == ["before"]


def _are_marked(chat: Page, events: Page) -> None:
    """One mark each, between what was there before and what came of the time without a network."""
    mark = re.compile(r"^Not connected from \S+ to \S+")
    for page, rows, marked, place in (
        (chat, "[data-lines] > *", ".line--gap", 1),
        (events, "[data-rows] > *", ".feed__gap", -2),
    ):
        expect(page.locator(marked)).to_have_count(1)
        expect(page.locator(marked)).to_have_text(mark)
        classes = page.locator(rows).evaluate_all("rows => rows.map((row) => row.className)")
        assert marked[1:] in classes[place]
        expect(page.get_by_text("Reconnecting…")).to_be_hidden()
