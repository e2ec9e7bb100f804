"""The bridge page in the browser inside OBS, and in an ordinary one. Chromium plays OBS's browser, with the user agent
and a `window.obsstudio` as obs-browser gives them; beside it runs an OBS that is a stand-in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect

from tests.e2e.conftest import profile
from tests.e2e.people import claim, popout_address, snap
from tests.fakes.obs import Obs
from tests.processes.cluster import Lumio
from tests.processes.process import wait_for

PASSWORD = "Kq7pVn2xW9sLd4Zt"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/127.0.0.0 Safari/537.36"

#: `window.obsstudio` at level 4, which lets a page switch scenes.
STUDIO = """
let scene = "Live";
const output = { streaming: false, recording: false, recordingPaused: false, replaybuffer: false, virtualcam: false };
window.obsstudio = {
  pluginVersion: "2.23.5",
  getControlLevel: (callback) => callback(4),
  getStatus: (callback) => callback(output),
  getCurrentScene: (callback) => callback({ name: scene, width: 1920, height: 1080 }),
  getScenes: (callback) => callback(["Live", "Pause", "Outro"]),
  getTransitions: (callback) => callback(["Cut", "Fade"]),
  getCurrentTransition: (callback) => callback("Cut"),
  setCurrentScene: (name) => {
    scene = document.title = name;
    window.dispatchEvent(new CustomEvent("obsSceneChanged", { detail: { name, width: 1920, height: 1080 } }));
  },
};
"""


#: When the page passed OBS the request to switch the scene, in `window.passedAt`.
WATCH = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  const isForObs = String(this.url).startsWith("ws://127.0.0.1");
  if (isForObs && data.includes("SetCurrentProgramScene")) window.passedAt = Date.now();
  send.call(this, data);
};
"""


@pytest.fixture
def obs() -> Iterator[Obs]:
    with Obs(password=PASSWORD) as stand_in:
        stand_in.set_transition("Cut")
        yield stand_in


@pytest.fixture
def address(lumio: Lumio, page: Page, obs: Obs) -> str:
    """Of the bridge page of an account that has the OBS."""
    claim(page, lumio)
    lumio.inside("tests.e2e.bridge_stage.have_obs", port_of(obs), PASSWORD)
    return lumio.inside("tests.e2e.bridge_stage.address")


@pytest.fixture
def obs_browser(browser: Browser, problems: list[str]) -> Iterator[BrowserContext]:
    """The browser inside OBS."""
    inside = profile(browser, problems, "bridge", user_agent=f"{CHROME} OBS/31.0.0")
    inside.add_init_script(STUDIO)
    yield inside
    inside.close()


def port_of(obs: Obs) -> int:
    return int(obs.url.rpartition(":")[2])


def until_linked(lumio: Lumio, state: str, within: float = 15.0) -> dict[str, Any]:
    """The link once it is in this state."""
    deadline = time.monotonic() + within
    while (link := lumio.inside("tests.e2e.bridge_stage.link")).get("state") != state:
        assert time.monotonic() < deadline, link
        time.sleep(0.1)
    return link


class Traffic:
    """Every frame of every socket of a page, both ways."""

    def __init__(self, page: Page) -> None:
        self.frames: list[str] = []
        self.console: list[str] = []
        page.on("websocket", self._opened)
        page.on("console", lambda message: self.console.append(message.text))

    def _opened(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self.frames.append(str(frame)))
        socket.on("framereceived", lambda frame: self.frames.append(str(frame)))


@pytest.fixture
def opened(lumio: Lumio, address: str, obs_browser: BrowserContext) -> Callable[[], tuple[Page, Traffic]]:
    """Opens the page inside OBS."""

    def open_() -> tuple[Page, Traffic]:
        inside = obs_browser.new_page()
        traffic = Traffic(inside)
        inside.goto(address)
        return inside, traffic

    return open_


