"""What the studio's buttons do at YouTube while Mira is live there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.fakes.studio.scenario import Scenario
from tests.fakes.youtube import YouTube

STREAM_ENDS = {"works": "missing", "missing": "works"}


def while_live(play: Callable[[YouTube], str]) -> Callable[[YouTube], Awaitable[str]]:
    """There is a chat only during a stream."""

    async def scenario(youtube: YouTube) -> str:
        try:
            return play(youtube)
        except LookupError:
            return "Mira is not live at YouTube: press Go live first."

    return scenario


async def stream(youtube: YouTube) -> str:
    if youtube.go_offline():
        return "Mira's streams at YouTube are over."
    youtube.go_live(title="Cosy evening: building a lighthouse", viewers=12)
    return "Mira is live at YouTube. Lumio looks once a minute."


async def second_stream(youtube: YouTube) -> str:
    youtube.go_live(title="The same, upright", viewers=3)
    return "One more broadcast runs, with a chat of its own."


def chat(youtube: YouTube) -> str:
    youtube.chat("juno", "hello from YouTube :face-blue-smiling:")
    return "juno says hello."


def superchat(youtube: YouTube) -> str:
    youtube.superchat("juno", "5.00", "EUR", text="for the lighthouse")
    return "juno's Super Chat of 5 euros."


def sticker(youtube: YouTube) -> str:
    youtube.sticker("pixelpaula", "500", "JPY")
    return "pixelpaula's Super Sticker of 500 yen."


def member(youtube: YouTube) -> str:
    youtube.member("tobi_tv")
    youtube.milestone("juno", 12, text="a year already!")
    return "tobi_tv becomes a member, and juno has been one for a year."


def gifts(youtube: YouTube) -> str:
    youtube.gift_memberships("juno", [f"lucky {number}" for number in range(1, 6)])
    return "juno gifts five memberships."


def jewels(youtube: YouTube) -> str:
    youtube.gift("quietkat", 10)
    return "quietkat sends a heart of 10 Jewels."


def timeout(youtube: YouTube) -> str:
    youtube.ban("nachtfalke", 300)
    return "nachtfalke is silent for five minutes."


async def cut(youtube: YouTube) -> str:
    return f"Streams of chat cut without a word: {youtube.cut_streams()}."


async def no_streams(youtube: YouTube) -> str:
    youtube.configure(stream=STREAM_ENDS[youtube.settings.stream])
    youtube.end_streams()
    return f"Chats as a stream: {youtube.settings.stream}."


async def lose_place(youtube: YouTube) -> str:
    youtube.break_tokens()
    youtube.cut_streams()
    return "No page token is good any more, and the streams of chat are cut."


ON_YOUTUBE = tuple(
    Scenario(f"youtube_{name}", "YouTube", title, sentence, play, at="youtube")
    for name, title, sentence, play in (
        ("stream", "Go live or offline", "The stream starts or ends.", stream),
        ("second_stream", "Second stream", "One more broadcast at the same time.", second_stream),
        ("chat", "Chat", "A line.", while_live(chat)),
        ("superchat", "Super Chat", "5 euros with a message.", while_live(superchat)),
        ("sticker", "Super Sticker", "500 yen.", while_live(sticker)),
        ("member", "Members", "A new one, and a milestone.", while_live(member)),
        ("gifts", "Gift bomb", "Five memberships at once.", while_live(gifts)),
        ("jewels", "Gift", "10 Jewels.", while_live(jewels)),
        ("timeout", "Timeout", "Five minutes.", while_live(timeout)),
        ("cut", "Cut streams", "The connections break.", cut),
        ("no_streams", "No streams", "Chats are not streamed; again mends it.", no_streams),
        ("lose_place", "Lose the place", "Page tokens are refused.", lose_place),
    )
)
