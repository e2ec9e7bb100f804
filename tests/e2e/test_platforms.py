"""Every platform, as a person links and unlinks it, their bot, and what a moderator may do with all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from connections.platforms import PLATFORMS
from tests.connections.stages import OTHER, STAND_INS, STREAMER
from tests.e2e.people import claim, overflow
from tests.fakes.oauth import OAuthStandIn
from tests.processes.cluster import Lumio
from tests.processes.valkey import TestValkey

BOT = "mira_bot"
MODERATOR = ("ben@example.com", "correct horse battery staple")

StandIns = dict[str, OAuthStandIn]


@pytest.fixture
def stand_ins(ports: dict[str, int]) -> Iterator[StandIns]:
    with ExitStack() as running:
        yield {slug: running.enter_context(one().start(ports[slug])) for slug, one in STAND_INS.items()}


@pytest.fixture
def lumio(processes: Lumio, valkey: TestValkey, stand_ins: StandIns) -> Lumio:
    processes.forget()
    valkey.forget()
    for slug, stand_in in stand_ins.items():
        address = processes.url.replace("localhost", PLATFORMS[slug].loopback)
        stand_in.add_app(redirect_uris=[f"{address}/connections/{slug}/callback"])
        for login, name in ((STREAMER, "Mira_Plays"), (OTHER, "Otto"), (BOT, "Mira_Bot")):
            stand_in.add_user(login, name=name)
        stand_in.draw_pictures()
    return processes


def save_credentials(page: Page, lumio: Lumio, stand_in: OAuthStandIn) -> None:
    page.goto(f"{lumio.url}/dashboard/connections/credentials")
    section = page.locator(f"section#{stand_in.slug}")
    address = lumio.url.replace("localhost", PLATFORMS[stand_in.slug].loopback)
    expect(section.get_by_label("Redirect URI")).to_have_value(f"{address}/connections/{stand_in.slug}/callback")
    section.get_by_label("Client ID").fill(stand_in.client_id)
    section.get_by_label("Client Secret").fill(stand_in.client_secret)
    section.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()


def decide(page: Page, login: str, *, allow: bool = True) -> None:
    """At the platform's own page."""
    page.get_by_label("Signed in as").select_option(login)
    page.get_by_role("button", name="Allow" if allow else "Deny").click()
    page.wait_for_url("**/dashboard/connections**")


def connect(page: Page, lumio: Lumio, slug: str, login: str = STREAMER, *, allow: bool = True) -> None:
    page.goto(f"{lumio.url}/dashboard/connections")
    page.locator(f"#connect-{slug}").click()
    decide(page, login, allow=allow)


@pytest.mark.trial
def test_every_platform_is_linked_renewed_and_unlinked(page, lumio, stand_ins):
    claim(page, lumio)

    for slug, stand_in in stand_ins.items():
        name = PLATFORMS[slug].name
        card = page.locator(f"#card-{slug}")
        page.goto(f"{lumio.url}/dashboard/connections")
        expect(card).to_contain_text("Set up app credentials to connect this platform.")
        save_credentials(page, lumio, stand_in)

        # Refused there: a friendly word, and nothing has changed.
        connect(page, lumio, slug, allow=False)
        expect(page.get_by_role("alert").filter(has_text=f"{name} says that access was refused")).to_be_visible()
        expect(card).to_contain_text("Credentials configured. Click Connect to authorize.")

        connect(page, lumio, slug)
        expect(page.get_by_text(f"Successfully connected to {name}!")).to_be_visible()
        expect(card).to_contain_text("Mira_Plays · ")
        expect(card).to_contain_text("(auto-refresh)")

        # Every scope is explained.
        card.get_by_role("button", name=f"All scopes of {name}").click()
        scopes = page.get_by_role("dialog")
        expect(scopes.get_by_text("Granted", exact=True)).to_have_count(len(PLATFORMS[slug].scopes))
        page.keyboard.press("Escape")

        # Somebody else's channel is refused by name, the old one stays.
        connect(page, lumio, slug, OTHER)
        refused = page.get_by_role("alert").filter(
            has_text="This is connected to Mira_Plays, but you signed in as Otto"
        )
        expect(refused).to_be_visible()
        expect(card).to_contain_text("Mira_Plays · ")

        connect(page, lumio, slug)
        expect(page.get_by_text(f"Successfully connected to {name}!")).to_be_visible()
        card.get_by_role("button", name="Test").click()
        expect(page.get_by_text(re.compile(f"{name} answered in \\d+ ms: signed in as Mira_Plays"))).to_be_visible()

    # Over whichever name of this machine a platform sent the browser back, the session is the dashboard's.
    assert [cookie["domain"] for cookie in page.context.cookies() if "lumio" in cookie["name"]] == ["localhost"] * 2

    # Five cards, at every width.
    for width in (360, 800, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) == 0
    page.set_viewport_size({"width": 1280, "height": 900})

    for slug, stand_in in stand_ins.items():
        name = PLATFORMS[slug].name
        card = page.locator(f"#card-{slug}")
        card.get_by_role("button", name="Disconnect").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(
            f"Are you sure you want to disconnect {name}? "
            "This will revoke the connection but keep your app credentials."
        )
        dialog.get_by_role("button", name="Disconnect").click()
        expect(page.get_by_text(f"Disconnected from {name}.")).to_be_visible()
        expect(card).to_contain_text("Credentials configured. Click Connect to authorize.")
        if revoke_url := PLATFORMS[slug].oauth.revoke_url:
            assert stand_in.calls(urlsplit(revoke_url).path)[-1].parameters


