"""Connecting Spotify: the way back leads over 127.0.0.1, where the browser has no session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import claim
from tests.fakes import wire
from tests.fakes.spotify import Spotify
from tests.processes.cluster import Lumio


@pytest.fixture
def spotify() -> Iterator[Spotify]:
    with Spotify() as stand_in:
        stand_in.add_user("mira", name="Mira", has_picture=False)
        yield stand_in


@pytest.fixture
def lumio(start_lumio: Callable[..., Lumio], spotify: Spotify) -> Lumio:
    started = start_lumio(environment=wire.environment(spotify=spotify.url))
    address = started.url.replace("localhost", "127.0.0.1")
    spotify.add_app(redirect_uris=[f"{address}/connections/spotify/callback"])
    return started


def test_the_session_on_localhost_takes_the_answer(page: Page, lumio: Lumio, spotify: Spotify):
    claim(page, lumio)
    page.goto(f"{lumio.url}/dashboard/connections/credentials")
    card = page.locator("#spotify")
    expect(card.get_by_label("Redirect URI")).to_have_value(
        f"{lumio.url.replace('localhost', '127.0.0.1')}/connections/spotify/callback"
    )
    card.get_by_label("Client ID").fill(spotify.client_id)
    card.get_by_label("Client Secret").fill(spotify.client_secret)
    card.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Spotify accepts these app credentials.")).to_be_visible()

    page.goto(f"{lumio.url}/dashboard/connections")
    page.locator("#connect-spotify").click()
    page.get_by_role("button", name="Allow").click()

    page.wait_for_url(f"{lumio.url}/dashboard/connections?connected=spotify")
    expect(page.get_by_text("Successfully connected to Spotify!")).to_be_visible()
    expect(page.locator("#card-spotify")).to_contain_text("Mira")
    assert [cookie["domain"] for cookie in page.context.cookies() if "lumio" in cookie["name"]] == ["localhost"] * 2
