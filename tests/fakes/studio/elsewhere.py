"""What the studio's buttons do beside Twitch: what befalls a connection there."""

from __future__ import annotations

from tests.fakes.discord import Discord
from tests.fakes.kick import Kick
from tests.fakes.oauth import OAuthStandIn
from tests.fakes.server import StandIn
from tests.fakes.spotify import Spotify
from tests.fakes.streamelements import StreamElements
from tests.fakes.studio.on_kick import ON_KICK
from tests.fakes.studio.on_tools import ON_TOOLS
from tests.fakes.studio.on_youtube import ON_YOUTUBE
from tests.fakes.studio.scenario import OUTAGE_SECONDS, Scenario
from tests.fakes.trovo import Trovo
from tests.fakes.youtube import YouTube

#: Lumio looks at its subscriptions every three minutes.
KICK_OUTAGE_SECONDS = 200


def _mira(platform: OAuthStandIn) -> str:
    """Who came first."""
    return next(iter(platform.state.users))


async def token_death(platform: OAuthStandIn) -> str:
    ended = platform.revoke_grant(_mira(platform))
    return f"Mira disconnected Lumio at {type(platform).__name__}: every token is dead, grants ended: {ended}."


async def expire_tokens(platform: OAuthStandIn) -> str:
    expired = platform.expire_tokens(_mira(platform))
    return f"{type(platform).__name__}: {expired} access tokens expired early; refreshing still works."


async def outage(platform: StandIn) -> str:
    platform.fail("*", status=503, seconds=OUTAGE_SECONDS)
    return f"{type(platform).__name__} answers 503 for {OUTAGE_SECONDS} seconds."


async def kick_outage(kick: Kick) -> str:
    kick.fail("*", status=503, seconds=KICK_OUTAGE_SECONDS)
    return f"Kick answers 503 for {KICK_OUTAGE_SECONDS} seconds. Its card shows it at Lumio's next look; Test asks now."


async def empty_quota(youtube: YouTube) -> str:
    youtube.configure(quota=0)
    return "The YouTube quota is used up."


async def full_quota(youtube: YouTube) -> str:
    youtube.configure(quota=10_000)
    return "The YouTube quota is 10,000 units again."


async def break_bot(kick: Kick) -> str:
    kick.configure(bot="works" if kick.settings.bot == "broken" else "broken")
    return f"The app's own bot at Kick: {kick.settings.bot}."


async def half_a_year(spotify: Spotify) -> str:
    return f"Six months are over at Spotify: grants ended: {spotify.end_grant(_mira(spotify))}."


async def rate_limit(spotify: Spotify) -> str:
    spotify.limit(OUTAGE_SECONDS)
    return f"Spotify answers 429 for {OUTAGE_SECONDS} seconds."


async def reset_token(discord: Discord) -> str:
    return f"The bot token was reset at Discord. The new one: {discord.reset_token()}"


async def trovo_chat(trovo: Trovo) -> str:
    trovo.chat("juno", "hello from Trovo")
    return "juno says hello."


async def trovo_spell(trovo: Trovo) -> str:
    trovo.spell("juno", "Winner", num=2, value=500)
    return "juno casts two spells of 500 elixir."


async def trovo_gift_bomb(trovo: Trovo) -> str:
    trovo.gift("juno", ["Otto", "Paula", "Tobi"])
    return "juno gifts three subscriptions."


async def trovo_stream(trovo: Trovo) -> str:
    live = trovo.state.users[_mira(trovo)].stream is None
    if live:
        trovo.go_live(viewers=12)
    else:
        trovo.go_offline()
    return f"Mira is {'live' if live else 'offline'} at Trovo."


async def trovo_drop(trovo: Trovo) -> str:
    return f"Sockets cut without a word: {trovo.drop_socket()}."


async def tip(streamelements: StreamElements) -> str:
    streamelements.tip("Harlan", 12.5, "EUR", "for the lighthouse")
    return "Harlan tipped 12.50 euros."


async def tip_to_approve(streamelements: StreamElements) -> str:
    waiting = [one for one in streamelements.state.channel(None).tips if one["approved"] == "pending"]
    if not waiting:
        streamelements.tip("Nachtfalke", 3, "USD", "may I?", approved="pending")
        return "Nachtfalke's tip waits for a moderator; again allows it."
    for one in waiting:
        streamelements.approve(one["_id"])
    return "A moderator allowed Nachtfalke's tip."


