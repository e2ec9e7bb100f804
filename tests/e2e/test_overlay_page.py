"""Overlays in the browser inside OBS. Chromium plays it, with its user agent and the events that obs-browser sends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import profile
from tests.e2e.people import claim
from tests.processes.cluster import Lumio

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/127.0.0.0 Safari/537.36"
STAGE = "tests.e2e.overlay_stage"

#: Has the page think that it is hidden where `window.isHidden`, and keeps the words of every alert in `window.shown`.
EYES = """
window.isHidden = false;
Object.defineProperty(Document.prototype, "visibilityState", { get: () => (window.isHidden ? "hidden" : "visible") });
window.shown = [];
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) if (node.classList?.contains("alert")) window.shown.push(node.innerText.trim());
  }
}).observe(document, { subtree: true, childList: true });
"""
SEEN = """(isSeen) => {
  window.isHidden = !isSeen;
  document.dispatchEvent(new Event("visibilitychange"));
  for (const [name, detail] of [["Visible", { visible: isSeen }], ["Active", { active: isSeen }]])
    window.dispatchEvent(new CustomEvent(`obsSource${name}Changed`, { detail }));
}"""


@pytest.fixture
def obs(browser: Browser, problems: list[str]) -> Iterator[BrowserContext]:
    """The browser inside OBS, with a source of the overlay's size."""
    size: Any = {"width": 640, "height": 360}
    inside = profile(browser, problems, "overlay", user_agent=f"{CHROME} OBS/31.0.0", viewport=size)
    inside.add_init_script(EYES)
    yield inside
    inside.close()


@pytest.fixture
def stage(lumio: Lumio, page: Page) -> Callable[..., Any]:
    """Calls a function of `overlay_stage` inside of Lumio, in which somebody owns an account."""
    claim(page, lumio)
    return lambda name, *values: lumio.inside(f"{STAGE}.{name}", *values)


@pytest.fixture
def opened(lumio: Lumio, obs: BrowserContext, stage: Callable[..., Any]) -> Callable[[str], Page]:
    """Opens an overlay in OBS and waits until it is connected."""

    def open_(path: str) -> Page:
        before = len(stage("connected"))
        source = obs.new_page()
        source.goto(f"{lumio.overlay_url}{path}")
        until(lambda: len(stage("connected")) == before + 1, "a source more")
        return source

    return open_


def until(condition: Callable[[], Any], what: str, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.2)


def shown(source: Page) -> list[str]:
    """The names in the alerts that were shown, in order."""
    return [text.split("\n")[0] for text in source.evaluate("window.shown")]


def follows(count: int, word: str = "viewer") -> list[str]:
    return [f"{word}_{number}" for number in range(count)]


# --- The page ---------------------------------------------------------------------------------------------------------


def test_only_the_layers_can_be_seen(stage, opened):
    source = opened(stage("have_overlay", [["text", {"text": "Back soon"}]]))

    expect(source.locator("body")).to_have_text("Back soon", use_inner_text=True)
    for element in ("html", "body", ".stage"):
        background = source.locator(element).evaluate("element => getComputedStyle(element).backgroundColor")
        assert background == "rgba(0, 0, 0, 0)"
    assert source.evaluate("document.cookie") == ""


def test_custom_css_of_obs_works(stage, opened):
    source = opened(stage("have_overlay", [["text", {"text": "Back soon"}]]))
    expect(source.locator(".layer--text")).to_be_visible()

    # As obs-browser does it, after the page has loaded.
    source.evaluate(
        """() => {
          const style = document.createElement("style");
          style.textContent = ".layer--text { color: rgb(1, 2, 3) !important; }";
          document.head.append(style);
        }"""
    )

    expect(source.locator(".layer--text")).to_have_css("color", "rgb(1, 2, 3)")


@pytest.mark.trial
def test_it_fills_a_source_of_any_size_or_as_the_address_says(stage, opened):
    path = stage("have_overlay", [["text", {"text": "Back soon"}]])
    source = opened(path)
    source.set_viewport_size({"width": 1280, "height": 720})

    expect(source.locator(".stage")).to_have_css("transform", "matrix(2, 0, 0, 2, 0, 0)")
    scaled = opened(f"{path}?scale=0.5")
    expect(scaled.locator(".stage")).to_have_css("transform", "matrix(0.5, 0, 0, 0.5, 0, 0)")


def test_what_is_saved_is_shown_at_once_and_without_loading_again(stage, opened):
    source = opened(stage("have_overlay", [["text", {"text": "Before"}]]))
    source.evaluate("window.isTheSame = true")
    expect(source.locator(".stage")).to_have_text("Before")

    stage("write", "After")

    expect(source.locator(".stage")).to_have_text("After", timeout=3_000)
    assert source.evaluate("window.isTheSame")


def test_layers_that_stay_go_on_with_what_they_have(stage, opened):
    """A text, a chat with a message in it and another text: the chat comes to the top, the first text is hidden."""
    texts = [("text", {"text": word}) for word in ("one", "two")]
    source = opened(stage("have_overlay", [texts[0], ["chat_box", {}], texts[1]]))
    stage("chat", "still here", "m1")
    expect(source.get_by_text("still here")).to_be_visible()
    source.evaluate("document.querySelector('.layer--chat_box').isTheSame = true")

    stage("arrange", ["text 3", "chat_box 2"], ["text 1"])

    layers = source.locator(".stage > .layer")
    expect(layers).to_have_count(2)
    assert layers.first.inner_text().split()[0] == "two"
    assert layers.nth(1).evaluate("layer => layer.isTheSame")
    expect(source.get_by_text("still here")).to_have_count(1)