@pytest.mark.trial
def test_a_bot_of_ones_own_speaks_and_falls_back(page, lumio, stand_ins):
    claim(page, lumio)
    for slug in ("twitch", "kick"):
        save_credentials(page, lumio, stand_ins[slug])
        connect(page, lumio, slug)

    for slug in ("twitch", "kick"):
        name = PLATFORMS[slug].name
        page.goto(f"{lumio.url}/dashboard/connections")
        page.get_by_role("link", name="Bot Connections").click()
        card = page.locator(f"#bot-{slug}")
        expect(card).to_contain_text("Global Bot (default)")

        # The channel itself is no bot.
        card.get_by_role("button", name="Connect Bot").click()
        decide(page, STREAMER)
        expect(page.get_by_role("alert").filter(has_text="Mira_Plays is the channel itself")).to_be_visible()

        card.get_by_role("button", name="Connect Bot").click()
        decide(page, BOT)
        expect(card).to_contain_text("Custom Bot")
        expect(card).to_contain_text("Mira_Bot")
        card.get_by_role("button", name="Say hello").click()
        expect(page.get_by_role("status").filter(has_text="Delivered:")).to_be_visible()

        card.get_by_role("button", name="Disconnect").click()
        page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
        expect(card).to_contain_text("Global Bot (default)")
        expect(card).not_to_contain_text("Mira_Bot")
        assert name in card.inner_text()


@pytest.mark.trial
def test_a_moderator_sees_no_button_it_may_not_use(page, lumio, stand_ins, browser: Browser):
    claim(page, lumio)
    for slug in ("twitch", "spotify"):
        save_credentials(page, lumio, stand_ins[slug])
        connect(page, lumio, slug)
    email, password = MODERATOR
    connection = lumio.inside("tests.e2e.stage.have_moderator", email, password)
    context = browser.new_context(locale="en-GB")
    theirs = context.new_page()
    theirs.goto(f"{lumio.url}/account/login/")
    theirs.get_by_label("Email").fill(email)
    theirs.get_by_label("Password", exact=True).fill(password)
    theirs.locator("main form button[type=submit]").first.click()
    theirs.wait_for_url("**/dashboard")

    theirs.goto(f"{lumio.url}/dashboard/connections")

    expect(theirs.locator("#card-twitch")).to_contain_text("Mira_Plays")
    main = theirs.get_by_role("main")
    for name in ("Connect", "Reconnect", "Disconnect", "Test", "Set Up"):
        expect(main.get_by_role("button", name=name, exact=True)).to_have_count(0)
    for name in ("App Credentials", "Bot Connections", "Set Up"):
        expect(main.get_by_role("link", name=name)).to_have_count(0)
    behind = {
        "/dashboard/connections/credentials": "connections:edit",
        "/dashboard/connections/bot": "bot-connections:read",
        "/dashboard/bots": "bot-connections:read",
        "/connections/twitch/callback?code=x&state=y": "connections:edit",
    }
    for path, permission in behind.items():
        response = theirs.goto(lumio.url + path)
        assert response is not None
        assert response.status == 403, path
        expect(theirs.locator("body")).to_contain_text(permission)
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "lumio_csrf")
    for path in (
        "twitch/connect",
        f"{connection}/disconnect",
        f"{connection}/test",
        "credentials/twitch",
        "credentials/twitch/delete",
        "bot/twitch/connect",
    ):
        address = f"{lumio.url}/dashboard/connections/{path}"
        answer = context.request.post(address, headers={"X-CSRFToken": token, "Referer": lumio.url})
        assert answer.status == 403, path
    context.close()
