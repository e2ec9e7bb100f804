"""How smoothly an overlay is drawn, and what its page keeps after hours of a stream."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.browser import Kept, chromium, kept
from tests.processes.cluster import Lumio
from tests.processes.valkey import TestValkey

#: Messages of chat a second while frames are counted, and for how many seconds.
RATE, SECONDS = 10, 15
#: Messages of chat in a simulated minute, and minutes until what is kept is looked at first.
CHATTER, WARM = 60, 15
STREAM = Path(__file__).with_name("overlay.js").read_text()


@dataclass(frozen=True)
class Life:
    """What a page keeps after `WARM` minutes and at the end, and the alerts that it played to their end."""

    early: Kept
    late: Kept
    alerts: int


def overlay_frames_per_second() -> float:
    """Frames a second, of some seconds the median, with three layers that all move: alert after alert, a chat of ten
    messages a second, and what plays. Drawn without a graphics card, in 1920 by 1080."""
    with _lumio() as lumio, chromium() as browser:
        page = open_stream(browser, lumio, "alert_box", "chat_box", "now_playing")
        page.evaluate("minute()")
        page.wait_for_timeout(1_000)
        frames: float = page.evaluate("([rate, seconds]) => framesPerSecond(rate, seconds)", [RATE, SECONDS])
    return frames


def overlay_hours_nodes_growth() -> float:
    """DOM nodes of an overlay with every type of layer after eight simulated hours, over those after a quarter of an
    hour."""
    return eight_hours().late.nodes / eight_hours().early.nodes


def overlay_hours_heap_growth() -> float:
    """The same of the heap."""
    return eight_hours().late.heap / eight_hours().early.heap


@cache
def eight_hours() -> Life:
    with _lumio() as lumio, chromium() as browser:
        life = live(open_stream(browser, lumio), minutes=8 * 60)
    print(f"heap: {life.early.heap / 2**20:.1f}, then {life.late.heap / 2**20:.1f} MiB", file=sys.stderr, flush=True)
    return life


def live(page: Page, *, minutes: int) -> Life:
    """Have so many minutes of a stream pass on a page of `open_stream`, in which its clock runs fast: in each sixty
    messages, a follow and an alert, and twice an hour the connection is lost."""
    page.clock.install()
    for minute in range(minutes):
        if minute == WARM:
            early = kept(page)
        if minute % 30 == 29:
            page.evaluate("breakLine()")
        page.evaluate("number => { minute(); chat(number); }", CHATTER)
        page.clock.run_for(60_000)
    return Life(early, kept(page), alerts=page.evaluate("played()"))


def open_stream(browser: Browser, lumio: Lumio, *types: str) -> Page:
    """A new overlay with a layer of each of these types, or of all types for none named. It is the page that Lumio
    serves to somebody who has claimed it; only its socket is a stand-in, in the page."""
    made = lumio.inside("tests.e2e.layers_stage.overlay", *types)
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.add_init_script(f"window.STREAM = {json.dumps(made['definition'])};")
    page.add_init_script(STREAM)
    page.goto(f"{lumio.overlay_url}/overlay/{made['key']}")
    page.locator(".layer").last.wait_for()
    return page


@contextmanager
def _lumio() -> Iterator[Lumio]:
    with TestValkey() as valkey, Lumio(redis_url=valkey.url, ingest=0, worker=0, beat=0) as lumio:
        lumio.inside("tests.e2e.stage.claim", "Mira live", "mira@example.com", "correct horse battery staple")
        yield lumio
