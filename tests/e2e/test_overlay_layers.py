"""What layers do with what happens on a stream, on the public page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from benchmarks.overlay import live, open_stream
from tests.e2e.people import claim
from tests.processes.cluster import Lumio

#: What a viewer might call themselves.
TRICK = "<img src=/static/x onerror=document.title=1>"


@pytest.fixture
def happen(lumio: Lumio, page: Page) -> Callable[..., Any]:
    """Calls a function of `layers_stage` inside of Lumio, in which somebody owns an account."""
    claim(page, lumio)
    return lambda name, *values: lumio.inside(f"tests.e2e.layers_stage.{name}", *values)


@pytest.fixture
def source(lumio: Lumio, happen: Callable[..., Any], other_browser: BrowserContext) -> Callable[..., Page]:
    """Opens a new overlay with layers of these types and settings, as OBS has it."""

    def open_(*layers: tuple[str, dict[str, Any]]) -> Page:
        made = happen("overlay_of", layers)
        opened = other_browser.new_page()
        opened.goto(f"{lumio.overlay_url}/overlay/{made['key']}")
        expect(opened.locator(".layer")).to_have_count(len(layers))
        return opened

    return open_


def test_what_strangers_write_is_never_more_than_text(source, happen):
    template = {"kinds": ["follow"], "template": "{{name}}: <b>{{nobody}}</b>"}
    overlay = source(
        ("alert_box", {"variations": [template]}),
        ("chat_box", {}),
        ("event_list", {}),
        ("text", {"text": "<i>{{last_follower}}</i>"}),
    )

    happen("tell", TRICK, "<script>document.title = 2</script>")

    expect(overlay.locator(".alert__text")).to_have_text(f"{TRICK}: <b>{{{{nobody}}}}</b>")
    expect(overlay.locator(".chat-line")).to_have_text(f"{TRICK}: <script>document.title = 2</script>")
    expect(overlay.locator(".event-row__actor")).to_have_text(TRICK)
    expect(overlay.locator(".text__line")).to_have_text(f"<i>{TRICK}</i>")
    assert overlay.locator(".layer :is(img, script, i, b)").count() == 0
    assert overlay.title() == "Lumio"


@pytest.mark.trial
def test_chat_box_leaves_out_commands_and_bots(source, happen):
    overlay = source(("chat_box", {"hide_names": "Nightbot\nmoobot"}), ("chat_box", {"hide_commands": False}))

    happen("tell", "nightbot", "subscribe now")
    happen("tell", "Juno", "!uptime")
    happen("tell", "Juno", "how long is it?")

    expect(overlay.locator(".layer").first.locator(".chat-line")).to_have_text(["Juno: how long is it?"])
    everything = ["nightbot: subscribe now", "Juno: !uptime", "Juno: how long is it?"]
    expect(overlay.locator(".layer").last.locator(".chat-line")).to_have_text(everything)


def test_what_is_taken_out_while_it_is_held_back_is_never_seen(source, happen, lumio):
    overlay = source(("chat_box", {"hold_back": 5}), ("chat_box", {}))
    held, at_once = overlay.locator(".layer").first.locator(".chat"), overlay.locator(".layer").last.locator(".chat")
    overlay.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver((changes) => {
            for (const { addedNodes } of changes) window.seen.push(...Array.from(addedNodes, (one) => one.innerText));
          }).observe(document.querySelector(".chat"), { childList: true });
        }"""
    )

    happen("tell", "Cleo", "something awful", "awful")
    expect(at_once).to_have_text("Cleo: something awful")
    lumio.inside("tests.e2e.overlay_stage.remove", "awful")
    expect(at_once).to_have_text("")
    happen("tell", "Juno", "what did she say?")

    expect(held).to_have_text("Juno: what did she say?")
    assert overlay.evaluate("window.seen") == ["Juno: what did she say?"]


@pytest.mark.trial
def test_chat_box_is_empty_when_nobody_writes(source, happen):
    overlay = source(("chat_box", {"hide_after": 3}))

    happen("tell", "Juno", "good night")

    expect(overlay.locator(".chat-line")).to_have_text("Juno: good night")
    expect(overlay.locator(".chat-line")).to_have_count(0)


@pytest.mark.trial
def test_countdown_runs_by_the_server_s_clock_until_it_is_stopped(source, happen):
    overlay = source(("timer", {"seconds": 600, "before": "Back in"}))
    time = overlay.locator(".timer__time")
    expect(time).to_have_text("10:00")

    happen("set_timer", "start")
    expect(time).to_have_text(re.compile(r"9:5\d"))
    overlay.evaluate("() => { const now = Date.now; Date.now = () => now() - 300_000; }")  # the computer's is set
    overlay.wait_for_timeout(2_000)
    expect(time).to_have_text(re.compile(r"9:5\d"))
    happen("set_timer", "stop")
    happen("set_timer", "reset")

    expect(time).to_have_text("10:00")
    expect(overlay.locator(".timer__before")).to_have_text("Back in")


@pytest.mark.trial
def test_music_is_seen_while_it_plays_and_a_little_after(lumio, happen, browser):
    page = open_stream(browser, lumio, "now_playing")
    music, title = page.locator(".music"), page.locator(".music__title")

    def plays(state: str, kind: str = "track", name: str = "Lighthouse") -> None:
        item = {
            "kind": kind,
            "title": name,
            "subtitle": "The Fog Signals",
            "image": "",
            "duration_ms": 60_000,
            "link": name,
        }
        data = {"state": state, "item": item, "progress_ms": 30_000}
        page.evaluate("data => send('music', [{ id: 'player', type: 'music.player', data }])", data)

    expect(music).to_have_class("music music--gone")
    plays("playing")
    expect(title).to_have_text("Lighthouse")
    expect(music).to_have_class("music")
    plays("paused")
    expect(music).to_have_class("music music--paused")
    expect(music).to_have_class("music music--paused music--gone")
    plays("playing", name="Harbour")
    expect(title).to_have_text("Harbour")
    expect(music).to_have_class("music")
    plays("playing", kind="ad", name="Buy this")
    expect(music).to_have_class("music music--gone")
    expect(title).to_have_text("Harbour")
    page.close()


def test_alert_falls_silent_at_once_when_alerts_are_muted(lumio, happen, browser):
    page = open_stream(browser, lumio, "alert_box")
    page.mouse.click(5, 5)  # outside of OBS nobody is made to hear what they did not ask for
    page.evaluate("minute()")
    sound = page.locator(".layer audio")
    expect(sound).to_have_js_property("muted", False)

    muted = {"waiting": 0, "current": {"alert": 0}, "muted": True, "paused": False, "version": 1}
    page.evaluate("data => send('alerts', [{ id: 'queue', type: 'alerts.queue', data }])", muted)

    expect(sound).to_have_js_property("muted", True)
    expect(page.locator(".alert")).to_have_count(1)
    page.close()


@pytest.mark.trial
def test_page_keeps_no_more_after_three_quarters_of_an_hour_than_after_one(lumio, happen, browser):
    """tests/long/test_overlay_life.py has the same of eight hours."""
    stream = open_stream(browser, lumio)

    life = live(stream, minutes=45)

    stream.close()
    assert life.late.nodes <= life.early.nodes * 1.2
    assert life.late.heap <= life.early.heap * 1.2
    assert life.late.listeners <= life.early.listeners * 1.2
    assert life.alerts == 45
