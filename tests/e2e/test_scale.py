"""The journey through two of every process, on PostgreSQL and a Valkey reached by its address."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from connections.platforms.twitch.topics import TOPICS
from tests.e2e.people import claim_by_link, connect_twitch, create_token, save_credentials
from tests.fakes import cast, wire
from tests.fakes.twitch import Twitch
from tests.processes.cluster import Lumio
from tests.processes.process import free_port, wait_for
from tests.processes.valkey import TestValkey
from tests.system.database import Database

pytestmark = pytest.mark.trial

#: Milliseconds: what dies is noticed within ten seconds, and a page comes back within a few.
SOON, LATER = 5_000, 20_000


@pytest.fixture
def lumio(postgres_url: str, twitch: Twitch) -> Iterator[Lumio]:
    with (
        TestValkey(free_port()) as valkey,
        Lumio(
            redis_url=valkey.url,
            database_url=postgres_url,
            web=2,
            worker=2,
            beat=2,
            ingest=2,
            environment=wire.environment(twitch.url),
        ) as started,
    ):
        cast.set_stage(twitch, redirect_uri=f"{started.url}/connections/twitch/callback")
        yield started


def test_two_of_everything_serve_one_streamer(
    lumio: Lumio, twitch: Twitch, page: Page, other_browser: BrowserContext
) -> None:
    # Each page and form of the way goes to whichever web process has its turn.
    claim_by_link(page, lumio)
    save_credentials(page, lumio)
    connect_twitch(page, lumio)
    expect(page.get_by_text("Successfully connected to Twitch!")).to_be_visible()
    twitch.wait_subscribed("channel.follow", "channel.raid")
    link = create_token(page, lumio, label="OBS", preset="Events")
    addresses = [lumio.url_of("web"), lumio.url_of("web2"), lumio.url, lumio.url]
    popouts = [other_browser.new_page() for _ in addresses]
    for popout, address in zip(popouts, addresses, strict=True):
        popout.goto(link.replace(lumio.url, address))
        expect(popout.get_by_text("Nothing has happened yet")).to_be_visible()

    # What one ingest process hears is on the pages of both web processes.
    twitch.follow("juno")
    show(popouts, "juno", within=SOON)

    # Each web process dies once. Pages that have the choice go on at the other, the rest when theirs is back.
    shown = ["juno"]
    for name, stranded, actor in (("web", popouts[0], "quietkat"), ("web2", popouts[1], "tobi_tv")):
        lumio.kill(name)
        twitch.follow(actor)
        shown.insert(0, actor)
        show([popout for popout in popouts if popout is not stranded], *shown, within=LATER)
        expect(stranded.get_by_text("Reconnecting…")).to_be_visible(timeout=LATER)
        lumio.restart(name)
        show(popouts, *shown, within=LATER)
        for popout in popouts:
            expect(popout.get_by_text("Reconnecting…")).to_be_hidden(timeout=LATER)

    # The ingest process that listens dies. The other one takes over.
    [session] = [one["id"] for one in twitch.sessions()]
    lumio.kill(holder(lumio))
    wait_for(lambda: [one for one in twitch.sessions() if one["id"] != session], seconds=10, what="taking over")
    wait_for(lambda: twitch.sessions()[-1]["subscriptions"] == len(TOPICS), seconds=10, what="subscribing")
    twitch.raid("nachtfalke", viewers=312)
    shown.insert(0, "nachtfalke")
    show(popouts, *shown, within=SOON)

    # New files: every open page loads itself again, once, and has all it had.
    for popout in popouts:
        popout.evaluate("document.body.dataset.loaded = 'before'")
    change_version(lumio)
    for name in ("web", "web2"):
        lumio.restart(name)
    for popout in popouts:
        expect(popout.locator("body[data-loaded]")).to_have_count(0, timeout=LATER)
    show(popouts, *shown, within=LATER)
    twitch.follow("lena_lurks")
    show(popouts, "lena_lurks", *shown, within=LATER)


def show(popouts: list[Page], *actors: str, within: int) -> None:
    """Every page shows these and nothing else, newest first; what Lumio says of a connection aside."""
    for popout in popouts:
        rows = popout.locator(".event__actor:not(:empty)")
        expect(rows).to_have_text(list(actors), timeout=within)


def holder(lumio: Lumio) -> str:
    """Which ingest process listens."""
    [[owner]] = Database(lumio).ask("SELECT owner FROM events_ingestsource WHERE owner <> ''")
    return next(name for name, process in lumio.processes.items() if str(process.pid) == owner.split(":")[1])


def change_version(lumio: Lumio) -> None:
    """As an update does that changes a file."""
    manifest = lumio.var / "static" / "staticfiles.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(content | {"hash": "another"}))
