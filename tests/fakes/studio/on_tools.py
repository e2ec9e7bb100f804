"""What the studio's buttons do to the tools beside the stream: what Mira does in OBS, and what befalls it."""

from __future__ import annotations

import asyncio

from tests.fakes.obs import Obs
from tests.fakes.server import StandIn
from tests.fakes.streamerbot import StreamerBot
from tests.fakes.studio.scenario import Scenario

#: How long a tool stays closed.
AWAY_SECONDS = 8.0


async def _be_away(tool: StandIn) -> None:
    """Nothing listens on its port meanwhile. Stopped early, it is back at once."""
    tool.stop()
    try:
        await asyncio.sleep(AWAY_SECONDS)
    finally:
        tool.start()


async def restart_obs(obs: Obs) -> str:
    closed = obs.quit()
    await _be_away(obs)
    return f"OBS runs again. Connections it had closed: {closed}."


async def crash_obs(obs: Obs) -> str:
    cut = obs.crash()
    await _be_away(obs)
    return f"OBS runs again. Connections that broke off without a word: {cut}."


async def switch_scene(obs: Obs) -> str:
    if not obs.is_running:
        return "OBS is closed."
    scene = "Pause" if obs.state.now.program == "Live" else "Live"
    obs.switch(scene)
    return f"OBS shows {scene}."


async def stream(obs: Obs) -> str:
    if not obs.is_running:
        return "OBS is closed."
    if obs.state.stream.is_active:
        obs.stop_output("stream")
        return "OBS stops streaming."
    obs.start_output("stream")
    return "OBS starts streaming."


async def broadcast(streamerbot: StreamerBot) -> str:
    told = streamerbot.broadcast({"event": "Lighthouse", "message": "The light is on."})
    return "Streamer.bot broadcasts that the light is on." if told else "Nobody takes the events of Streamer.bot."


async def restart_streamerbot(streamerbot: StreamerBot) -> str:
    cut = streamerbot.drop_sockets()
    await _be_away(streamerbot)
    return f"Streamer.bot runs again. Connections it had closed: {cut}."


_AWAY = f"Back after {AWAY_SECONDS:.0f} seconds."

ON_TOOLS = (
    Scenario("obs_restart", "OBS", "OBS restart", f"Closed. {_AWAY}", restart_obs, lasting=True, at="obs"),
    Scenario("obs_crash", "OBS", "OBS crash", f"Gone without a word. {_AWAY}", crash_obs, lasting=True, at="obs"),
    Scenario("obs_scene", "OBS", "Switch scene", "Between Live and Pause.", switch_scene, at="obs"),
    Scenario("obs_stream", "OBS", "Start or stop streaming", "As Mira does in OBS.", stream, at="obs"),
    Scenario(
        "streamerbot_broadcast", "Streamer.bot", "Broadcast", "A custom event with a text.", broadcast, at="streamerbot"
    ),
    Scenario(
        "streamerbot_restart",
        "Streamer.bot",
        "Streamer.bot restart",
        f"Closed. {_AWAY}",
        restart_streamerbot,
        lasting=True,
        at="streamerbot",
    ),
)
