"""The chat popout and its page on the dashboard: reading, writing and moderating, by pointer, finger and keyboard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.people import claim, overflow, own_twitch, popout_address, snap
from tests.fakes import cast

if TYPE_CHECKING:
    from tests.processes.cluster import Lumio

READ = ("chat:read",)
MODERATE = (*READ, "chat:write", "chat:delete", "chat:timeout", "chat:ban", "chat:userinfo", "chat:notes")
SIZE = {"width": 400, "height": 600}
PHONE = {"width": 360, "height": 740}
NARROWEST = {"width": 280, "height": 400}
#: How the streamer, whose token it is, is named to others: by what their e-mail address begins with.
WHO = "mira"
#: Messages that Twitch takes from one speaker in half a minute.
PACE = 20
TOWER = "z" + "\u0301" * 40
HOSTILE = (
    "<img src=x onerror=document.title='broken'><script>document.title='broken'</script>",
    "\u202eeverything backwards",
    "مرحبا بالجميع",
    TOWER * 20,
    "W" * 480,
    "😀" * 500,
    "[MOD] \u2705 Otto: you are banned",
)


@pytest.fixture
def stage(lumio, twitch, page) -> Lumio:
    """Mira's channel is connected and listened to."""
    claim(page, lumio)
    own_twitch(page, lumio)
    twitch.wait_subscribed("channel.chat.message", "channel.chat.message_delete", timeout=20)
    return lumio


def open_popout(
    lumio: Lumio, context: BrowserContext, *permissions: str, size: dict[str, int] = SIZE, **parameters: str
) -> Page:
    """The popout of a token with these permissions, as OBS opens it, once it is connected."""
    popout = context.new_page()
    popout.set_viewport_size(size)
    with popout.expect_websocket() as opened:
        popout.goto(popout_address(lumio, "chat", *permissions, **parameters))
    opened.value.wait_for_event("framereceived")
    return popout


def line(page: Page, text: str) -> Locator:
    return page.locator(".line[data-seq]", has_text=text)


def texts(page: Page) -> list[str]:
    """What the lines say, oldest first, without names and times."""
    return page.locator(".line__text").all_inner_texts()


def act(page: Page, text: str, name: str) -> None:
    """Point at a line and press a button of its toolbar."""
    line(page, text).hover()
    line(page, text).get_by_role("button", name=name).click()


def where(page: Page, text: str) -> float:
    return line(page, text).bounding_box()["y"]


def test_a_line_says_who_wrote_what_and_why_it_matters(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *READ, controls="0")
    expect(popout.get_by_text("Nobody has said anything yet")).to_be_visible()

    question = twitch.chat("tobi_tv", "@Mira_Plays which keyboard is that?")
    twitch.chat(cast.MODERATOR, "the blue one", reply_to=question)
    popout.wait_for_timeout(1_100)  # Twitch tells in whole seconds when a stream began
    twitch.go_live()
    expect(popout.get_by_text("LIVE", exact=True)).to_be_visible()
    twitch.chat("tobi_tv", "thank you")
    twitch.chat("tobi_tv", "and good night")
    twitch.announcement(cast.MODERATOR, "raid at nine")
    expect(popout.locator(".line")).to_have_count(5)

    first, answer, again, last, announcement = (popout.locator(".line").nth(place) for place in range(5))
    expect(first).to_have_class(re.compile(r"line--is-mention line--is-first\b"))
    expect(first).to_contain_text("First message")
    expect(answer.locator(".line__quote")).to_have_text("tobi_tv: @Mira_Plays which keyboard is that?")
    expect(answer.locator(".line__role, .line__badge")).to_have_count(1)  # a moderator's
    expect(again.locator(".line__mark")).to_have_text("First this stream")
    expect(last.locator(".line__mark")).to_be_hidden()
    expect(announcement).to_have_class(re.compile("line--is-announcement"))
    # A page that only shows has nothing to press, whatever its token may do.
    first.hover()
    expect(popout.get_by_role("button")).to_have_count(0)
    popout.reload()
    expect(popout.locator(".line")).to_have_count(5)
    assert other_browser.cookies() == []


