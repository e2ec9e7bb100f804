"""The trials of tests/system for as long as they are promised to be survived."""

from __future__ import annotations

import time

from playwright.sync_api import WebSocket, expect, sync_playwright

from tests.browsers import chromium
from tests.processes.cluster import Lumio
from tests.processes.postgres import fresh_database
from tests.processes.process import wait_for
from tests.processes.valkey import TestValkey
from tests.system.house import House
from tests.system.test_scale import freeze
from tests.system.test_slow_pages import HEARING, MIB, RATE, flood

#: Longer than every time-out on the way: daphne's, the browser's, Twitch's, the database's pool.
IDLE = 130


def test_a_channel_moves_when_its_process_is_frozen_for_a_minute(house: House) -> None:
    freeze(house, 60)


def test_two_idle_minutes_close_nothing(house: House) -> None:
    opened: list[WebSocket] = []
    with house.pages(10) as pages, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), chromium_sandbox=False)
        popout = browser.new_page()
        popout.on("websocket", lambda socket: opened.append(socket))
        popout.goto(f"{house.lumio.url}/popout/events?token={house.ada['token']}")
        session = house.session()

        popout.wait_for_timeout(IDLE * 1000)
        house.cheer("wake_up")
        wait_for(lambda: all(page.lags for page in pages), seconds=5, what="waking up")
        expect(popout.locator(".event__line").first).to_contain_text("wake_up", timeout=1000)
        assert len(opened) == 1
        assert house.session() == session
        browser.close()

    assert [page.codes for page in pages] == [[]] * 10
    assert max(page.lags[0] for page in pages) < 1


def test_fifty_pages_that_never_read_for_two_minutes() -> None:
    with (
        TestValkey() as valkey,
        fresh_database() as database_url,
        Lumio(redis_url=valkey.url, database_url=database_url, worker=0, beat=0, ingest=0) as lumio,
    ):
        began = time.monotonic()
        flooded = flood(lumio, seconds=120)

    assert time.monotonic() - began >= 120
    assert flooded.codes == {4408}
    assert flooded.still_open == 0
    assert flooded.growth < 20 * MIB
    assert flooded.heard == HEARING * RATE * 120
    assert flooded.p99 < 50
