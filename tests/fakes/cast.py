"""The people and the applications of the demo and of the browser journeys."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.fakes.discord import Discord
from tests.fakes.emotes import Emotes
from tests.fakes.kick import Kick
from tests.fakes.oauth import OAuthStandIn
from tests.fakes.obs import Obs
from tests.fakes.server import StandIn
from tests.fakes.spotify import Spotify
from tests.fakes.streamelements import StreamElements
from tests.fakes.streamerbot import StreamerBot
from tests.fakes.trovo import Trovo
from tests.fakes.twitch import Twitch
from tests.fakes.youtube import YouTube

CLIENT_ID = "demo0client0id0of0lumio0000000"
CLIENT_SECRET = "demo0secret0of0lumio0000000000"
DISCORD_TOKEN = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.demo00.token0of0lumio0000000000000000000000"
OBS_PASSWORD = "demoPassword1234"
STREAMER, BOT, MODERATOR = "mira_plays", "mira_bot", "otto"
VIEWERS = {
    "juno": "#ff7f50",
    "pixelpaula": "#9acd32",
    "tobi_tv": "#1e90ff",
    "quietkat": "",
    "nachtfalke": "#b22222",
    "lena_lurks": "#daa520",
}
LOCALHOST, LOOPBACK = "localhost", "127.0.0.1"


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


@dataclass
class Stage:
    """All platforms, each with a demo application whose redirect URI leads to `lumio`. Mira comes first everywhere."""

    lumio: str
    """Address of Lumio, without a slash at its end."""
    twitch: Twitch = field(default_factory=Twitch)
    youtube: YouTube = field(default_factory=YouTube)
    kick: Kick = field(default_factory=Kick)
    trovo: Trovo = field(default_factory=Trovo)
    spotify: Spotify = field(default_factory=Spotify)
    discord: Discord = field(default_factory=Discord)
    emotes: Emotes = field(default_factory=Emotes)
    streamelements: StreamElements = field(default_factory=StreamElements)
    obs: Obs = field(default_factory=lambda: Obs(OBS_PASSWORD))
    streamerbot: StreamerBot = field(default_factory=StreamerBot)

    def __post_init__(self) -> None:
        set_stage(self.twitch, redirect_uri=self.redirect_uri(self.twitch))
        for platform in (self.youtube, self.kick, self.trovo, self.spotify):
            platform.add_app(redirect_uris=[self.redirect_uri(platform)], name="Lumio demo")
        self.youtube.add_user("miraplays", name="Mira Plays")
        self.youtube.add_user("mirabot", name="Mira's Bot")
        self.youtube.add_user("nochannel", name="Somebody without a channel", has_channel=False)
        self.kick.add_user("mira-plays", name="Mira_Plays", title="Cosy evening: building a lighthouse")
        self.kick.add_user("mira-bot", name="Mira_Bot")
        self.trovo.add_user("mira_plays", name="Mira_Plays", title="Cosy evening: building a lighthouse")
        self.trovo.add_user("mira_bot", name="Mira_Bot")
        self.spotify.add_user("mira31337", name="Mira")
        self.spotify.play("Lighthouse", subtitle="The Fog Signals", duration_ms=180_000)
        self.spotify.queue("Tide Tables", subtitle="Quiet Kat", duration_ms=210_000)
        self.emotes.add("7tv", "catJAM", animated=True)
        self.emotes.add("7tv", "RainTime", animated=True, zero_width=True)
        self.emotes.add("7tv", "lighthouse", channel="twitch:31337")
        self.emotes.add("bttv", "OhMyDog")
        self.emotes.add("ffz", "LilZ")
        self.discord.add_bot("lumio", application="Lumio demo", token=DISCORD_TOKEN)
        self.streamelements.add_channel("Mira_Plays")
        self.streamelements.issue_jwt()
        self.streamerbot.add_action("Light the lighthouse", group="Room")
        self.streamerbot.add_action("Sound the fog horn", group="Room")

    @property
    def stand_ins(self) -> dict[str, StandIn]:
        """By the name that settings and addresses have for them."""
        return {**self.platforms, "discord": self.discord, "streamelements": self.streamelements, "emotes": self.emotes}

    @property
    def tools(self) -> dict[str, Obs | StreamerBot]:
        """What runs beside the stream: no setting has its address, people type it in."""
        return {"obs": self.obs, "streamerbot": self.streamerbot}

    @property
    def everything(self) -> dict[str, StandIn]:
        return {**self.stand_ins, **self.tools}

    @property
    def platforms(self) -> dict[str, OAuthStandIn]:
        """Those that people sign in at."""
        platforms = (self.twitch, self.youtube, self.kick, self.trovo, self.spotify)
        return {platform.slug: platform for platform in platforms}

    def redirect_uri(self, platform: OAuthStandIn) -> str:
        """Where Lumio takes people back; Spotify takes no `localhost`, the others take nothing else."""
        address = urlsplit(self.lumio)
        if address.hostname in (LOCALHOST, LOOPBACK):
            spelling = LOOPBACK if platform is self.spotify else LOCALHOST
            address = address._replace(netloc=address.netloc.replace(address.hostname, spelling))
        return f"{address.geturl()}/connections/{platform.slug}/callback"
