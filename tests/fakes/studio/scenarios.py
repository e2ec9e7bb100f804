"""What the studio's buttons do at Twitch, as a table."""

from __future__ import annotations

import asyncio
import random

from tests.fakes.cast import MODERATOR, STREAMER, VIEWERS
from tests.fakes.studio.scenario import OUTAGE_SECONDS, Scenario
from tests.fakes.twitch import Twitch

ATTACK_SIZE, ATTACK_PACE = 120, 0.05
QUIET_PAUSE = (1.5, 4.0)
#: Steps of a poll or a prediction, and seconds between two steps.
ROUNDS, ROUND_PACE = 5, 1.0

LINES = (
    "good evening everyone",
    "that roof looks great",
    "LUL the sheep again",
    "@mira_plays what is the seed?",
    "first time here, hi!",
    "PogChamp",
    "how many floors will it have?",
    "the light at the top should blink Kappa",
    "brb, tea",
    "this music is so calm",
    "catJAM RainTime",
    "what a lighthouse LilZ https://example.org/lighthouses",
)


def _arrived(deliveries: int, what: str) -> str:
    if deliveries:
        return what
    return f"{what} Nobody is listening, so it reached no one."


def _viewer() -> str:
    return random.choice(list(VIEWERS))


async def quiet_chat(twitch: Twitch) -> str:
    while True:
        user = random.choice([*VIEWERS, MODERATOR])
        twitch.chat(user, random.choice(LINES))
        await asyncio.sleep(random.uniform(*QUIET_PAUSE))


async def follow(twitch: Twitch) -> str:
    fan = f"new_friend_{random.randrange(1000)}"
    return _arrived(twitch.follow(fan), f"{fan} follows.")


async def subscribe(twitch: Twitch) -> str:
    fan = _viewer()
    return _arrived(twitch.subscribe(fan), f"{fan} subscribed.")


async def resub(twitch: Twitch) -> str:
    fan, months = _viewer(), random.randrange(2, 40)
    text = "still the cosiest place PogChamp"
    return _arrived(twitch.resub(fan, months, message=text, streak=months), f"{fan}, month {months}.")


async def cheer(twitch: Twitch) -> str:
    fan, bits = _viewer(), random.choice([1, 100, 150, 1000])
    deliveries = twitch.cheer(fan, bits, message=f"Cheer{bits} for the lighthouse!")
    return _arrived(deliveries, f"{fan} cheered {bits} bits.")


async def gift_bomb(twitch: Twitch) -> str:
    fan = _viewer()
    lucky = [f"lucky_{number}" for number in random.sample(range(1000), 5)]
    return _arrived(twitch.gift(fan, 5, recipients=lucky, shuffled=True), f"{fan} gifted five subscriptions.")


async def raid(twitch: Twitch) -> str:
    viewers = random.randrange(5, 300)
    deliveries = twitch.raid("otter_tv", viewers=viewers)
    for number in range(8):
        twitch.chat(f"otter_fan_{number}", random.choice(("otter raid!", "hello from the otters LUL")))
        await asyncio.sleep(0.15)
    return _arrived(deliveries, f"otter_tv raids with {viewers} viewers.")


async def hype_train(twitch: Twitch) -> str:
    deliveries = twitch.hype_train("begin", contributors={"juno": 500})
    total = 500
    for level in (1, 2, 3):
        for fan in random.sample(list(VIEWERS), 3):
            await asyncio.sleep(ROUND_PACE)
            total += 400
            twitch.cheer(fan, 400, message="choo choo Cheer400")
            twitch.hype_train("progress", level=level, total=total, contributors={"juno": 500, fan: 900})
    await asyncio.sleep(ROUND_PACE)
    twitch.hype_train("end")
    return _arrived(deliveries, "The hype train came to level 3.")


async def poll(twitch: Twitch) -> str:
    deliveries = twitch.poll("begin", title="Which roof?", choices=["Thatch", "Slate", "None at all"])
    votes = [0, 0, 0]
    for _ in range(ROUNDS):
        await asyncio.sleep(ROUND_PACE)
        votes = [count + random.randrange(6) for count in votes]
        twitch.poll("progress", votes=votes)
    twitch.poll("end")
    return _arrived(deliveries, "The poll is over.")


async def prediction(twitch: Twitch) -> str:
    outcomes = ["Yes", "Never"]
    deliveries = twitch.prediction("begin", title="Finished tonight?", outcomes=outcomes)
    points = [0, 0]
    for _ in range(ROUNDS):
        await asyncio.sleep(ROUND_PACE)
        points = [bet + random.randrange(0, 5000, 50) for bet in points]
        twitch.prediction("progress", points=points)
    twitch.prediction("lock")
    await asyncio.sleep(ROUND_PACE)
    twitch.prediction("end", winner=random.choice(outcomes))
    return _arrived(deliveries, "The prediction is decided.")


async def redemption(twitch: Twitch) -> str:
    fan = _viewer()
    redeemed = twitch.redemption(fan, "Build something", cost=500, text="a balcony, please")
    return _arrived(twitch.settle_redemption(redeemed), f"{fan} redeemed a reward.")


