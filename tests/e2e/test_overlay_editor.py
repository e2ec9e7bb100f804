"""The overlay editor: an overlay laid out by mouse, by keyboard and by finger, and seen by whoever has its address."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.people import claim, focused, overflow
from tests.e2e.test_accessible import complaints
from tests.e2e.test_accessible import page as page_for_axe  # noqa: F401  a fixture
from tests.overlays import media
from tests.processes.cluster import Lumio

#: Notes which alerts were put onto the page, and which sounds were heard from their beginning.
WATCH = """
window.shown = [];
window.heard = [];
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) if (node.classList?.contains("alert")) window.shown.push(node.dataset.kind);
  }
}).observe(document, { subtree: true, childList: true });
document.addEventListener("playing", ({ target }) => {
  if (target.tagName === "AUDIO" && !target.muted && target.volume > 0) window.heard.push(new URL(target.src).pathname);
}, true);
"""


@pytest.fixture
def stage(lumio: Lumio, page: Page) -> Callable[..., Any]:
    """Calls a function of `editor_stage` inside of Lumio, in which the streamer owns an account."""
    claim(page, lumio)
    return lambda name, *values: lumio.inside(f"tests.e2e.editor_stage.{name}", *values)


def edit(page: Page, lumio: Lumio, path: str) -> None:
    """Open the editor and wait until it can be used, and its preview, too."""
    page.goto(lumio.url + path)
    expect(page.locator("[data-editor][data-ready]")).to_be_visible()
    expect(page.locator("[data-part=preview][data-ready]")).to_be_attached()


def add(page: Page, name: str) -> None:
    page.get_by_role("complementary", name="Layers").get_by_role("button", name="Add").first.click()
    page.get_by_role("button", name=name).click()


def frame(page: Page, name: str) -> Locator:
    """Where a layer is on the canvas."""
    return page.get_by_role("application", name="Canvas").get_by_role("button", name=f"{name}, ")


def rows(page: Page) -> Locator:
    """The layers in the list."""
    return page.get_by_role("listbox", name="Layers").get_by_role("option")


def middle(there: Locator) -> tuple[float, float]:
    box = there.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def text_of_layer(page: Page) -> Locator:
    """The field for what a layer of text says."""
    return page.get_by_role("textbox", name="Text", exact=True)


def scale(page: Page) -> float:
    """Pixels of the screen for one of the overlay."""
    return float(page.locator(".canvas").evaluate("(canvas) => canvas.style.getPropertyValue('--scale')"))


def drag(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + by[0], start[1] + by[1], steps=6)
    page.mouse.up()


def move(page: Page, name: str, dx: int, dy: int) -> None:
    """By so many pixels of the overlay."""
    drag(page, middle(frame(page, name)), (dx * scale(page), dy * scale(page)))


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved").first).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()


def said(page: Page) -> Locator:
    """What a screen reader was told last."""
    return page.locator("[data-part=said]")


def drawn(overlay: Page) -> list[list[Any]]:
    """Type and box of each layer on the public page, the lowest first."""
    return overlay.locator("[data-layer]").evaluate_all(
        """(layers) => layers.map(({ className, style: { left, top, width, height } }) => [
          className.match(/layer--(\\w+)/)[1], ...[left, top, width, height].map((side) => parseInt(side)),
        ])"""
    )


def test_four_layers_by_mouse(lumio: Lumio, stage, page: Page, other_browser: BrowserContext):
    path, address = stage("have")
    edit(page, lumio, path)

    # Put there, moved, made larger, and written on.
    add(page, "Chat box The chat of all platforms")
    move(page, "Chat box", -300, -40)
    add(page, "Follower goal")
    move(page, "Follower goal", 0, 200)
    add(page, "Clock")
    page.get_by_role("button", name="At the top").click()
    page.get_by_role("button", name="At the right edge").click()
    add(page, "Text Whatever you write")
    text_of_layer(page).fill("Back in {{")
    text_of_layer(page).fill("Hello ")
    page.get_by_role("button", name="{{last_follower}}").click()
    drag(page, middle(page.locator("[data-handle=se]")), (100 * scale(page), 40 * scale(page)))
    preview = page.frame_locator("[data-part=preview]")
    expect(preview.locator(".layer--text")).to_contain_text("Hello Nightlight_88")
    expect(rows(page)).to_have_text(["Text", "Clock", "Follower goal", "Chat box"])

    # One step back, and forth again.
    page.get_by_title("Undo: Resize Text").click()
    page.get_by_title("Redo: Resize Text").click()
    expect(page.get_by_role("status").filter(has_text="Not saved yet")).to_be_visible()

    # The list is in the order in which they lie.
    top, third = rows(page).nth(0).bounding_box(), rows(page).nth(2).bounding_box()
    drag(page, (third["x"] + 60, third["y"] + 12), (0, top["y"] - third["y"] - 8))
    expect(rows(page)).to_have_text(["Follower goal", "Text", "Clock", "Chat box"])
    save(page)

    overlay = other_browser.new_page()
    overlay.set_viewport_size({"width": 1280, "height": 720})
    overlay.goto(address)
    expect(overlay.locator("[data-layer]")).to_have_count(4)
    [chat, clock, text, goal] = stage("stored")
    assert drawn(overlay) == [
        ["chat_box", *chat[1:]],
        ["timer", *clock[1:]],
        ["text", *text[1:]],
        ["goal", *goal[1:]],
    ]
    assert clock[1:3] == [1280 - clock[3], 0]
    assert abs(chat[1] - 100) <= 1  # the middle would be at 400
    assert abs(text[3] - 740) <= 2
    expect(overlay.locator(".layer--text")).to_contain_text("Hello")

    # What is saved from now on is seen at once.
    page.get_by_role("option", name="Text").click()
    text_of_layer(page).fill("Good night")
    save(page)
    expect(overlay.locator(".layer--text")).to_have_text("Good night")


def test_four_layers_by_keyboard_alone(lumio: Lumio, stage, page: Page, other_browser: BrowserContext):
    path, address = stage("have")
    edit(page, lumio, path)
    listbox = page.get_by_role("listbox", name="Layers")

    # Each new layer has the keyboard at once.
    for name in ("Chat box The chat of all platforms", "Follower goal", "Clock", "Text Whatever you write"):
        page.get_by_role("complementary", name="Layers").get_by_role("button", name="Add").first.press("Enter")
        page.get_by_role("button", name=name).press("Enter")
        expect(said(page)).to_contain_text("is added.")
    assert focused(page) == "Text, 640 by 80 at 320, 320"

    for _ in range(3):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Alt+Shift+ArrowRight")
    expect(said(page)).to_have_text("650 by 80 at 319, 290")
    page.keyboard.press("PageDown")
    expect(said(page)).to_have_text("Text: place 2 of 4 from the top.")
    assert focused(page) == "Text, 650 by 80 at 319, 290"

    # Back through the layers, and along the list.
    page.keyboard.press("Shift+Tab")
    assert focused(page).startswith("Follower goal, ")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.type("Road to 100")
    listbox.press("End")
    expect(page.get_by_role("option", name="Chat box")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Alt+ArrowUp")
    expect(said(page)).to_have_text("Chat box: place 3 of 4 from the top.")
    page.keyboard.press("h")
    expect(said(page)).to_have_text("Chat box: hidden")
    page.keyboard.press("Home")
    page.keyboard.press("Control+d")
    page.keyboard.press("Delete")
    expect(rows(page)).to_have_text(["Clock", "Text", "Chat box", "Road to 100"])

    # Whatever has the keyboard, steps go back and forth, and it is saved.
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.press("Control+z")
    expect(rows(page)).to_have_count(5)
    page.keyboard.press("Control+Shift+z")
    expect(rows(page)).to_have_count(4)
    page.keyboard.press("Control+s")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()

    overlay = other_browser.new_page()
    overlay.set_viewport_size({"width": 1280, "height": 720})
    overlay.goto(address)
    expect(overlay.locator("[data-layer]")).to_have_count(3)  # one is hidden
    goal, _chat, text, clock = stage("stored")
    assert [goal[0], text] == ["Road to 100", ["Text", 319, 290, 650, 80]]
    assert drawn(overlay) == [["goal", *goal[1:]], ["text", *text[1:]], ["timer", *clock[1:]]]


@pytest.mark.trial
def test_things_stick_are_kept_straight_and_put_back(lumio: Lumio, stage, page: Page):
    path, _address = stage("have_texts", "One", "Two")
    edit(page, lumio, path)

    # To the left edge of the other one, from a few pixels away.
    move(page, "Two", 200, 150)
    move(page, "Two", -196, -20)
    expect(frame(page, "Two")).to_have_attribute("aria-label", "Two, 640 by 80 at 0, 230")
    # Escape takes back what is being dragged.
    x, y = middle(frame(page, "Two"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y + 90, steps=4)
    expect(frame(page, "Two")).not_to_have_attribute("aria-label", "Two, 640 by 80 at 0, 230")
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(frame(page, "Two")).to_have_attribute("aria-label", "Two, 640 by 80 at 0, 230")
    # In proportion with Shift.
    page.keyboard.down("Shift")
    drag(page, middle(page.locator("[data-handle=se]")), (320 * scale(page), 0))
    page.keyboard.up("Shift")
    width, height = map(int, re.findall(r"(\d+) by (\d+)", frame(page, "Two").get_attribute("aria-label"))[0])
    assert abs(width - 960) <= 4
    assert abs(width / height - 8) < 0.1

    # Several at once: by a rubber band, copied, pasted, and locked, after which nothing moves them.
    canvas = page.locator(".canvas").bounding_box()
    drag(page, (canvas["x"] + 4, canvas["y"] + 4), (canvas["width"] - 20, canvas["height"] - 8))
    expect(page.get_by_role("heading", name="2 layers")).to_be_visible()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(rows(page)).to_have_text(["Two 2", "One 2", "Two", "One"])
    page.keyboard.press("l")
    expect(said(page)).to_have_text("2 layers: locked")
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_have_text("It is locked. Unlock it first.")


def test_each_test_alert_is_seen_once_and_heard(lumio: Lumio, stage, page: Page, other_browser: BrowserContext):
    path, address = stage("have_short_alerts")
    other_browser.add_init_script(WATCH)
    overlay = other_browser.new_page()
    overlay.goto(address)
    expect(overlay.locator("[data-layer]")).to_be_attached()
    overlay.mouse.click(5, 5)  # outside of OBS a browser is silent until then
    edit(page, lumio, path)

    page.get_by_role("button", name="Test", exact=True).click()
    menu = page.locator("#tests")
    buttons = menu.locator("[data-kind]")
    kinds = buttons.evaluate_all("(buttons) => buttons.map((button) => button.dataset.kind)")
    wanted = [kind for kind in kinds if kind != "redemption"]  # no variation of a new alert box is for it
    for number, kind in enumerate(wanted, start=1):
        menu.locator(f"[data-kind='{kind}']").click()
        expect(menu.get_by_role("status")).to_contain_text("Test sent")
        overlay.wait_for_function(
            "(number) => shown.length === number && heard.length === number", arg=number, timeout=30_000
        )

    overlay.wait_for_function("() => !document.querySelector('.alert')")
    assert overlay.evaluate("window.shown") == wanted
    assert len(wanted) == 12
    assert all("/sounds/" in sound for sound in overlay.evaluate("window.heard"))


def test_a_variation_is_made_tried_in_the_preview_and_for_real(
    lumio: Lumio, stage, page: Page, other_browser: BrowserContext
):
    path, address = stage("have")
    edit(page, lumio, path)
    add(page, "Follow alerts")

    page.get_by_role("button", name="Add a variation").click()
    variation = page.locator(".variation").nth(1)
    variation.get_by_label("Name", exact=True).fill("Raids")
    variation.get_by_label("Words").fill("{{name}} is here")
    variation.get_by_text("Events").click()
    variation.get_by_label("Follow", exact=True).uncheck()
    variation.get_by_label("Raid", exact=True).check()
    expect(variation.locator("summary").first).to_contain_text("Raids")
    variation.get_by_role("button", name="Preview").click()
    preview = page.frame_locator("[data-part=preview]")
    expect(preview.locator(".alert[data-kind=raid]")).to_contain_text("Test viewer is here")

    # Above the other one, doubled, and one of them thrown away.
    variation.get_by_role("button", name="One up").click()
    expect(page.locator(".variation__name")).to_have_text(["Raids", "Follow"])
    page.locator(".variation").first.get_by_role("button", name="Duplicate").click()
    expect(page.locator(".variation__name")).to_have_text(["Raids", "Raids", "Follow"])
    page.locator(".variation").nth(1).get_by_role("button", name="Delete").click()
    expect(page.locator(".variation__name")).to_have_text(["Raids", "Follow"])
    save(page)

    overlay = other_browser.new_page()
    overlay.goto(address)
    expect(overlay.locator("[data-layer]")).to_be_attached()
    page.locator(".variation").first.get_by_role("button", name="Test").click()
    expect(page.get_by_text("Test sent: Raid.").first).to_be_visible()
    expect(overlay.locator(".alert[data-kind=raid]")).to_contain_text("Test viewer is here", timeout=20_000)


def test_no_more_variations_are_made_than_can_be_saved(lumio: Lumio, stage, page: Page):
    path, _ = stage("have_variations", 49)
    edit(page, lumio, path)
    rows(page).click()
    add_one = page.get_by_role("button", name="Add a variation")
    first = page.locator(".variation").first
    first.locator("summary").click()
    duplicate = first.get_by_role("button", name="Duplicate")

    duplicate.click()

    expect(page.locator(".variation")).to_have_count(50)
    expect(add_one).to_be_disabled()
    expect(duplicate).to_be_disabled()
    save(page)
    page.locator(".variation").nth(1).get_by_role("button", name="Delete").click()
    expect(duplicate).to_be_enabled()
    expect(add_one).to_be_enabled()


@pytest.mark.trial
def test_timers_and_goals_are_worked_from_the_editor(lumio: Lumio, stage, page: Page, other_browser: BrowserContext):
    path, address = stage("have")
    edit(page, lumio, path)

    add(page, "Countdown")
    start = page.get_by_role("button", name="Start")
    expect(start).to_be_disabled()
    expect(page.get_by_text("Works once the layer is saved.")).to_be_visible()
    save(page)
    overlay = other_browser.new_page()
    overlay.goto(address)
    timer = overlay.locator(".layer--timer")
    expect(timer).to_contain_text("5:00")
    start.click()
    expect(page.get_by_text("The timer runs.").last).to_be_visible()
    expect(timer).to_contain_text("4:5")
    page.get_by_role("button", name="Reset").click()
    expect(timer).to_contain_text("5:00")

    add(page, "Follower goal")
    save(page)
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_text("The goal counts from now on.").last).to_be_visible()


def test_a_picture_is_brought_from_the_desktop_and_shown(lumio: Lumio, stage, page: Page):
    path, _address = stage("have")
    edit(page, lumio, path)
    add(page, "Image or video")

    field = page.get_by_role("button", name="None", exact=True)
    field.click()
    files = page.get_by_role("dialog", name="Choose a file: Picture or video")
    expect(files).to_contain_text("No files yet that fit here.")
    wrong = {"name": "Evil.svg", "mimeType": "image/svg+xml", "buffer": media.SVG}
    files.locator("input[type=file]").set_input_files(wrong)
    expect(files.get_by_role("status")).to_contain_text("Evil.svg: SVG files can hold programs")
    picture = {"name": "Wave.png", "mimeType": "image/png", "buffer": media.png()}
    files.locator("input[type=file]").set_input_files(picture)

    # The only one that was brought is what was meant.
    expect(files).to_be_hidden()
    expect(page.get_by_role("button", name="Wave.png")).to_be_visible()
    shown = page.frame_locator("[data-part=preview]").locator(".layer--image img")
    expect(shown).to_have_js_property("naturalWidth", 8)
    save(page)
    page.get_by_role("button", name="Without a file").click()
    expect(shown).to_have_count(0)
    page.get_by_role("button", name="None", exact=True).click()
    files.get_by_role("button", name="Wave.png").click()
    expect(shown).to_have_js_property("naturalWidth", 8)
    expect(page.get_by_role("button", name="Save")).to_be_disabled()


def test_somebody_else_saved_first(lumio: Lumio, stage, page: Page):
    path, _address = stage("have_texts", "One", "Two")
    edit(page, lumio, path)
    conflict = page.get_by_role("dialog", name="Somebody else saved first")

    def say(name: str, text: str) -> None:
        page.get_by_role("option", name=name).click()
        text_of_layer(page).fill(text)

    # Of different layers both stay.
    say("One", "mine")
    stage("write", "Two", "theirs")
    page.keyboard.press("Control+s")
    expect(conflict).to_contain_text("One: changed")
    expect(conflict).to_contain_text("Two: changed")
    conflict.get_by_role("button", name="Keep both").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    assert stage("texts") == ["mine", "theirs"]

    # Of one layer, only one can.
    say("One", "mine again")
    stage("write", "One", "theirs again")
    page.keyboard.press("Control+s")
    expect(conflict).to_contain_text("Both of you changed: One.")
    expect(conflict.get_by_role("button", name="Keep both")).to_be_hidden()
    conflict.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    assert stage("texts") == ["mine again", "theirs"]

    say("One", "not this")
    stage("write", "One", "but this")
    page.keyboard.press("Control+s")
    conflict.get_by_role("button", name="Take what is saved").click()
    expect(text_of_layer(page)).to_have_value("but this")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_title("Undo: Take the saved overlay").click()
    expect(text_of_layer(page)).to_have_value("not this")
    assert stage("texts") == ["but this", "theirs"]


@pytest.mark.trial
def test_it_says_why_nothing_could_be_saved_until_it_could(lumio: Lumio, stage, page: Page):
    path, _address = stage("have_texts", "One")
    edit(page, lumio, path)
    note = page.locator("[data-part=note]")
    page.get_by_role("option", name="One").click()
    text_of_layer(page).fill("mine")

    page.context.set_offline(True)
    page.keyboard.press("Control+s")
    expect(note).to_contain_text("Lumio cannot be reached.")
    page.context.set_offline(False)
    page.keyboard.press("Control+s")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    expect(note).to_be_hidden()
    assert stage("texts") == ["mine"]

    stage("remove")
    text_of_layer(page).fill("too late")
    page.keyboard.press("Control+s")
    expect(note).to_contain_text("Somebody deleted this overlay.")


def test_what_is_not_saved_is_not_lost_by_leaving(lumio: Lumio, stage, page: Page):
    path, _address = stage("have_texts", "One")
    edit(page, lumio, path)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    page.get_by_role("option", name="One").click()
    page.get_by_label("X", exact=True).fill("77")
    page.get_by_role("link", name="All overlays").click()
    page.wait_for_timeout(300)

    assert asked == ["beforeunload"]
    expect(page.get_by_label("X", exact=True)).to_have_value("77")
    save(page)
    page.get_by_role("link", name="All overlays").click()
    page.wait_for_url("**/dashboard/overlays")


@pytest.mark.trial
def test_by_finger_on_a_narrow_screen(lumio: Lumio, stage, page: Page, phone: BrowserContext):
    path, _address = stage("have_texts", "One")
    phone.add_cookies(page.context.cookies(lumio.url))
    small = phone.new_page()
    small.set_viewport_size({"width": 360, "height": 780})
    edit(small, lumio, path)
    for width in (320, 360):
        small.set_viewport_size({"width": width, "height": 780})
        assert overflow(small) == 0
    expect(small.get_by_role("button", name="Test", exact=True)).to_be_visible()

    # Panels lie over the canvas, one at a time.
    panels = small.get_by_role("navigation", name="Panels")
    expect(small.get_by_role("listbox", name="Layers")).to_be_hidden()
    panels.get_by_role("button", name="Layers").tap()
    small.get_by_role("option", name="One").tap()
    panels.get_by_role("button", name="Properties").tap()
    expect(small.get_by_role("listbox", name="Layers")).to_be_hidden()
    small.get_by_label("X", exact=True).fill("40")
    panels.get_by_role("button", name="Properties").tap()
    expect(small.get_by_label("X", exact=True)).to_be_hidden()

    # A finger moves a layer.
    x, y = middle(frame(small, "One"))
    touch = small.context.new_cdp_session(small)

    def finger(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", x, y)
    for step in range(1, 6):
        finger("touchMove", x, y + 10 * step)
    finger("touchEnd")
    expect(frame(small, "One")).not_to_have_attribute("aria-label", "One, 640 by 80 at 40, 0")
    small.wait_for_timeout(300)  # the last of what the finger did may come after the press, and want another one
    small.get_by_role("button", name="Save").tap()
    expect(small.get_by_role("button", name="Save")).to_be_disabled()
    [[name, x, y, *size]] = stage("stored")
    assert [name, x, size] == ["One", 40, [640, 80]]
    assert y > 100


@pytest.mark.trial
def test_nothing_stands_in_anybodys_way(lumio: Lumio, twitch, page_for_axe: Page):  # noqa: F811  the fixture
    claim(page_for_axe, lumio)
    path, _address = lumio.inside("tests.e2e.editor_stage.have", "full")
    found = []
    edit(page_for_axe, lumio, path)
    found += complaints(page_for_axe)
    rows(page_for_axe).filter(has_text="Alert box").click()
    page_for_axe.locator(".variation summary").first.click()
    found += complaints(page_for_axe)
    page_for_axe.get_by_role("button", name="Add").first.click()
    found += complaints(page_for_axe)
    page_for_axe.keyboard.press("Escape")
    page_for_axe.get_by_role("button", name="Keys").click()
    found += complaints(page_for_axe)

    assert "\n".join(found) == ""
