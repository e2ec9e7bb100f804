"""From an empty instance to events on a popout, as a person does it."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from connections.platforms.twitch.topics import TOPICS
from tests.e2e.people import claim_by_link, connect_twitch, create_token, save_credentials
from tests.processes.cluster import Lumio
from tests.processes.process import wait_for

SECOND = 1_000
#: Milliseconds. What takes a blink here may take seconds on a machine that runs everything else beside it.
SOON = 30_000


def rows(page: Page) -> list[str]:
    """What the feed shows, newest first, as one line a row."""
    return [" ".join(text.split()) for text in page.locator(".event__line").all_inner_texts()]


def events(page: Page, lumio: Lumio) -> list[dict]:
    return page.request.get(f"{lumio.url}/v1/events").json()["data"]


def test_from_the_set_up_link_to_events_on_a_popout(lumio, twitch, page, other_browser):
    # A fresh instance prints a link; whoever opens it first claims it.
    claim_by_link(page, lumio)
    expect(page.get_by_role("heading", name="Welcome, Mira live")).to_be_visible()

    # An application of one's own, then the way to Twitch and back.
    save_credentials(page, lumio)
    connect_twitch(page, lumio)
    expect(page.get_by_text("Successfully connected to Twitch!")).to_be_visible()
    card = page.locator("#card-twitch")
    expect(card.get_by_text("Connected", exact=True).first).to_be_visible()
    expect(card).to_contain_text("Mira_Plays · 31337")
    twitch.wait_subscribed("channel.follow", "channel.cheer", "channel.subscription.gift", "channel.raid")
    page.reload()
    expect(card).to_contain_text(f"Delivering · {len(TOPICS)} of {len(TOPICS)} subscriptions", timeout=30 * SECOND)

    # A token opens the popout in a browser that has no cookie of Lumio.
    link = create_token(page, lumio, label="OBS", preset="Events")
    popout = other_browser.new_page()
    popout.goto(link)
    expect(popout.get_by_text("Nothing has happened yet")).to_be_visible()
    assert other_browser.cookies() == []
    expect(popout).to_have_url(f"{lumio.url}/popout/events?token=hidden")

    # What happens at Twitch is on the page within a second, once, in order.
    twitch.follow("juno")
    expect(popout.locator(".event__line").first).to_contain_text("juno followed", timeout=SOON)
    twitch.cheer("pixelpaula", bits=500, message="gg <b>well</b> played")
    expect(popout.locator(".event__line").first).to_contain_text("pixelpaula cheered 500 bits", timeout=SOON)
    expect(popout.locator(".event__message").first).to_have_text("gg <b>well</b> played")
    twitch.gift("tobi_tv", total=5)
    expect(popout.locator(".event__line").first).to_contain_text("tobi_tv gifted 5 subs", timeout=SOON)
    twitch.raid("nachtfalke", viewers=312)
    expect(popout.locator(".event__line").first).to_contain_text("nachtfalke raided", timeout=SOON)
    shown = rows(popout)
    assert [line.split()[0] for line in shown] == ["nachtfalke", "tobi_tv", "pixelpaula", "juno"]

    # The web process dies while two more arrive; the page catches up by itself.
    lumio.kill("web")
    twitch.follow("quietkat")
    twitch.follow("lena_lurks")
    expect(popout.get_by_text("Reconnecting…")).to_be_visible(timeout=30 * SECOND)
    lumio.restart("web")
    expect(popout.locator(".event__line").first).to_contain_text("lena_lurks followed", timeout=60 * SECOND)
    expect(popout.get_by_text("Reconnecting…")).to_be_hidden()
    shown = rows(popout)
    assert [line.split()[0] for line in shown] == [
        "lena_lurks", "quietkat", "nachtfalke", "tobi_tv", "pixelpaula", "juno",
    ]  # fmt: skip

    # Revoked: quiet, blank, and the socket is closed.
    page.goto(f"{lumio.url}/dashboard/tokens")
    page.get_by_role("button", name="Revoke").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(popout.locator("body")).to_have_text("", timeout=SOON)
    twitch.follow("juno")
    time.sleep(1)
    expect(popout.locator("body")).to_have_text("")
    response = popout.goto(link)
    assert response is not None
    assert response.status == 401

    # Disconnected: what happens now is no longer ours.
    page.goto(f"{lumio.url}/dashboard/connections")
    page.locator("#card-twitch").get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.locator("#card-twitch")).to_contain_text("Credentials configured. Click Connect to authorize.")
    wait_for(lambda: not twitch.sessions(), seconds=30, what="closing the connection to Twitch")
    before = events(page, lumio)
    twitch.follow("pixelpaula")
    time.sleep(1)
    assert events(page, lumio) == before
    assert twitch.calls("/oauth2/revoke")
