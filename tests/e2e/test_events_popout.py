"""The events popout in the hands of whoever works with it: reading on, looking closer, choosing, testing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.people import claim, overflow, own_twitch, popout_address, snap
from tests.processes.cluster import Lumio


def open_popout(lumio: Lumio, page: Page, *permissions: str, **parameters: str) -> None:
    """The popout, opened by a token with these permissions and nothing else."""
    page.goto(popout_address(lumio, "events", "events:read", *permissions, **parameters))


def names(page: Page) -> list[str]:
    return page.locator(".event:visible .event__actor").all_inner_texts()


@pytest.fixture
def popout(lumio, twitch, page, other_browser) -> Page:
    """A page at the size of the browser source, whose account is connected to Twitch."""
    claim(page, lumio)
    own_twitch(page, lumio)
    twitch.wait_subscribed("channel.follow", "channel.subscription.gift", "channel.cheer", "channel.raid")
    opened = other_browser.new_page()
    opened.set_viewport_size({"width": 500, "height": 400})
    return opened


def test_nothing_moves_under_a_reader(lumio, twitch, popout):
    open_popout(lumio, popout)
    for number in range(12):
        twitch.follow(f"viewer_{number}")
    expect(popout.locator(".event")).to_have_count(12)
    rows = popout.locator("[data-rows]")

    # Scrolled down: what comes is counted, and one press shows it.
    rows.evaluate("element => { element.scrollTop = 200 }")
    before = rows.evaluate("element => element.scrollTop")
    twitch.follow("juno")
    twitch.cheer("quietkat", 200)
    jump = popout.get_by_role("button", name="2 new events")
    expect(jump).to_be_visible()
    assert (len(names(popout)), rows.evaluate("element => element.scrollTop")) == (12, before)
    snap(popout, "events-paused")
    jump.click()
    expect(jump).to_be_hidden()
    assert names(popout)[:2] == ["quietkat", "juno"]
    assert rows.evaluate("element => element.scrollTop") == 0

    # Whoever only scrolls back up gets them, too.
    rows.evaluate("element => { element.scrollTop = 200 }")
    twitch.follow("tobi_tv")
    expect(popout.get_by_role("button", name="1 new event")).to_be_visible()
    rows.evaluate("element => { element.scrollTop = 0 }")
    expect(popout.locator(".event__actor").first).to_have_text("tobi_tv")

    # The space bar holds the feed, and lets it go.
    rows.focus()
    popout.keyboard.press("Space")
    expect(popout.get_by_role("button", name="Paused")).to_be_visible()
    twitch.follow("lena_lurks")
    expect(popout.get_by_role("button", name="1 new event")).to_be_visible()
    popout.keyboard.press("Space")
    expect(popout.locator(".event__actor").first).to_have_text("lena_lurks")


def test_a_row_opens_with_the_keyboard(lumio, twitch, popout):
    people = ["ada", "ben", "cleo", "dan", "eve"]
    open_popout(lumio, popout)
    twitch.gift("quietkat", 5, recipients=people)
    expect(popout.locator(".event__line")).to_contain_text("quietkat gifted 5 subs")

    popout.locator("[data-rows]").focus()
    popout.keyboard.press("j")
    popout.keyboard.press("Enter")

    details = popout.locator(".event__more")
    expect(details.locator("[data-fact=recipients]")).to_contain_text("ada, ben, cleo, dan, eve")
    expect(details.get_by_role("button", name="Open profile")).to_have_count(0)
    snap(popout, "events-details")
    twitch.follow("juno")
    expect(popout.get_by_role("button", name="1 new event")).to_be_visible()
    popout.keyboard.press("Enter")
    expect(details).to_have_count(0)


def test_a_row_is_copied_where_a_page_has_no_clipboard(lumio, twitch, popout):
    """As on a tablet, which has the popout without https."""
    open_popout(lumio, popout)
    popout.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    popout.evaluate("document.addEventListener('copy', () => { window.copied = document.activeElement.value; })")
    twitch.cheer("quietkat", 200, message="hello")
    popout.locator(".event").hover()
    popout.get_by_role("button", name="Details").click()

    copy = popout.get_by_role("button", name="Copy as text")
    copy.click()

    expect(popout.get_by_text("Copied", exact=True)).to_be_visible()
    assert popout.evaluate("copied").startswith("quietkat cheered 200 bits")
    expect(copy).to_be_focused()


def test_whoever_may_sees_who_somebody_is(lumio, twitch, popout):
    open_popout(lumio, popout, "chat:userinfo")
    twitch.cheer("quietkat", 200, message="hello")
    expect(popout.locator(".event")).to_have_count(1)

    popout.locator(".event").hover()
    popout.get_by_role("button", name="Details").click()
    popout.get_by_role("button", name="Open profile").click()

    details = popout.locator(".event__more")
    expect(details.locator("[data-fact=first_seen_at] dd")).to_have_text(re.compile(r"\d{4}"))
    expect(details.locator("[data-fact=created_at] dd")).to_have_text(re.compile(r"\d{4}"))
    expect(details.locator("[data-fact=messages_total] dd")).to_have_text("0")
    expect(popout.get_by_role("button", name="Open profile")).to_have_count(0)
    snap(popout, "events-profile")


def test_whoever_may_sends_test_events_from_the_feed(lumio, twitch, popout):
    open_popout(lumio, popout, "events:create")
    popout.get_by_title("Send a test event").click()
    snap(popout, "events-tests")
    popout.get_by_label("Platform").select_option("kick")
    popout.get_by_role("button", name="Raid", exact=True).click()

    expect(popout.get_by_text("Sent, marked TEST")).to_be_visible()
    expect(popout.locator(".event").first.get_by_text("TEST", exact=True)).to_be_visible()
    expect(popout.locator(".event__platform").first).to_contain_text("Kick")

    open_popout(lumio, popout)
    expect(popout.locator(".event")).to_have_count(1)
    expect(popout.get_by_title("Send a test event")).to_have_count(0)


def test_what_is_looked_for_is_found(lumio, twitch, popout):
    open_popout(lumio, popout, "events:create")
    twitch.follow("juno")
    twitch.cheer("quietkat", 200, message="for the new keyboard")
    expect(popout.locator(".event")).to_have_count(2)

    popout.locator("[data-rows]").focus()
    popout.keyboard.press("/")
    popout.keyboard.type("KEYBOARD")
    expect(popout.locator(".event:visible")).to_have_count(1)
    assert names(popout) == ["quietkat"]
    popout.get_by_label("Search in these events").fill("")

    # A platform that is not wanted stays away, and the address says so.
    popout.get_by_role("checkbox", name="Twitch").uncheck()
    expect(popout.locator(".event:visible")).to_have_count(0)
    expect(popout).to_have_url(re.compile("platforms=youtube,kick,trovo"))
    popout.reload()
    expect(popout.get_by_text("Nothing has happened yet")).to_be_visible()


@pytest.mark.trial
def test_older_events_come_as_far_as_one_scrolls(lumio, twitch, popout):
    lumio.inside("tests.e2e.stage.have_events", 120)
    open_popout(lumio, popout)
    rows = popout.locator("[data-rows]")
    expect(popout.locator(".event")).to_have_count(50)

    popout.get_by_role("button", name="Show older events").click()
    expect(popout.locator(".event")).to_have_count(100)
    rows.evaluate("element => { element.scrollTop = element.scrollHeight }")
    popout.get_by_role("button", name="Show older events").click()
    expect(popout.locator(".event")).to_have_count(120)
    assert names(popout) == [f"viewer_{number}" for number in reversed(range(120))]
    expect(popout.get_by_role("button", name="Show older events")).to_be_hidden()


@pytest.mark.trial
def test_a_page_that_was_away_has_everything_once_with_a_mark(lumio, twitch, popout):
    open_popout(lumio, popout)
    twitch.follow("juno")
    expect(popout.locator(".event")).to_have_count(1)

    lumio.kill("web")
    expect(popout.get_by_text("Reconnecting…")).to_be_visible()
    for number in range(5):
        twitch.follow(f"viewer_{number}")
    popout.wait_for_timeout(3_500)
    lumio.restart("web")

    expect(popout.locator(".event")).to_have_count(6, timeout=40_000)
    texts = popout.locator("[data-rows] > li").all_inner_texts()
    assert [text.split()[0] for text in texts] == [*(f"viewer_{n}" for n in (4, 3, 2, 1, 0)), "Not", "juno"]
    assert re.fullmatch(r"Not connected from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d", texts[5])


def row(page: Page, name: str) -> Locator:
    return page.locator(".event", has_text=name)


def test_everybody_sees_who_was_thanked_at_once_and_after_having_been_away(lumio, twitch, popout, page):
    open_popout(lumio, popout, "events:create")
    reader = popout.context.new_page()
    open_popout(lumio, reader)
    twitch.wait_subscribed("channel.ban")
    for name in ("juno", "quietkat", "tobi_tv"):
        twitch.follow(name)
    twitch.ban("nachtfalke")
    expect(popout.locator(".event")).to_have_count(4)
    page.goto(f"{lumio.url}/dashboard")
    for one in (popout, reader, page):
        expect(one.locator(".event")).to_have_count(4)

    # One press, and everybody has it; whoever may not has no button, and a ban has none.
    row(popout, "quietkat").hover()
    row(popout, "quietkat").get_by_role("button", name="Thanked").click()
    for one in (popout, reader, page):
        expect(row(one, "quietkat").get_by_text("thanked by mira")).to_be_visible()
        expect(one.get_by_text("thanked by mira")).to_have_count(1)
    expect(reader.get_by_role("button", name="Thanked")).to_have_count(0)
    expect(popout.get_by_role("button", name="Thanked")).to_have_count(3)

    # By key, and back again.
    popout.locator("[data-rows]").focus()
    for _ in range(2):
        popout.keyboard.press("j")
    popout.keyboard.press("t")
    expect(row(page, "tobi_tv").get_by_text("thanked by mira")).to_be_visible()
    popout.keyboard.press("t")
    expect(row(page, "tobi_tv").get_by_text("thanked by mira")).to_be_hidden()

    # Only what is still owed: it stands in the address, and a row goes once nobody works on it.
    popout.get_by_title("Choose what is shown").click()
    popout.get_by_label("Only who was not thanked yet").check()
    popout.keyboard.press("Escape")
    assert names(popout) == ["tobi_tv", "juno"]
    expect(popout).to_have_url(re.compile("thanks=owed"))
    row(popout, "juno").hover()
    row(popout, "juno").get_by_role("button", name="Thanked").click()
    expect(row(popout, "juno").get_by_text("thanked by mira")).to_be_visible()
    popout.get_by_title("Choose what is shown").focus()
    expect(row(popout, "juno")).to_be_hidden()
    popout.reload()
    expect(popout.locator(".event:visible")).to_have_count(1)
    assert names(popout) == ["tobi_tv"]

    # Pages that were away have the ticks of the meantime when they are back.
    lumio.processes["web"].stop()
    expect(reader.get_by_text("Reconnecting…")).to_be_visible()
    lumio.inside("tests.e2e.stage.thank", 3)
    lumio.restart("web")
    for one in (reader, page):
        expect(one.get_by_text("thanked by mira")).to_have_count(3, timeout=40_000)
    expect(popout.locator(".event:visible")).to_have_count(0)


@pytest.mark.trial
def test_ticks_of_a_gap_that_is_too_long_to_be_sent_again_are_fetched(lumio, twitch, popout):
    open_popout(lumio, popout)
    twitch.follow("juno")
    expect(row(popout, "juno")).to_be_visible()
    popout.locator("[data-rows]").focus()
    popout.keyboard.press("Space")  # or there would be no room for the row

    lumio.processes["web"].stop()
    lumio.inside("tests.e2e.stage.thank", 1)
    lumio.inside("tests.e2e.stage.have_events", 1_200)
    lumio.restart("web")

    expect(row(popout, "juno").get_by_text("thanked by mira")).to_be_visible(timeout=40_000)


@pytest.mark.trial
def test_what_is_little_is_left_out(lumio, twitch, popout):
    twitch.cheer("few", 99)
    twitch.cheer("many", 100)
    twitch.donate("cent", 499, currency="EUR")
    twitch.donate("euro", 500, currency="EUR")
    twitch.raid("otter_tv", viewers=1)
    open_popout(lumio, popout)
    expect(popout.locator(".event")).to_have_count(5)

    popout.get_by_title("Choose what is shown").click()
    popout.get_by_label("Tips and donations from").fill("5")
    popout.get_by_label("Cheers from").fill("100")
    popout.keyboard.press("Tab")
    snap(popout, "events-choices")
    assert names(popout) == ["otter_tv", "euro", "many"]
    expect(popout).to_have_url(re.compile("min=5&minbits=100"))
    twitch.cheer("few", 50)
    twitch.cheer("many", 500)
    popout.keyboard.press("Escape")
    expect(popout.locator(".event:visible")).to_have_count(4)

    # The address is enough, and what is wanted after all is fetched.
    popout.reload()
    expect(popout.locator(".event:visible")).to_have_count(4)
    assert names(popout) == ["many", "otter_tv", "euro", "many"]
    popout.get_by_title("Choose what is shown").click()
    popout.get_by_label("Cheers from").fill("")
    popout.keyboard.press("Tab")
    expect(popout.locator(".event:visible")).to_have_count(6)
    expect(popout).to_have_url(re.compile("[?&]min=5$"))


@pytest.mark.trial
def test_a_row_is_hidden_on_this_page_until_it_is_wanted_again(lumio, twitch, popout):
    open_popout(lumio, popout)
    for name in ("juno", "quietkat", "tobi_tv"):
        twitch.follow(name)
    expect(popout.locator(".event")).to_have_count(3)

    row(popout, "quietkat").hover()
    row(popout, "quietkat").get_by_role("button", name="Details").click()
    popout.get_by_role("button", name="Hide on this page").click()
    assert names(popout) == ["tobi_tv", "juno"]
    expect(row(popout, "juno").get_by_role("button", name="Details")).to_be_focused()
    popout.keyboard.press("h")
    assert names(popout) == ["tobi_tv"]

    # This browser remembers, for this page alone.
    popout.reload()
    expect(popout.locator(".event:visible")).to_have_count(1)
    assert names(popout) == ["tobi_tv"]
    popout.get_by_title("Choose what is shown").click()
    popout.get_by_role("button", name="Show 2 hidden rows again").click()
    assert names(popout) == ["tobi_tv", "quietkat", "juno"]
    expect(popout.get_by_role("button", name="hidden")).to_have_count(0)


@pytest.mark.trial
def test_it_fits_wherever_it_is_put(lumio, twitch, popout):
    lumio.inside("tests.e2e.stage.have_events", 12)
    for theme in ("dark", "light"):
        open_popout(lumio, popout, "events:create", theme=theme, time="24s")
        expect(popout.locator(".event").first).to_be_visible()
        for width, height in ((500, 400), (360, 640), (280, 400), (600, 120)):
            popout.set_viewport_size({"width": width, "height": height})
            assert overflow(popout) == 0
            snap(popout, f"events-{width}-{theme}")


@pytest.mark.trial
def test_the_address_decides_how_it_looks(lumio, twitch, popout):
    lumio.inside("tests.e2e.stage.have_events", 12)
    open_popout(lumio, popout, lang="de", size="150", max="5", controls="0", hide="header,time")

    expect(popout.locator(".event:visible")).to_have_count(12)
    expect(popout.locator(".event__line").first).to_contain_text("folgt")
    expect(popout.locator(".feed__bar")).to_be_hidden()
    expect(popout.locator(".event__meta time").first).to_be_hidden()
    expect(popout.locator(".event__open").first).to_be_hidden()
    assert popout.evaluate("getComputedStyle(document.body).zoom") == "1.5"
    twitch.follow("juno")
    expect(popout.locator(".event")).to_have_count(5)
