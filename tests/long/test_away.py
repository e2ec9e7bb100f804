"""A minute without a network, of which nobody tells the page."""

from __future__ import annotations

from tests.e2e.away import lose_the_network
from tests.e2e.conftest import (  # noqa: F401
    browser,
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


def test_after_a_minute_without_a_network_everything_is_there_once_and_in_order(lumio, twitch, page, other_browser):  # noqa: F811
    claim(page, lumio)
    own_twitch(page, lumio)
    twitch.wait_subscribed("channel.chat.message", "channel.follow", timeout=20)

    lose_the_network(lumio, twitch, other_browser, seconds=60, noticed=False)