async def drop_tip_sockets(streamelements: StreamElements) -> str:
    cut = streamelements.drop_sockets()
    streamelements.unheard_tip("Juno", 5)
    return f"Sockets cut without a word: {cut}. Meanwhile Juno tips 5 dollars."


async def move_tip_sockets(streamelements: StreamElements) -> str:
    return f"Sockets asked to move to another server: {streamelements.ask_to_move()}."


async def kill_jwt(streamelements: StreamElements) -> str:
    streamelements.kill_jwt()
    streamelements.drop_sockets()
    return f"Every JWT is dead. The new one: {streamelements.issue_jwt()}"


def _sign_in_troubles(at: str, group: str) -> tuple[Scenario, ...]:
    """What can happen wherever people sign in."""
    return (
        Scenario(f"{at}_expire_tokens", group, "Token expires early", "The next call is a 401.", expire_tokens, at=at),
        Scenario(f"{at}_token_death", group, "Token death", f"Mira disconnects Lumio at {group}.", token_death, at=at),
    )


def _outage(at: str, group: str) -> Scenario:
    return Scenario(f"{at}_outage", group, f"{group} outage", f"503 for {OUTAGE_SECONDS} seconds.", outage, at=at)


ELSEWHERE = (
    *ON_TOOLS,
    *ON_YOUTUBE,
    *_sign_in_troubles("youtube", "YouTube"),
    _outage("youtube", "YouTube"),
    Scenario("empty_quota", "YouTube", "No quota left", "Every call is refused.", empty_quota, at="youtube"),
    Scenario("full_quota", "YouTube", "Full quota", "10,000 units a day again.", full_quota, at="youtube"),
    *ON_KICK,
    *_sign_in_troubles("kick", "Kick"),
    Scenario("kick_outage", "Kick", "Kick outage", f"503 for {KICK_OUTAGE_SECONDS} seconds.", kick_outage, at="kick"),
    Scenario("break_bot", "Kick", "Bot trouble", "A 500 for bots; again mends it.", break_bot, at="kick"),
    Scenario("trovo_chat", "Trovo", "Chat", "A line.", trovo_chat, at="trovo"),
    Scenario("trovo_spell", "Trovo", "Spell", "Two of 500 elixir.", trovo_spell, at="trovo"),
    Scenario("trovo_gift_bomb", "Trovo", "Gift bomb", "Three subscriptions at once.", trovo_gift_bomb, at="trovo"),
    Scenario("trovo_stream", "Trovo", "Go live or offline", "The stream starts or ends.", trovo_stream, at="trovo"),
    Scenario("trovo_drop", "Trovo", "Drop socket", "The connection breaks.", trovo_drop, at="trovo"),
    *_sign_in_troubles("trovo", "Trovo"),
    _outage("trovo", "Trovo"),
    *_sign_in_troubles("spotify", "Spotify"),
    _outage("spotify", "Spotify"),
    Scenario("half_a_year", "Spotify", "Half a year later", "Spotify ends the consent.", half_a_year, at="spotify"),
    Scenario("rate_limit", "Spotify", "Too many calls", f"429 for {OUTAGE_SECONDS} seconds.", rate_limit, at="spotify"),
    Scenario("tip", "StreamElements", "Tip", "12.50 euros with a message.", tip, at="streamelements"),
    Scenario(
        "tip_to_approve",
        "StreamElements",
        "Moderated tip",
        "Waits; pressed again, it is allowed.",
        tip_to_approve,
        at="streamelements",
    ),
    Scenario(
        "drop_tip_sockets",
        "StreamElements",
        "Drop socket",
        "The connection breaks, and a tip comes meanwhile.",
        drop_tip_sockets,
        at="streamelements",
    ),
    Scenario(
        "move_tip_sockets", "StreamElements", "Planned reconnect", "Astro moves.", move_tip_sockets, at="streamelements"
    ),
    _outage("streamelements", "StreamElements"),
    Scenario("kill_jwt", "StreamElements", "JWT dies", "A new one is in the log.", kill_jwt, at="streamelements"),
    _outage("emotes", "Emotes"),
    Scenario("reset_token", "Discord", "Reset token", "The bot token in use dies.", reset_token, at="discord"),
    _outage("discord", "Discord"),
)