async def timeout(twitch: Twitch) -> str:
    fan = _viewer()
    return _arrived(twitch.timeout(fan, 600, reason="caps", moderator=MODERATOR), f"{fan} is silent for ten minutes.")


async def busy_evening(twitch: Twitch) -> str:
    """Everything that makes an evening, one after the other."""
    for part in (hype_train, gift_bomb, raid, poll, prediction):
        await part(twitch)
    return "Hype train, gift bomb, raid, poll and prediction: that was the evening."


async def follow_bots(twitch: Twitch) -> str:
    deliveries = 0
    for number in range(ATTACK_SIZE):
        deliveries += twitch.follow(f"hoss{number:05}_bot")
        await asyncio.sleep(ATTACK_PACE)
    return _arrived(deliveries, f"{ATTACK_SIZE} bots followed.")


async def go_live(twitch: Twitch) -> str:
    return _arrived(twitch.go_live(viewers=random.randrange(5, 60)), "The stream is live.")


async def go_offline(twitch: Twitch) -> str:
    return _arrived(twitch.go_offline(), "The stream is over.")


async def new_title(twitch: Twitch) -> str:
    title = random.choice(("Finishing the lighthouse", "Chatting by the fire", "Exploring the sea"))
    return _arrived(twitch.update_channel(title=title), f"The title is now “{title}”.")


async def token_death(twitch: Twitch) -> str:
    revoked = twitch.revoke_grant(STREAMER)
    return f"Mira disconnected Lumio at Twitch: every token is dead, {revoked} subscriptions revoked."


async def expire_tokens(twitch: Twitch) -> str:
    return f"{twitch.expire_tokens(STREAMER)} access tokens expired early; refreshing still works."


async def outage(twitch: Twitch) -> str:
    twitch.fail("*", status=503, seconds=OUTAGE_SECONDS)
    twitch.drop_socket()
    return f"Twitch answers 503 for {OUTAGE_SECONDS} seconds and dropped every socket."


async def drop_socket(twitch: Twitch) -> str:
    return f"Sockets cut without a word: {twitch.drop_socket()}."


async def reconnect(twitch: Twitch) -> str:
    return f"Sockets asked to move to another server: {twitch.reconnect()}."


SCENARIOS = (
    Scenario(
        "quiet_chat",
        "Twitch",
        "Quiet chat",
        "A line every few seconds, until pressed again.",
        quiet_chat,
        lasting=True,
    ),
    Scenario("follow", "Twitch", "Follow", "Somebody new.", follow),
    Scenario("subscribe", "Twitch", "Subscription", "A first one, Tier 1.", subscribe),
    Scenario("resub", "Twitch", "Resubscription", "With a message and a streak.", resub),
    Scenario("cheer", "Twitch", "Cheer", "Bits with a message.", cheer),
    Scenario("gift_bomb", "Twitch", "Gift bomb", "Five subscriptions at once.", gift_bomb),
    Scenario("raid", "Twitch", "Raid", "Another channel, its viewers in chat.", raid),
    Scenario("redemption", "Twitch", "Channel points", "A reward, redeemed and fulfilled.", redemption),
    Scenario("timeout", "Twitch", "Timeout", "Ten minutes, by a moderator.", timeout),
    Scenario("hype_train", "Twitch", "Hype train", "Three levels of cheers.", hype_train, lasting=True),
    Scenario("poll", "Twitch", "Poll", "Votes come in, then it ends.", poll, lasting=True),
    Scenario("prediction", "Twitch", "Prediction", "Bets, a lock and a winner.", prediction, lasting=True),
    Scenario(
        "busy_evening",
        "Twitch",
        "Busy evening",
        "Hype train, gift bomb, raid, poll, prediction.",
        busy_evening,
        lasting=True,
    ),
    Scenario(
        "follow_bots",
        "Twitch",
        "Follow-bot attack",
        f"{ATTACK_SIZE} follows within seconds.",
        follow_bots,
        lasting=True,
    ),
    Scenario("go_live", "Twitch: the stream", "Go live", "The stream starts.", go_live),
    Scenario("go_offline", "Twitch: the stream", "Go offline", "The stream ends.", go_offline),
    Scenario("new_title", "Twitch: the stream", "New title", "Title changed at Twitch.", new_title),
    Scenario("drop_socket", "Twitch: trouble", "Drop socket", "The connection breaks.", drop_socket),
    Scenario("reconnect", "Twitch: trouble", "Planned reconnect", "Twitch moves its clients.", reconnect),
    Scenario("expire_tokens", "Twitch: trouble", "Token expires early", "The next call is a 401.", expire_tokens),
    Scenario("outage", "Twitch: trouble", "Twitch outage", f"503 for {OUTAGE_SECONDS} seconds.", outage),
    Scenario("token_death", "Twitch: trouble", "Token death", "Mira disconnects Lumio at Twitch.", token_death),
)
