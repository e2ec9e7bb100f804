"""The demo studio: the page, and that its buttons do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from connections.platforms.kick.timing import Timing
from tests.fakes.cast import DISCORD_TOKEN, STREAMER, Stage
from tests.fakes.studio import Studio, elsewhere, on_tools, scenarios
from tests.fakes.studio.elsewhere import ELSEWHERE
from tests.fakes.studio.scenarios import SCENARIOS
from tests.fakes.twitch import Twitch
from tests.processes.process import wait_for

LUMIO = "http://localhost:8000"
BUTTONS = [*SCENARIOS, *ELSEWHERE]
AT_ONCE = [scenario.name for scenario in BUTTONS if not scenario.lasting]
PEOPLE = {"youtube": "miraplays", "kick": "mira-plays", "trovo": "mira_plays", "spotify": "mira31337"}


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage(LUMIO)
    stage.twitch.mount(Studio(stage).routes())
    with ExitStack() as running:
        for stand_in in stage.everything.values():
            running.enter_context(stand_in)
        yield stage


@pytest.fixture
def demo(stage) -> Twitch:
    return stage.twitch


def press(demo: Twitch, name: str) -> dict:
    answer = requests.post(f"{demo.url}/studio/play/{name}", headers={"Accept": "application/json"}, timeout=30)
    assert answer.status_code == 200
    return answer.json()


def test_page_states_the_credentials_and_shows_every_button(stage, demo):
    page = requests.get(f"{demo.url}/studio", timeout=30).text

    apps = [app for platform in stage.platforms.values() for app in platform.state.apps.values()]
    assert len(apps) == 5
    assert DISCORD_TOKEN in page
    for app in apps:
        assert [text for text in (app.client_id, app.client_secret, *app.redirect_uris) if text not in page] == []
    assert 'href="http://localhost:8000/dashboard/start"' in page
    for scenario in BUTTONS:
        assert page.count(f"/studio/play/{scenario.name}'") == 1, scenario.name


def test_page_begins_with_the_scenarios_of_an_evening(demo):
    page = requests.get(f"{demo.url}/studio", timeout=30).text

    first = page.partition("</section>")[0]
    assert re.findall(r"<h2>(.*?)</h2>", first) == ["Scenarios"]
    assert re.findall(r"<b>(.*?)</b>", first) == [
        "Quiet chat",
        "Busy evening",
        "Raid",
        "Gift bomb",
        "Follow-bot attack",
        "Token death",
        "Kick outage",
        "OBS restart",
    ]


def test_page_says_how_the_tools_are_reached(stage, demo):
    page = requests.get(f"{demo.url}/studio", timeout=30).text

    values = (str(stage.obs.port), stage.obs.settings.password, str(stage.streamerbot.port))
    assert [value for value in values if f">{value}</code>" not in page] == []


def test_buttons_have_names_of_their_own():
    assert len({scenario.name for scenario in BUTTONS}) == len(BUTTONS)


@pytest.mark.parametrize(
    ("lumio", "twitch", "spotify"),
    [
        ("http://localhost:8000", "http://localhost:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "http://localhost:8000", "http://127.0.0.1:8000"),
        ("https://lumio.example", "https://lumio.example", "https://lumio.example"),
    ],
)
def test_redirect_uris_spell_loopback_as_each_platform_wants_it(lumio, twitch, spotify):
    stage = Stage(lumio)

    uris = {slug: app.redirect_uris for slug, one in stage.platforms.items() for app in one.state.apps.values()}

    assert uris == {
        **{slug: [f"{twitch}/connections/{slug}/callback"] for slug in ("twitch", "youtube", "kick", "trovo")},
        "spotify": [f"{spotify}/connections/spotify/callback"],
    }


@pytest.mark.parametrize(("file", "type"), [("studio.css", "text/css"), ("studio.js", "text/javascript")])
def test_page_brings_its_own_files(demo, file, type):
    answer = requests.get(f"{demo.url}/studio/{file}", timeout=30)

    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, type)


def test_unknown_files_and_buttons_are_a_404(demo):
    assert requests.get(f"{demo.url}/studio/studio.py", timeout=30).status_code == 404
    assert requests.post(f"{demo.url}/studio/play/dance", timeout=30).status_code == 404


@pytest.mark.parametrize("name", AT_ONCE)
def test_button_without_anybody_listening_says_what_happened(demo, name):
    status = press(demo, name)

    assert len(status["log"]) == 1
    assert status["running"] == []


def test_button_works_without_script(demo):
    answer = requests.post(f"{demo.url}/studio/play/go_live", timeout=30, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/studio")
    assert demo.state.user(STREAMER).stream is not None


def test_the_webhook_url_of_kick_is_entered_here(stage, demo):
    url = "http://localhost:8000/v1/webhooks/kick/x"

    answer = requests.post(f"{demo.url}/studio/webhook", {"url": url}, timeout=30, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/studio")
    assert stage.kick.webhooks.addresses == {stage.kick.client_id: url}


def test_an_overlay_is_opened_by_its_address(demo):
    url = "http://overlay.localhost:8000/overlay/x"

    opened = requests.post(f"{demo.url}/studio/overlay", {"url": url}, timeout=30, allow_redirects=False)
    refused = requests.post(f"{demo.url}/studio/overlay", {"url": "javascript:alert(1)"}, timeout=30)

    assert (opened.status_code, opened.headers["Location"]) == (303, url)
    assert refused.status_code == 400


@pytest.mark.parametrize(("name", "title"), [("quiet_chat", "Quiet chat"), ("follow_bots", "Follow-bot attack")])
def test_lasting_button_runs_until_pressed_again(demo, name, title):
    assert press(demo, name)["running"] == [name]

    status = press(demo, name)

    assert status["running"] == []
    assert [line["sentence"] for line in status["log"]] == [f"{title} stopped.", f"{title} started."]


def test_a_busy_evening_comes_to_its_end_by_itself(demo, monkeypatch):
    monkeypatch.setattr(scenarios, "ROUND_PACE", 0.0)
    press(demo, "busy_evening")

    wait_for(lambda: not studio_status(demo)["running"], seconds=20, what="the end of the evening")

    assert studio_status(demo)["log"][0]["sentence"] == (
        "Hype train, gift bomb, raid, poll and prediction: that was the evening."
    )


def studio_status(demo: Twitch) -> dict:
    return requests.get(f"{demo.url}/studio/status", timeout=30).json()


@pytest.mark.parametrize("name", ["obs_restart", "obs_crash", "streamerbot_restart"])
def test_a_tool_is_away_and_comes_back(stage, demo, monkeypatch, name):
    tool = stage.tools[name.partition("_")[0]]
    monkeypatch.setattr(on_tools, "AWAY_SECONDS", 1.0)
    if tool is stage.obs:
        tool.start_output("stream")

    press(demo, name)

    wait_for(lambda: not tool.is_running, seconds=5, what="the end of the tool")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{tool.url}/_state", timeout=5)
    wait_for(lambda: not studio_status(demo)["running"], seconds=10, what="its return")
    assert requests.get(f"{tool.url}/_state", timeout=5).status_code == 200
    assert stage.obs.state.stream.state == "STOPPED"
    assert "runs again" in studio_status(demo)["log"][0]["sentence"]


def test_pressed_again_the_tool_is_back_at_once(stage, demo):
    press(demo, "obs_restart")
    wait_for(lambda: not stage.obs.is_running, seconds=5, what="the end of OBS")
    away = studio_status(demo)["facts"]["obs"]
    scene = press(demo, "obs_scene")["log"][0]["sentence"]

    status = press(demo, "obs_restart")

    assert (away, scene) == ("closed", "OBS is closed.")
    assert (status["running"], status["facts"]["obs"]) == ([], "connections: 0")
    assert stage.obs.state.now.program == "Live"


def test_status_follows_the_connection(demo):
    demo.issue_tokens(STREAMER, ["bits:read"])
    connected = press(demo, "go_live")
    disconnected = press(demo, "token_death")

    others = dict.fromkeys([*PEOPLE, "obs", "streamerbot"], False)
    assert connected["good"] == {"grant": True, "socket": False, "stream": True, **others}
    assert disconnected["good"] == {"grant": False, "socket": False, "stream": True, **others}


@pytest.mark.parametrize(("slug", "person"), PEOPLE.items())
def test_token_death_elsewhere(stage, demo, slug, person):
    platform = stage.platforms[slug]
    platform.issue_tokens(person, [])
    connected = studio_status(demo)["good"][slug]

    status = press(demo, f"{slug}_token_death")

    assert (connected, status["good"][slug], platform.state.grants) == (True, False, [])
    assert status["log"][0]["sentence"].startswith("Mira disconnected Lumio at ")


def test_outage_elsewhere_is_there_alone(stage, demo):
    press(demo, "kick_outage")

    assert requests.get(f"{stage.kick.url}/public/v1/users", timeout=30).status_code == 503
    assert requests.get(f"{stage.trovo.url}/openplatform/validate", timeout=30).status_code == 400


def test_an_outage_of_kick_lasts_until_lumio_has_looked():
    assert Timing().check < elsewhere.KICK_OUTAGE_SECONDS


def test_reset_bot_token_is_told(stage, demo):
    sentence = press(demo, "reset_token")["log"][0]["sentence"]

    [bot] = stage.discord.api.bots.values()
    assert bot.token != DISCORD_TOKEN
    assert sentence.endswith(bot.token)


def test_outage_spares_the_studio(demo):
    press(demo, "outage")

    assert requests.get(f"{demo.url}/oauth2/validate", timeout=30).status_code == 503
    assert requests.get(f"{demo.url}/studio/status", timeout=30).status_code == 200


def test_demo_runs_a_command_that_finds_it_and_ends_with_it():
    program = (
        "import os, urllib.request as web; "
        "url = os.environ['TWITCH_API_URL'].removesuffix('/helix'); "
        "print(web.urlopen(url + '/studio').status); raise SystemExit(7)"
    )

    started = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-m", "tests.fakes", "--demo", "--port", "0", "--", sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=20,
        env=os.environ | {"LUMIO_URL": "http://localhost:8123"},
    )

    assert run.returncode == 7
    assert run.stdout.startswith("Demo studio: http://127.0.0.1:")
    assert run.stdout.splitlines()[1:] == ["200"]
    assert time.monotonic() - started < 15


def test_sigterm_reaches_the_command():
    program = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); "
        "print('ready', flush=True); signal.pause()"
    )
    command = [sys.executable, "-m", "tests.fakes", "--demo", "--port", "0", "--", sys.executable, "-c", program]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "ready\n" in iter(process.stdout.readline, "")
        process.terminate()

        assert process.wait(timeout=10) == 3


def test_taken_port_is_a_sentence(demo):
    run = subprocess.run(
        [sys.executable, "-m", "tests.fakes", "--port", str(demo.port)], capture_output=True, text=True, timeout=20
    )

    assert run.returncode == 1
    assert run.stdout == (
        f"The simulated Twitch cannot listen on port {demo.port}: Address already in use. Try --port 0.\n"
    )
