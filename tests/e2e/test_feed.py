"""Everything that can happen at Twitch, on the events popout."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from connections.platforms.twitch.topics import TOPICS
from tests.e2e.people import claim, create_token, focused, overflow, own_twitch
from tests.fakes.twitch import Twitch


def lines(page: Page) -> list[str]:
    """The visible rows, newest first."""
    return [" ".join(text.split()) for text in page.locator(".event:visible .event__line").all_inner_texts()]


def everything(twitch: Twitch) -> list[str]:
    """Make every kind of event happen once; the rows that come of it, oldest first.

    Between a sentence and its details the stylesheet draws a dot, which is no text.
    """
    bomb = ["ada", "ben", "cleo", "dan", "eve"]
    twitch.go_live()
    twitch.update_channel(title="Finishing the lighthouse")
    twitch.follow("juno")
    twitch.subscribe("pixelpaula")
    twitch.resub("tobi_tv", 14, message="still here")
    twitch.gift("quietkat", 5, recipients=bomb, shuffled=True)
    twitch.continue_gift("ada", gifter="quietkat")
    twitch.continue_prime("ben")
    twitch.pay_it_forward("cleo", gifter="quietkat", recipient="dan")
    twitch.cheer("juno", 1500, message="for the roof")
    twitch.bits_badge("juno", 1000)
    twitch.donate("lena_lurks", 1250, currency="EUR")
    twitch.raid("otter_tv", viewers=84)
    twitch.shoutout("otter_tv", viewers=12)
    twitch.raid("mira_plays", viewers=7, channel="otter_tv")
    twitch.settle_redemption(twitch.redemption("juno", "Hydrate!", cost=300), status="canceled")
    twitch.watch_streak("pixelpaula", 5)
    twitch.hype_train("begin", contributors={"juno": 100})
    twitch.hype_train("progress", level=2, total=2000, goal=2500)
    twitch.goal("begin", current=5, target=100)
    twitch.goal("progress", current=6)
    twitch.poll("begin")
    twitch.poll("progress", votes=[3, 1])
    twitch.poll("end", votes=[12, 30])
    twitch.prediction("begin")
    twitch.prediction("lock", points=[1500, 900])
    twitch.prediction("end", winner="Yes")
    twitch.ban("hoss00312_bot", reason="spam", moderator="otto")
    twitch.timeout("nachtfalke", 600, moderator="otto")
    twitch.unban("nachtfalke", moderator="otto")
    twitch.ad_break(90)
    twitch.go_offline()
    return [
        "The stream started",
        "The stream is now called Finishing the lighthouse Minecraft",
        "juno followed",
        "pixelpaula subscribed",
        "tobi_tv subscribed again: 14 months",
        "ada keeps a gifted subscription from quietkat",
        "ben turned a Prime subscription into a paid one",
        "cleo passed a gifted subscription on to dan · from quietkat",
        "juno cheered 1,500 bits",
        "juno earned the badge for 1,000 bits",
        "lena_lurks donated 12.50 EUR to charity: Lighthouse Trust",
        "otter_tv raided with 84 viewers",
        "You gave otter_tv a shoutout, seen by 12 viewers by Mira_Plays",
        "You raided otter_tv with 7 viewers",
        "juno redeemed Hydrate! for 300 points refunded",
        "pixelpaula watched 5 streams in a row",
        "The hype train is running: level 2 2,000 of 2,500 · most by juno",
        "A goal came closer 6 of 100",
        "The poll ended: Which roof? Thatch: 12 / Slate: 30",
        "The prediction ended: Finished tonight? “Yes” won · Yes: 1,500 points / Never: 900 points",
        "hoss00312_bot was banned by Otto",
        "nachtfalke was timed out for 10 minutes by Otto",
        "nachtfalke may chat again by Otto",
        "An ad break began: 90 seconds",
        "The stream ended",
    ]


def test_every_kind_of_event_is_a_row(lumio, twitch, page, other_browser):
    claim(page, lumio)
    own_twitch(page, lumio)
    twitch.wait_subscribed(*{topic.type for topic in TOPICS}, timeout=20)
    popout = other_browser.new_page()
    popout.set_viewport_size({"width": 500, "height": 400})
    popout.goto(create_token(page, lumio, label="OBS", preset="Events"))
    expect(popout.get_by_text("Nothing has happened yet")).to_be_visible()

    expected = everything(twitch)

    # Live, and after a reload, the same rows. Only a gift bomb is where it was complete, which may be later.
    expect(popout.locator(".event")).to_have_count(len(expected) + 1)
    live = lines(popout)
    [bomb] = [line for line in live if "gifted 5" in line]
    assert bomb.startswith("quietkat gifted 5 subs to ")
    assert bomb.endswith(" and 2 more")
    assert [line for line in reversed(live) if line != bomb] == expected
    popout.reload()
    expect(popout.locator(".event")).to_have_count(len(live))
    assert lines(popout) == live

    # A choice hides what is there and what comes, stands in the address, and is made with the keyboard.
    popout.locator("[data-filter] summary").focus()
    popout.keyboard.press("Enter")
    for name in ("Moderation", "Polls and predictions"):
        popout.get_by_label(name).focus()
        popout.keyboard.press("Space")
    twitch.ban("another_bot")
    twitch.follow("quietkat")
    expect(popout.locator(".event:visible .event__line").first).to_contain_text("quietkat followed")
    assert lines(popout) == [
        "quietkat followed",
        *(line for line in live if not any(word in line for word in ("banned", "timed", "may", "poll", "prediction"))),
    ]
    popout.reload()
    expect(popout.locator(".event__line").first).to_contain_text("quietkat followed")
    assert "another_bot was banned by Mira_Plays" not in lines(popout)
    assert overflow(popout) == 0

    # Escape closes the choices and gives the keyboard back, and a press elsewhere closes them, too.
    popout.locator("[data-filter] summary").click()
    popout.get_by_label("Follows").focus()
    popout.keyboard.press("Escape")
    expect(popout.get_by_label("Moderation")).to_be_hidden()
    assert focused(popout) == "Choose what is shown"
    popout.keyboard.press("Enter")
    expect(popout.get_by_label("Moderation")).to_be_visible()
    popout.locator(".event").last.click(position={"x": 4, "y": 4})
    expect(popout.get_by_label("Moderation")).to_be_hidden()

    # What was not asked for is fetched when it is asked for.
    popout.locator("[data-filter] summary").click()
    popout.get_by_label("Moderation").check()
    expect(popout.get_by_text("another_bot was banned")).to_be_visible()


def lines_of_chat(page: Page) -> list[str]:
    """Name and words of every line, oldest first."""
    return [" ".join(text.split()) for text in page.locator(".chat .line__name, .chat .line__text").all_inner_texts()]


def test_chat_and_events_arrive_on_the_dashboard_and_on_the_page_of_all_events(lumio, twitch, page, other_browser):
    claim(page, lumio)
    own_twitch(page, lumio)
    create_token(page, lumio, label="OBS", preset="Events")
    twitch.wait_subscribed(*{topic.type for topic in TOPICS}, timeout=20)

    # An empty page offers a test event; the form is open then, the keyboard is enough.
    page.goto(f"{lumio.url}/dashboard/events")
    page.get_by_role("link", name="Send a test event").click()
    page.get_by_label("What happens").select_option("tip money")
    page.get_by_label("Amount").fill("12.50")
    page.get_by_label("Currency").fill("eur")
    page.get_by_label("Name").first.fill("Juno")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sent as event 1, marked TEST.")).to_be_visible()
    newest = page.locator(".log__row").first
    expect(newest.locator(".event__line")).to_contain_text("Juno tipped 12.50 EUR")
    expect(newest.get_by_text("TEST", exact=True)).to_be_visible()

    # A row opens with the keyboard, and stays open while others arrive above it.
    newest.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(newest.get_by_text("test", exact=True)).to_be_visible()
    twitch.follow("quietkat")
    expect(page.locator(".log__row").first).to_contain_text("quietkat followed")
    expect(page.locator(".log__row details[open]")).to_contain_text("Juno tipped")
    assert overflow(page) == 0

    # The dashboard: a channel, events and the chat on one page, by one socket.
    sockets = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(f"{lumio.url}/dashboard")
    twitch.go_live()
    expect(page.locator(".station").get_by_text("LIVE")).to_be_visible()
    expect(page.locator(".home__feed .event__line").first).to_contain_text("The stream started")
    first = twitch.chat("juno", "which keyboard is that?")
    twitch.chat("tobi_tv", "<b>keep it kind</b>")
    expect(page.locator(".line")).to_have_count(2)
    assert lines_of_chat(page) == ["juno", "which keyboard is that?", "tobi_tv", "<b>keep it kind</b>"]
    assert len(sockets) == 1

    # What is taken out is struck, there and after a reload.
    twitch.delete_message(first)
    expect(page.locator(".line--removed")).to_contain_text("deleted")
    page.reload()
    expect(page.locator(".line")).to_have_count(2)
    expect(page.locator(".line--removed .line__text")).to_have_text("which keyboard is that?")

    # Whoever scrolls up reads on, is told what arrives, and comes back with one press.
    for number in range(60):
        twitch.chat("tobi_tv", f"line {number}")
    expect(page.locator(".line").last).to_contain_text("line 59")
    chat = page.locator(".chat__lines")
    chat.evaluate("element => { element.scrollTop = 0 }")
    twitch.chat("juno", "one more")
    jump = page.get_by_role("button", name="1 new message")
    expect(jump).to_be_visible()
    assert chat.evaluate("element => element.scrollTop") == 0
    jump.click()
    expect(jump).to_be_hidden()
    expect(page.locator(".line").last).to_be_in_viewport()
    assert overflow(page) == 0