def test_a_new_key_leaves_nothing_on_air_for_good(stage, opened, lumio):
    source = opened(stage("have_overlay", [["text", {"text": "Secret plans"}]]))
    expect(source.locator(".stage")).to_have_text("Secret plans")

    stage("rotate")

    expect(source.locator("body")).to_be_empty(timeout=3_000)
    source.wait_for_timeout(1_500)
    assert stage("connected") == []
    assert source.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgba(0, 0, 0, 0)"


@pytest.mark.trial
def test_an_address_that_leads_nowhere_shows_nothing(lumio, stage, obs):
    nowhere = obs.new_page()

    response = nowhere.goto(f"{lumio.overlay_url}/overlay/nothing")

    assert response is not None
    assert response.status == 404
    assert nowhere.locator("body").inner_text() == ""


@pytest.mark.trial
def test_pages_load_again_when_they_are_told_to_and_only_once(stage, opened):
    source = opened(stage("have_overlay", [["text", {"text": "Here"}]]))
    source.evaluate("window.isTheSame = true")

    with source.expect_navigation():
        stage("reload")

    assert source.evaluate("window.isTheSame") is None
    source.evaluate("window.isTheSame = true")
    expect(source.locator(".stage")).to_have_text("Here")
    source.wait_for_timeout(2_000)
    assert source.evaluate("window.isTheSame")


def test_a_removed_message_vanishes(stage, opened):
    source = opened(stage("have_overlay", [["chat_box", {}]]))
    stage("chat", "rude", "m1")
    stage("chat", "kind", "m2")
    expect(source.get_by_text("rude")).to_be_visible()

    stage("remove", "m1")

    expect(source.get_by_text("rude")).to_have_count(0)
    expect(source.get_by_text("kind")).to_be_visible()


@pytest.mark.trial
def test_it_comes_back_after_lumio_was_restarted_with_what_it_missed(stage, opened, lumio):
    source = opened(stage("have_overlay", [["chat_box", {}]]))
    stage("chat", "before", "m1")
    expect(source.get_by_text("before")).to_be_visible()

    lumio.processes["web"].kill()
    stage("chat", "meanwhile", "m2")
    lumio.processes["web"].start()

    expect(source.get_by_text("meanwhile")).to_be_visible(timeout=120_000)  # pauses between tries grow to 30 s
    expect(source.get_by_text("before")).to_have_count(1)


# --- Alerts -----------------------------------------------------------------------------------------------------------


def test_each_alert_is_shown_once_one_after_the_other(stage, opened):
    source = opened(stage("have_alert_box", 1))
    names = follows(3)

    stage("follow", *names)

    until(lambda: [state for _, state in stage("alerts")] == ["played"] * 3, "all were played")
    assert shown(source) == names


def test_two_sources_show_each_alert_once(stage, opened):
    path = stage("have_alert_box", 1)
    sources = [opened(path), opened(path)]
    names = follows(3)

    stage("follow", *names)

    until(lambda: [state for _, state in stage("alerts")] == ["played"] * 3, "all were played")
    assert [shown(source) for source in sources] == [names, names]
    assert stage("plays") == 6


def test_what_somebody_skips_is_gone_at_once(stage, opened):
    source = opened(stage("have_alert_box", 60))
    stage("follow", "kai")
    expect(source.locator(".alert")).to_be_visible()

    stage("skip")

    expect(source.locator(".alert")).to_have_count(0, timeout=2_000)
    assert stage("alerts") == [["kai", "skipped"]]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("all", ["played"] * 10), ("newest", ["passed_over"] * 9 + ["played"]), ("none", ["passed_over"] * 10)],
)
@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.trial)])
def test_alerts_that_come_while_it_is_hidden(stage, opened, policy, expected, seconds):
    stage("on_return", policy)
    source = opened(stage("have_alert_box", 1))
    source.evaluate(SEEN, False)
    until(lambda: stage("connected") == [False], "it is hidden")
    names = follows(10)

    for name in names:
        stage("follow", name)
        time.sleep(seconds / 10)
    assert shown(source) == []
    assert [state for _, state in stage("alerts")] == ["waiting"] * 10
    source.evaluate(SEEN, True)

    until(lambda: [state for _, state in stage("alerts")] == expected, "as the account wants it", 60)
    assert shown(source) == [name for name, state in zip(names, expected, strict=True) if state == "played"]


def test_an_alert_during_which_lumio_is_killed_is_shown_once_and_the_next_one_too(stage, opened, lumio):
    source = opened(stage("have_alert_box", 4))
    stage("follow", "kai", "mo")
    expect(source.locator(".alert")).to_contain_text("kai")
    until(lambda: stage("plays") == 1, "it has begun")

    lumio.processes["web"].kill()
    expect(source.locator(".alert")).to_have_count(0, timeout=10_000)  # it goes on to its end without Lumio
    lumio.processes["web"].start()

    until(lambda: stage("alerts") == [["kai", "played"], ["mo", "played"]], "both were played", 60)
    assert shown(source) == ["kai", "mo"]