def test_it_pairs_and_the_password_is_found_nowhere(lumio, address, opened, obs, page):
    inside, traffic = opened()

    link = until_linked(lumio, "connected")

    assert (link["version"], link["via"], link["is_protected"]) == ("30.1.2", "bridge", True)
    page.goto(f"{lumio.url}/dashboard/connections")
    expect(page.locator("main")).to_contain_text("30.1.2")
    assert any('"op": 1' in frame or '"op":1' in frame for frame in traffic.frames)
    seen = [*traffic.frames, *traffic.console, inside.content(), page.content(), lumio.logs("web")]
    seen += [inside.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")]
    assert [text for text in seen if PASSWORD in text] == []
    assert PASSWORD not in lumio.inside("tests.e2e.bridge_stage.everything_written")
    secret = address.rpartition("/")[2]
    assert secret not in lumio.logs("web")
    assert secret not in inside.content()


def test_inside_obs_nothing_of_it_can_be_seen(opened, lumio):
    inside, _ = opened()
    until_linked(lumio, "connected")

    assert inside.locator("body").inner_text() == ""
    for element in ("html", "body"):
        background = inside.locator(element).evaluate("element => getComputedStyle(element).backgroundColor")
        assert background == "rgba(0, 0, 0, 0)"


def test_a_moderator_switches_the_scene(lumio, opened, obs, obs_browser, other_browser, record_property):
    obs_browser.add_init_script(WATCH)
    inside, _ = opened()
    until_linked(lumio, "connected")
    popout = other_browser.new_page()
    popout.goto(popout_address(lumio, "obs", "settings:read", "obs:edit"))
    pause = popout.get_by_role("button", name="Pause", exact=False).first
    expect(pause).to_be_enabled()

    pause.evaluate(
        "button => button.addEventListener('click', () => (window.clickedAt = Date.now()), { capture: true })"
    )
    pause.click()
    # The page's policy forbids what `wait_for_function` does where it has to wait.
    wait_for(lambda: inside.evaluate("window.passedAt"), seconds=30, what="OBS to be told")

    # Reported and not asserted: how long depends on what else the machine does.
    took = inside.evaluate("passedAt") - popout.evaluate("clickedAt")
    record_property("milliseconds from a click to OBS", took)
    print(f"from a moderator's click to OBS: {took} ms")
    wait_for(lambda: obs.asked("SetCurrentProgramScene"), seconds=30, what="the request")
    assert obs.asked("SetCurrentProgramScene")[0]["requestData"] == {"sceneName": "Pause"}


@pytest.mark.trial
def test_obs_that_was_closed_is_found_again(lumio, opened, obs):
    opened()
    until_linked(lumio, "connected")
    port = port_of(obs)

    obs.stop()
    until_linked(lumio, "limited")
    with Obs(password=PASSWORD).start(port):
        until_linked(lumio, "connected", within=20)


def test_without_its_websocket_server_obs_does_the_little_it_lets_pages(lumio, opened, obs, other_browser):
    obs.stop()
    inside, _ = opened()

    link = until_linked(lumio, "limited")

    assert link["version"] == "31.0.0"
    popout = other_browser.new_page()
    popout.goto(popout_address(lumio, "obs", "settings:read", "obs:edit"))
    pause = popout.get_by_role("button", name="Pause", exact=False).first
    expect(pause).to_be_enabled()
    pause.click()
    scene = "() => new Promise((done) => obsstudio.getCurrentScene(({ name }) => done(name)))"
    wait_for(lambda: inside.evaluate(scene) == "Pause", seconds=30, what="the scene to change")


@pytest.mark.trial
def test_in_an_ordinary_browser_it_says_how_things_are(lumio, address, obs, other_browser, opened):
    outside = other_browser.new_page()
    outside.goto(address)

    expect(outside.get_by_text("way to the programs on this computer")).to_be_visible()
    tool = outside.get_by_role("listitem")
    expect(tool).to_contain_text("Gaming PC")
    expect(tool).to_contain_text("OBS Studio 30.1.2")
    snap(outside, "bridge")

    # One inside OBS comes first, and this one takes over again when that closes.
    inside, _ = opened()
    expect(outside.get_by_text("Another bridge page of this account is open and in use")).to_be_visible()
    inside.close()
    expect(outside.get_by_text("way to the programs on this computer")).to_be_visible()

    obs.stop()
    expect(tool).to_contain_text("Nothing answers at 127.0.0.1")
    snap(outside, "bridge-trouble")

    lumio.inside("tests.e2e.bridge_stage.renew")
    expect(outside.get_by_text("This address no longer works.")).to_be_visible()
    expect(tool).to_have_count(0)


@pytest.mark.trial
def test_an_address_that_leads_nowhere_shows_nothing(lumio, address, other_browser, problems):
    nowhere = other_browser.new_page()

    response = nowhere.goto(address + "x")

    assert response is not None
    assert response.status == 404
    assert nowhere.locator("body").inner_text() == ""


def test_it_comes_back_after_lumio_was_restarted(lumio, opened):
    opened()
    until_linked(lumio, "connected")

    lumio.processes["web"].stop()
    lumio.processes["web"].start()

    until_linked(lumio, "connected", within=30)
