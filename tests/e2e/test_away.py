"""A few seconds without a network. The minute is in tests/long."""

from __future__ import annotations

from tests.e2e.away import lose_the_network
from tests.e2e.people import claim, own_twitch


def test_pages_that_were_away_have_everything_once_and_in_order(lumio, twitch, page, other_browser):
    claim(page, lumio)
    own_twitch(page, lumio)
    twitch.wait_subscribed("channel.chat.message", "channel.follow", timeout=20)

    lose_the_network(lumio, twitch, other_browser, seconds=7, noticed=True)