def test_emotes_stand_within_their_words(stage, twitch, page, other_browser):
    popout = open_popout(stage, other_browser, *READ)
    page.goto(f"{stage.url}/dashboard/chat")

    twitch.chat("tobi_tv", "what a PogChamp roof")

    for shown in (popout, page):
        emote = shown.locator(".fragment--emote")
        expect(emote).to_have_attribute("alt", "PogChamp")
        assert emote.evaluate("image => getComputedStyle(image).display") == "inline-block"


def test_two_moderators_see_what_the_other_does_at_once(stage, twitch, page, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    page.goto(f"{stage.url}/dashboard/chat")
    for user, text in [("juno", "one"), ("nachtfalke", "spam"), ("nachtfalke", "more spam"), ("quietkat", "boring")]:
        twitch.chat(user, text)
    for desk in (popout, page):
        expect(desk.locator(".line")).to_have_count(4)

    act(popout, "one", "Delete")
    for desk in (popout, page):
        expect(line(desk, "one")).to_contain_text(f"deleted by {WHO}")
    assert [said["message"]["text"] for said in twitch.messages()] == ["spam", "more spam", "boring"]

    # Both lines of whoever is timed out, and both back when that is undone.
    act(page, "more spam", "Time out")
    page.get_by_role("button", name="10m").click()
    for desk in (popout, page):
        expect(desk.locator(".line--removed", has_text=f"timed out for 10 minutes by {WHO}")).to_have_count(2)
    assert twitch.chat("nachtfalke", "nobody hears me") == ""
    page.get_by_role("button", name="Undo").click()
    for desk in (popout, page):
        expect(desk.get_by_text(f"may write again, says {WHO}")).to_have_count(2)
        expect(desk.locator(".line--removed")).to_have_count(1)
    assert twitch.chat("nachtfalke", "here again") != ""
    expect(line(popout, "here again")).to_be_visible()

    # A ban is asked about, and can be given up.
    act(popout, "boring", "Ban")
    expect(popout.get_by_text("Ban quietkat?")).to_be_visible()
    popout.get_by_role("button", name="Cancel").click()
    assert twitch.chat("quietkat", "still here") != ""
    expect(line(popout, "still here")).to_be_visible()
    act(popout, "boring", "Ban")
    popout.get_by_role("textbox", name="Reason (optional)").fill("rude")
    popout.keyboard.press("Enter")
    for desk in (popout, page):
        expect(line(desk, "boring")).to_contain_text(f"banned by {WHO}")
    assert twitch.chat("quietkat", "and now?") == ""
    act(page, "boring", "Unban")
    expect(line(popout, "boring")).to_contain_text("may write again")
    assert twitch.chat("quietkat", "sorry") != ""

    # After a reload the lines say the same.
    popout.reload()
    expect(line(popout, "one")).to_contain_text(f"deleted by {WHO}")
    expect(popout.locator(".line--removed")).to_have_count(1)


def test_whoever_may_not_do_something_has_no_button_for_it(stage, twitch, other_browser):
    reader = open_popout(stage, other_browser, *READ)
    deleter = open_popout(stage, other_browser, *READ, "chat:delete", "chat:userinfo")
    twitch.chat("juno", "hello")

    line(reader, "hello").hover()
    expect(reader.get_by_role("toolbar").get_by_role("button")).to_have_count(1)  # the card
    expect(reader.get_by_label("Message", exact=True)).to_have_count(0)

    line(deleter, "hello").hover()
    buttons = deleter.get_by_role("toolbar").get_by_role("button")
    expect(buttons).to_have_count(2)
    deleter.get_by_role("button", name="Card").click()
    card = deleter.get_by_role("dialog")
    expect(card).to_contain_text("Account since")
    expect(card).to_contain_text("Time out: This needs the permission chat:timeout.")
    expect(card).to_contain_text("Ask an account owner for a role or a popout token that has it.")
    expect(card.get_by_text("Notes")).to_be_hidden()


def test_what_twitch_refuses_is_said_and_nothing_looks_done(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    old = twitch.chat("juno", "an old message")
    twitch.age_message(old, 7 * 3600)
    expect(line(popout, "an old message")).to_be_visible()

    act(popout, "an old message", "Delete")

    expect(popout.get_by_role("alert")).to_contain_text("6 hours")
    expect(popout.locator(".line--removed, .line--pending")).to_have_count(0)
    assert len(twitch.messages()) == 1

    # The one who is closest to the streamer has no buttons to be silenced by.
    twitch.chat(cast.STREAMER, "hello from me")
    line(popout, "hello from me").hover()
    expect(popout.get_by_role("button", name="Ban")).to_have_count(0)


def test_the_card_tells_who_somebody_is_and_keeps_notes(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    twitch.chat("juno", "hello")
    twitch.chat("juno", "is anybody here?")
    popout.locator(".line__name").first.click()

    card = popout.get_by_role("dialog")
    expect(card.get_by_role("heading", name="juno")).to_be_visible()
    expect(card).to_contain_text("Account since")
    expect(card).to_contain_text("does not follow")
    expect(card).to_contain_text("is anybody here?")
    expect(card).to_contain_text("2 messages")
    card.get_by_label("A note for everybody who moderates here").fill("asks kindly")
    popout.keyboard.press("Enter")
    popout.keyboard.press("Enter")
    expect(card.get_by_text("asks kindly")).to_be_visible()
    card.get_by_role("button", name="Time out").first.click()
    card.get_by_label("How long").fill("2")
    card.get_by_label("Unit of time").select_option("hours")
    card.locator(".acts__custom").get_by_role("button", name="Time out").click()
    expect(card).to_contain_text(f"timed out for 2 hours by {WHO}")
    assert twitch.chat("juno", "nobody hears me") == ""
    card.get_by_role("button", name="Unban").click()
    expect(card).to_contain_text("may write again")
    card.get_by_role("button", name="Remove").click()  # pressed twice, it was one note
    expect(card.get_by_text("asks kindly")).to_have_count(0)
    popout.keyboard.press("Escape")
    expect(card).to_have_count(0)


def test_the_keyboard_alone_is_enough(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    for text in ("one", "two", "three"):
        twitch.chat("juno", text)
    twitch.chat("nachtfalke", "spam")
    expect(popout.locator(".line")).to_have_count(4)

    # Nothing happens to a line that nobody chose.
    popout.keyboard.press("d")
    popout.keyboard.press("k")
    popout.keyboard.press("t")
    popout.keyboard.press("3")
    expect(line(popout, "spam")).to_contain_text(f"timed out for 10 minutes by {WHO}")
    expect(popout.get_by_role("button", name="Undo")).to_be_visible()
    expect(line(popout, "spam")).to_be_focused()
    popout.keyboard.press("u")
    expect(line(popout, "spam")).to_contain_text("may write again")

    popout.keyboard.press("ArrowUp")
    popout.keyboard.press("k")
    popout.keyboard.press("j")
    expect(line(popout, "three")).to_be_focused()
    line(popout, "one").hover()  # where the pointer rests is not what the keyboard is on
    popout.keyboard.press("d")
    expect(line(popout, "three")).to_contain_text(f"deleted by {WHO}")
    expect(popout.locator(".line--removed")).to_have_count(1)

    # A ban is confirmed, and given up with Escape, which leads back to the line.
    popout.keyboard.press("j")
    popout.keyboard.press("b")
    expect(popout.get_by_role("textbox", name="Reason (optional)")).to_be_focused()
    popout.keyboard.press("Escape")
    expect(line(popout, "spam")).to_be_focused()
    popout.keyboard.press("b")
    popout.keyboard.press("Enter")
    expect(line(popout, "spam")).to_contain_text(f"banned by {WHO}")

    # The toolbar is the next stop, with arrows from button to button; Escape follows the chat again.
    popout.keyboard.press("Tab")
    popout.keyboard.press("ArrowRight")
    assert popout.evaluate("document.activeElement.dataset.act") is not None
    popout.keyboard.press("Escape")
    expect(popout.locator(".chat--paused")).to_have_count(0)

    # Reply, search, help, card: each opens and gives the keyboard back.
    for key in ("k", "k", "k", "r"):
        popout.keyboard.press(key)
    expect(popout.get_by_label("Message", exact=True)).to_be_focused()
    popout.keyboard.type("d for dog")  # keys are letters here
    popout.keyboard.press("Enter")
    expect(popout.locator(".line__quote:visible")).to_have_text("juno: two")
    expect(popout.locator(".line--removed")).to_have_count(2)
    popout.keyboard.press("Escape")
    popout.keyboard.press("/")
    popout.keyboard.type("juno two")
    expect(popout.get_by_text("1 of 5 messages")).to_be_visible()
    assert popout.locator(".line__text:visible").all_inner_texts() == ["two"]
    popout.keyboard.press("Escape")
    expect(line(popout, "spam")).to_be_visible()
    popout.keyboard.press("?")
    expect(popout.get_by_role("dialog", name="Keys")).to_be_visible()
    popout.keyboard.press("Escape")
    popout.keyboard.press("k")
    popout.keyboard.press("Enter")
    expect(popout.get_by_role("dialog")).to_be_visible()
    popout.keyboard.press("Escape")
    popout.keyboard.press(" ")
    expect(popout.get_by_role("button", name="Paused")).to_have_count(0)  # it followed the line, and now the end
    popout.keyboard.press(" ")
    expect(popout.get_by_role("button", name="Paused")).to_be_visible()


def test_a_message_is_followed_until_it_is_in_the_chat(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    twitch.chat("juno", "hello")
    expect(line(popout, "hello")).to_be_visible()
    box = popout.get_by_label("Message", exact=True)

    # Names are completed, Shift+Enter is a new line, Enter sends, and the chat has it.
    box.press_sequentially("hi @ju")
    expect(popout.get_by_role("option", name="juno")).to_be_visible()
    popout.keyboard.press("Tab")
    expect(box).to_have_value("hi @juno ")
    box.press_sequentially("!")
    popout.keyboard.press("Enter")
    expect(line(popout, "hi @juno !").locator(".line__name")).to_have_text("Mira_Plays")
    expect(popout.get_by_text("In the chat")).to_be_visible()
    expect(box).to_have_value("")
    popout.keyboard.press("ArrowUp")
    expect(box).to_have_value("hi @juno !")

    # Twitch took it and did not show it: that is not sent, and can be tried again.
    twitch.drop_next_message("msg_rejected", "Your message is being checked by mods.")
    box.fill("a link")
    popout.keyboard.press("Enter")
    expect(popout.locator(".delivery__state--failed")).to_contain_text("Not delivered")
    expect(popout.locator(".delivery__state--failed")).to_contain_text("Twitch holds the message back")
    expect(line(popout, "a link")).to_have_count(0)
    popout.get_by_role("button", name="Try again").click()
    expect(line(popout, "a link")).to_be_visible()
    expect(popout.locator(".delivery__state--failed")).to_have_count(0)

    # Too long is said before it is sent, counted as Twitch counts.
    box.fill("😀" * 501)
    expect(popout.get_by_text("Twitch takes 500 characters: 1 too many")).to_be_visible()
    expect(popout.get_by_role("button", name="Send")).to_be_disabled()

    # Without a network nothing is lost: the text is back.
    box.fill("is this on?")
    other_browser.set_offline(True)
    popout.keyboard.press("Enter")
    expect(popout.get_by_role("alert")).to_contain_text("Lumio cannot be reached right now.")
    expect(box).to_have_value("is this on?")
    other_browser.set_offline(False)
    popout.keyboard.press("Enter")
    expect(line(popout, "is this on?")).to_be_visible()


@pytest.mark.trial
def test_a_message_that_has_to_wait_says_so(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    box = popout.get_by_label("Message", exact=True)
    for number in range(PACE):
        box.fill(f"number {number}.")
        popout.keyboard.press("Enter")
        expect(line(popout, f"number {number}.")).to_be_visible()

    box.fill("one more")
    popout.keyboard.press("Enter")

    expect(popout.locator(".delivery__state--waiting")).to_contain_text("Goes out in", timeout=15_000)
    expect(box).to_have_value("")
    expect(line(popout, "one more")).to_be_visible(timeout=45_000)
    expect(popout.locator(".delivery__state--confirmed")).to_have_count(1)


@pytest.mark.trial
def test_slow_mode_is_counted_down_in_the_send_box(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    box = popout.get_by_label("Message", exact=True)
    twitch.drop_next_message("msg_slowmode", "You will be able to talk again in 6 seconds.")
    box.fill("too early")
    popout.keyboard.press("Enter")

    countdown = popout.get_by_role("timer")
    expect(countdown).to_have_text(re.compile(r"^Twitch takes the next message in [3-6] s$"))
    expect(popout.get_by_role("button", name="Try again")).to_be_disabled()
    box.fill("written meanwhile")
    snap(popout, "chat-slow")
    expect(popout.get_by_role("button", name="Send")).to_be_disabled()
    popout.keyboard.press("Enter")
    assert twitch.messages() == []

    expect(countdown).to_be_hidden()
    expect(popout.get_by_role("button", name="Try again")).to_be_enabled()
    popout.keyboard.press("Enter")
    expect(line(popout, "written meanwhile")).to_be_visible()


@pytest.mark.trial
def test_the_lines_have_a_size_of_their_own(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    twitch.chat("juno", "hello")
    expect(line(popout, "hello")).to_be_visible()

    def sizes() -> tuple[str, str]:
        """Of what a line says, and of the box below."""
        size = "element => getComputedStyle(element).fontSize"
        return popout.locator(".line__text").evaluate(size), popout.get_by_label("Message", exact=True).evaluate(size)

    before = sizes()
    popout.get_by_title("Settings").click()
    popout.get_by_label("Text size").fill("150")
    snap(popout, "chat-text-size")
    assert sizes() == ("21px", before[1])

    # This browser remembers, unless the address says otherwise.
    popout.reload()
    expect(popout.get_by_label("Text size")).to_have_value("150")
    assert sizes() == ("21px", before[1])
    popout = open_popout(stage, other_browser, *MODERATE, text="200")
    expect(popout.get_by_label("Text size")).to_be_disabled()
    assert sizes()[0] == "28px"


def test_nobody_who_reads_is_moved(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    for number in range(40):
        twitch.chat("tobi_tv", f"line {number}.")
    expect(line(popout, "line 39.")).to_be_in_viewport()

    # The wheel pauses, however little it moves.
    popout.mouse.move(200, 300)
    popout.mouse.wheel(0, -30)
    expect(popout.locator(".chat--paused")).to_be_visible()
    popout.mouse.wheel(0, -400)
    before = where(popout, "line 25.")
    for number in range(40, 74):
        twitch.chat("tobi_tv", f"line {number}.")
    jump = popout.get_by_role("button", name="Paused · 34 new messages · Jump to latest")
    expect(jump).to_be_visible()
    assert where(popout, "line 25.") == before
    jump.click()
    expect(line(popout, "line 73.")).to_be_in_viewport()
    expect(jump).to_be_hidden()

    # So do a key, and work on a line: it stays where it is while it is worked on.
    popout.keyboard.press("k")
    popout.keyboard.press("b")
    before = where(popout, "line 73.")
    for number in range(74, 80):
        twitch.chat("tobi_tv", f"line {number}.")
    expect(popout.get_by_role("button", name="Paused · 6 new messages")).to_be_visible()
    assert where(popout, "line 73.") == before
    expect(popout.get_by_text("Ban tobi_tv?")).to_be_visible()
    popout.keyboard.press("Escape")
    popout.keyboard.press("Escape")
    expect(line(popout, "line 79.")).to_be_in_viewport()

    # Back at the end by scrolling, it follows again.
    popout.mouse.wheel(0, -300)
    expect(popout.locator(".chat--paused")).to_be_visible()
    popout.mouse.wheel(0, 3000)
    twitch.chat("tobi_tv", "the end.")
    expect(line(popout, "the end.")).to_be_in_viewport()


@pytest.mark.trial
def test_a_page_keeps_as_many_lines_as_it_is_asked_to(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *READ, max="40")
    for number in range(50):
        twitch.chat("tobi_tv", f"line {number}.")
    expect(line(popout, "line 49.")).to_be_visible()
    expect(popout.locator(".line")).to_have_count(40)

    # Whoever reads keeps what they read, and is told what there was no room for.
    popout.mouse.move(200, 300)
    popout.mouse.wheel(0, -200)
    expect(popout.locator(".chat--paused")).to_be_visible()
    for number in range(50, 190):
        twitch.chat("tobi_tv", f"line {number}.")
    expect(popout.get_by_role("button", name="Paused · 140 new messages")).to_be_visible()
    expect(popout.locator(".line")).to_have_count(120)
    expect(line(popout, "line 10.")).to_be_attached()
    popout.get_by_role("button", name="Jump to latest").click()
    expect(popout.locator(".line")).to_have_count(40)
    expect(line(popout, "line 189.")).to_be_in_viewport()


@pytest.mark.trial
def test_nothing_is_lost_without_a_connection_and_the_gap_is_marked(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *READ)
    twitch.chat("juno", "before")
    expect(line(popout, "before")).to_be_visible()

    stage.processes["web"].stop()
    expect(popout.get_by_text("Reconnecting…")).to_be_visible()
    for number in range(5):
        twitch.chat("juno", f"meanwhile {number}")
    stage.restart("web")
    expect(line(popout, "meanwhile 4")).to_be_visible(timeout=40_000)
    twitch.chat("juno", "after")

    expect(line(popout, "after")).to_be_visible()
    assert texts(popout) == ["before", *(f"meanwhile {number}" for number in range(5)), "after"]
    expect(popout.get_by_text("Reconnecting…")).to_be_hidden()
    mark = popout.locator(".line--gap")
    expect(mark).to_have_text(re.compile(r"^Not connected from \S+ to \S+ · 5 messages restored$"))
    assert where(popout, "before") < mark.bounding_box()["y"] < where(popout, "meanwhile 0")


@pytest.mark.trial
def test_what_was_too_much_to_be_sent_again_is_fetched_as_far_as_there_is_room(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *READ, max="600")
    twitch.chat("tobi_tv", "before")
    expect(line(popout, "before")).to_be_visible()
    popout.keyboard.press(" ")

    stage.processes["web"].stop()
    stage.inside("tests.e2e.stage.say", 1_400)  # of which the socket brings 1,000
    stage.restart("web")
    expect(popout.locator(".line--gap")).to_contain_text("1,300 messages restored", timeout=40_000)
    twitch.chat("tobi_tv", "after")

    expect(line(popout, "after")).to_be_attached()
    assert texts(popout) == ["before", *(f"missed {number}." for number in range(100, 1_400)), "after"]
    mark = popout.locator(".line--gap")
    expect(mark).to_have_text(re.compile(r"^Some messages from \S+ to \S+ are missing here · 1,300 messages restored$"))


def test_a_page_that_nobody_sees_has_everything_when_it_is_looked_at(stage, twitch, other_browser):
    other_browser.add_init_script("window.requestAnimationFrame = () => 1")  # as in a source that OBS hides
    popout = open_popout(stage, other_browser, *READ)

    for number in range(3):
        twitch.chat("juno", f"line {number}.")

    expect(line(popout, "line 2.")).to_be_visible()
    assert texts(popout) == ["line 0.", "line 1.", "line 2."]


def test_strangers_stay_text_and_in_their_row(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    for text in HOSTILE:
        twitch.chat("juno", text)
    twitch.chat("tobi_tv", "the end.")

    expect(line(popout, "the end.")).to_be_visible()
    assert popout.title() == "Chat · Lumio"
    assert popout.locator(".line__text img, .line__text script").count() == 0
    # Nobody looks like a moderator by writing so.
    assert popout.locator(".line__role").count() == 0
    for size in (SIZE, PHONE, NARROWEST):
        popout.set_viewport_size(size)
        assert overflow(popout) == 0
        assert all(box.bounding_box()["height"] <= 230 for box in popout.locator(".line").all())
        lists = popout.locator(".chat__lines")
        assert lists.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_a_channel_has_one_line_of_the_bar_however_narrow_the_page(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE, size={"width": 200, "height": 400})
    twitch.go_live()
    channel = popout.locator(".channel")
    expect(channel.locator("[data-slot=live]")).to_be_visible()

    assert channel.bounding_box()["height"] == 20


def test_a_finger_has_the_toolbar_by_a_long_press(stage, twitch, phone):
    popout = open_popout(stage, phone, *MODERATE, size=PHONE)
    twitch.chat("nachtfalke", "spam")
    twitch.chat("juno", "hello")
    row = line(popout, "hello")
    expect(row).to_be_visible()
    at = row.bounding_box()
    touch = {
        "pointerType": "touch",
        "isPrimary": True,
        "bubbles": True,
        "clientX": at["x"] + 80,
        "clientY": at["y"] + 5,
    }

    row.locator(".line__name").dispatch_event("pointerdown", touch)
    toolbar = popout.get_by_role("toolbar")
    expect(toolbar).to_be_visible()
    row.locator(".line__name").dispatch_event("pointerup", touch)
    row.locator(".line__name").dispatch_event("click", touch)
    expect(popout.get_by_role("dialog")).to_be_hidden()

    sizes = [button.bounding_box() for button in toolbar.get_by_role("button").all()]
    assert len(sizes) == 5
    assert all(size["width"] >= 44 and size["height"] >= 44 for size in sizes)
    assert overflow(popout) == 0
    toolbar.get_by_role("button", name="Time out").tap()
    popout.get_by_role("button", name="1h").tap()
    expect(row).to_contain_text(f"timed out for 1 hour by {WHO}")
    expect(toolbar).to_have_count(0)
    assert twitch.chat("juno", "nobody hears me") == ""


@pytest.mark.trial
def test_what_stands_out_and_what_is_hidden_is_a_matter_of_taste(stage, twitch, other_browser):
    popout = open_popout(stage, other_browser, *MODERATE)
    twitch.chat("juno", "is there a giveaway?")
    twitch.chat("tobi_tv", "no idea")
    expect(popout.locator(".line")).to_have_count(2)

    popout.get_by_title("Settings").click()
    popout.get_by_label("Words that stand out").fill("giveaway")
    popout.get_by_label("First message ever").uncheck()
    popout.get_by_label("What was taken out is").select_option("hidden")
    popout.get_by_title("Settings").click()

    expect(line(popout, "giveaway")).to_have_class(re.compile("line--is-keyword"))
    expect(popout.locator(".line--is-first")).to_have_count(0)
    act(popout, "no idea", "Delete")
    expect(popout.locator(".line--removed")).to_contain_text(f"deleted by {WHO}")
    expect(popout.get_by_text("no idea")).to_be_hidden()

    # This browser remembers.
    popout.reload()
    expect(line(popout, "giveaway")).to_have_class(re.compile("line--is-keyword"))
    expect(popout.get_by_text("no idea")).to_be_hidden()
