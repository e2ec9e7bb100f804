"""Mira's evening: every platform and tool is a stand-in, all are connected, and an hour of stream has happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import requests
from playwright.sync_api import Browser

from tests.e2e import people
from tests.fakes import wire
from tests.fakes.cast import BOT, MODERATOR, OBS_PASSWORD, STREAMER, VIEWERS, Stage
from tests.fakes.obs import Obs
from tests.fakes.obs.state import Collection
from tests.fakes.streamerbot import StreamerBot
from tests.processes.cluster import Lumio
from tests.processes.process import free_port, wait_for

#: Those that the programs have by themselves: they stand in the pictures.
TOOL_PORTS = {"obs": 4455, "streamerbot": 8080}
OBS_BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/127.0.0.0 Safari/537.36 OBS/31.0.2"
#: How long Mira has been live.
AGO = timedelta(minutes=72)
LOGINS = {"twitch": STREAMER, "youtube": "miraplays", "kick": "mira-plays", "spotify": "mira31337"}
#: The scenes of Mira's OBS from the bottom of its list up, with their sources from the lowest layer up.
SCENES = {
    "Ending": ("Backdrop",),
    "Desk cam": ("Camera",),
    "Be right back": ("Backdrop",),
    "Just Chatting": ("Backdrop", "Camera"),
    "Starting soon": ("Backdrop",),
    "Live": ("Game", "Camera", "Alert box", "Music"),
}


@dataclass
class Evening:
    """`places` has paths, addresses, tokens and a moderator's session by name; `session` is Mira's."""

    lumio: Lumio
    stage: Stage
    places: dict[str, str]
    session: str

    def rewind_music(self) -> None:
        self.stage.spotify.seek(61_000)


@contextmanager
def evening(redis_url: str, browser: Browser) -> Iterator[Evening]:
    """All of it, as long as the pictures are taken."""
    ports = {name: free_port() for name in Stage("").stand_ins}
    addresses = wire.environment(**{name: f"http://127.0.0.1:{port}" for name, port in ports.items()})
    with ExitStack() as running:
        lumio = Lumio(redis_url=redis_url, environment=addresses)
        stage = Stage(lumio.url)
        _dress(stage.obs, stage.streamerbot)
        for name, stand_in in stage.stand_ins.items():
            running.enter_context(stand_in.start(ports[name]))
        for name, tool in stage.tools.items():
            running.enter_context(tool.start(TOOL_PORTS[name]))
        for platform in stage.platforms.values():
            platform.draw_pictures()
        _go_live(stage)
        running.enter_context(lumio)
        session = lumio.inside("tests.e2e.stage.claim", "Mira live", people.EMAIL, people.PASSWORD)
        for slug, login in LOGINS.items():
            [app] = stage.platforms[slug].state.apps.values()
            lumio.inside("tests.e2e.stage.connect", session, slug, app.client_id, app.client_secret, login)
        lumio.inside("tests.pictures.inside.connect_bot", session, "twitch", BOT)
        [channel] = stage.streamelements.state.channels.values()
        jwt = next(iter(channel.jwts))
        places = lumio.inside("tests.pictures.inside.furnish", TOOL_PORTS, OBS_PASSWORD, jwt)
        stage.kick.set_webhook(places["webhook"])
        inside_obs = browser.new_context(user_agent=OBS_BROWSER)
        popout = f"{lumio.url}/popout/events?token={places['events']}"
        for address in (places["bridge"], places["overlay"], popout):
            inside_obs.new_page().goto(address)
        _wait_until_listening(lumio, stage)
        _happen(lumio, stage)
        lumio.inside("tests.pictures.inside.spread")
        yield Evening(lumio, stage, places, session)


def _dress(obs: Obs, streamerbot: StreamerBot) -> None:
    obs.configure(obs_version="31.0.2")
    streamerbot.configure(password=OBS_PASSWORD)
    scenes = Collection()
    for name, sources in SCENES.items():
        scene = scenes.add_scene(name)
        for source in sources:
            scene.add(source)
    scenes.program, scenes.preview = "Live", "Just Chatting"
    for name, kind in (("Backdrop", "image_source"), ("Game", "game_capture"), ("Camera", "v4l2_input")):
        scenes.add_input(name, kind)
    for name in ("Alert box", "Music"):
        scenes.add_input(name, "browser_source")
    scenes.add_input("Mic/Aux", "pulse_input_capture", has_sound=True, db=-3.2)
    scenes.add_input("Desktop Audio", "pulse_output_capture", has_sound=True, db=-12.0)
    scenes.add_input("Intro", "ffmpeg_source", has_sound=True, media="PLAYING", db=-6.0)
    scenes.special |= {"desktop1": "Desktop Audio", "mic1": "Mic/Aux"}
    obs.state.collections[obs.state.collection_name] = scenes
    obs.have_camera()
    obs.set_studio_mode()
    obs.choose_preview("Just Chatting")
    obs.have_stats(availableDiskSpace=220_000.0)
    for name, group in (
        ("Lights: sunset", "Room"),
        ("Lights: storm", "Room"),
        ("Fog machine", "Room"),
        ("Confetti", "Screen"),
        ("Shake the camera", "Screen"),
        ("Read the tip aloud", "Sound"),
    ):
        streamerbot.add_action(name, group=group)


def _go_live(stage: Stage) -> None:
    begun = f"{datetime.now(UTC) - AGO:%Y-%m-%dT%H:%M:%SZ}"
    stage.twitch.go_live(viewers=148)
    stage.youtube.go_live(title="Cosy evening: building a lighthouse", viewers=61, started_ago=AGO.total_seconds())
    stage.kick.go_live(viewers=23)
    for streamer in (stage.twitch.state.user(STREAMER), stage.kick.state.user("mira-plays")):
        streamer.stream.started_at = begun
    for output in ("stream", "record"):
        stage.obs.start_output(output)
    wait_for(lambda: stage.obs.state.record.is_active, seconds=10, what="OBS recording")
    for started in (stage.obs.state.stream, stage.obs.state.record):
        started.since -= AGO.total_seconds()


def _wait_until_listening(lumio: Lumio, stage: Stage) -> None:
    """Beat says for the first time after a minute that it runs: before, the pre-flight check would miss it."""
    wait_for(lambda: requests.get(f"{lumio.url}/readyz", timeout=5).ok, seconds=120, what="having every process")
    stage.twitch.wait_subscribed("channel.raid", "channel.chat.message", timeout=60)
    stage.streamelements.wait_listening(timeout=60)
    wait_for(lambda: stage.youtube.streams() == 1, seconds=60, what="listening at YouTube")
    wait_for(lambda: len(stage.kick.subscriptions()) >= 10, seconds=60, what="subscribing at Kick")


def _happen(lumio: Lumio, stage: Stage) -> None:
    """An hour within seconds, one after the other."""
    twitch, youtube, kick = stage.twitch, stage.youtube, stage.kick
    juno, paula, tobi, kat, falke, lena = VIEWERS
    for moment in (
        lambda: twitch.follow("harbour_hanna"),
        lambda: twitch.subscribe(tobi),
        lambda: twitch.raid("otter_tv", viewers=42),
        lambda: twitch.chat("otter_fan", "hello from the otters!"),
        lambda: twitch.chat(juno, "good evening everyone LUL"),
        lambda: youtube.chat("Nils", "finally made it live"),
        lambda: kick.follow("saltwater_sam"),
        lambda: twitch.chat(paula, "that roof looks great"),
        lambda: kick.chat("saltwater_sam", "is that the third floor already?"),
        lambda: twitch.resub(tobi, 8, message="still the cosiest place", streak=8),
        lambda: twitch.chat(kat, "what a lighthouse PogChamp"),
        lambda: twitch.chat(lena, "@mira_plays what is the seed?", message_id="seed"),
        lambda: youtube.superchat("Keeper Karla", "20.00", "EUR", text="for the lamp at the top"),
        lambda: twitch.chat(MODERATOR, "it is in the panels below the stream", reply_to="seed"),
        lambda: twitch.gift(falke, 5, recipients=["mo_mariner", "tide_tom", "reef_ria", "buoy_bea", "cliff_carl"]),
        lambda: twitch.chat(falke, "enjoy, everybody!"),
        lambda: youtube.chat("Nils", "greetings from the coast"),
        lambda: twitch.chat("cheap_views_24", "best viewers, see my profile", message_id="spam"),
        lambda: twitch.cheer(lena, 100, message="Cheer100 for the lighthouse!"),
        lambda: twitch.delete_message("spam"),
        lambda: kick.chat("saltwater_sam", "the light should blink"),
        lambda: stage.streamelements.tip("Harlan", 25.0, "EUR", "a round of tea for the crew"),
        lambda: kick.subscribe("saltwater_sam"),
        lambda: twitch.chat(juno, "this music is so calm"),
        lambda: youtube.chat("Keeper Karla", "will it have a keeper, too?"),
        lambda: twitch.chat(paula, "how many floors will it have?"),
        lambda: twitch.follow("new_friend_lou"),
    ):
        before = lumio.inside("tests.pictures.inside.count")
        moment()
        wait_for(
            lambda before=before: lumio.inside("tests.pictures.inside.count") > before, seconds=30, what="to be told"
        )
