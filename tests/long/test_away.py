"""A minute without a network, of which nobody tells the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from benchmarks.browser import chromium
from tests.e2e.away import lose_the_network
from tests.e2e.conftest import (  # noqa: F401
    lumio,
    other_browser,
    page,
    ports,
    problems,
    processes,
    twitch,
)
from tests.e2e.people import claim, own_twitch
from tests.processes.fixtures import valkey  # noqa: F401


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: other long runs start one of their own, and a process has one Playwright at a time."""
    with chromium() as started:
        yield started


def test_after_a_minute_without_a_network_everything_is_there_once_and_in_order(lumio, twitch, page, other_browser):  # noqa: F811
    claim(page, lumio)
    own_twitch(page, lumio)
    twitch.wait_subscribed("channel.chat.message", "channel.follow", timeout=20)

    lose_the_network(lumio, twitch, other_browser, seconds=60, noticed=False)
