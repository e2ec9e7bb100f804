"""The people and the application of the demo and of the browser journeys."""

from __future__ import annotations

from tests.fakes.twitch import Twitch

CLIENT_ID = "demo0client0id0of0lumio0000000"
CLIENT_SECRET = "demo0secret0of0lumio0000000000"
STREAMER, BOT, MODERATOR = "mira_plays", "mira_bot", "otto"
VIEWERS = {
    "juno": "#ff7f50",
    "pixelpaula": "#9acd32",
    "tobi_tv": "#1e90ff",
    "quietkat": "",
    "nachtfalke": "#b22222",
    "lena_lurks": "#daa520",
}


def set_stage(twitch: Twitch, *, redirect_uri: str) -> None:
    """Register the demo application; a streamer, their bot, a moderator and some viewers arrive."""
    twitch.add_app(CLIENT_ID, CLIENT_SECRET, redirect_uris=[redirect_uri], name="Lumio demo")
    twitch.add_user(
        STREAMER,
        id="31337",
        name="Mira_Plays",
        color="#9147ff",
        email="mira@example.org",
        broadcaster_type="affiliate",
        title="Cosy evening: building a lighthouse",
        category_id="27471",
        category_name="Minecraft",
        tags=["English", "Cosy"],
    )
    twitch.add_user(BOT, id="31338", name="Mira_Bot", color="#00a37a")
    twitch.add_user(MODERATOR, name="Otto", color="#2e8b57")
    twitch.make_moderator(MODERATOR)
    for login, color in VIEWERS.items():
        twitch.add_user(login, color=color)
