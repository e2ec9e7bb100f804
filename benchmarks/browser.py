"""Chromium as benchmarks use it, and what a page in it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

from tests import browsers


@dataclass(frozen=True)
class Kept:
    """What a page holds once its garbage is collected: DOM nodes, bytes of its heap, listeners."""

    nodes: float
    heap: float
    listeners: float


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = browsers.chromium()
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-gpu"], chromium_sandbox=False)
        yield browser
        browser.close()


def kept(page: Page) -> Kept:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.enable")
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return Kept(nodes=told["Nodes"], heap=told["JSHeapUsedSize"], listeners=told["JSEventListeners"])
