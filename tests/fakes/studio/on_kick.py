"""What the studio's buttons make happen at Kick."""

from __future__ import annotations

from tests.fakes.cast import MODERATOR
from tests.fakes.kick import Kick
from tests.fakes.studio.scenario import Scenario

NOBODY = "Kick delivers nothing yet: connect Kick in Lumio, and enter its webhook URL here."


def _told(deliveries: int, what: str) -> str:
    return what if deliveries else f"{what} {NOBODY}"


async def chat(kick: Kick) -> str:
    before = len(kick.sent())
    message_id = kick.chat("juno", "hello from Kick [emote:37226:KEKW]")
    kick.chat(MODERATOR, "hello juno", reply_to=message_id)
    return _told(len(kick.sent()) - before, "juno says hello, and Otto answers.")


async def follow(kick: Kick) -> str:
    return _told(kick.follow("nachtfalke"), "nachtfalke follows.")


async def subscribe(kick: Kick) -> str:
    return _told(kick.subscribe("lena_lurks", months=4), "lena_lurks subscribes for the fourth month.")


async def gift_bomb(kick: Kick) -> str:
    return _told(kick.gift("juno", ["otto", "pixelpaula", "tobi_tv"]), "juno gifts three subscriptions.")


async def kicks(kick: Kick) -> str:
    return _told(kick.kicks("tobi_tv", 500, message="for the lighthouse"), "tobi_tv sends 500 KICKs.")


async def redeem(kick: Kick) -> str:
    before = len(kick.sent())
    kick.settle_redemption(kick.redeem("quietkat", "Build something", cost=500, text="a balcony, please"))
    return _told(len(kick.sent()) - before, "quietkat redeems a reward, which is accepted.")


async def timeout(kick: Kick) -> str:
    return _told(
        kick.timeout("hoss_bot", 10, reason="caps", moderator=MODERATOR), "hoss_bot is silent for ten minutes."
    )


async def stream(kick: Kick) -> str:
    live = next(iter(kick.state.users.values())).stream is None
    deliveries = kick.go_live(viewers=12) if live else kick.go_offline()
    return _told(deliveries, f"Mira is {'live' if live else 'offline'} at Kick.")


async def forge(kick: Kick) -> str:
    if not kick.webhooks.addresses:
        return NOBODY
    kick.deliver("channel.followed", {"follower": None}, forged=True)
    return "Somebody else than Kick calls the webhook URL."


async def lose_subscriptions(kick: Kick) -> str:
    return f"Subscriptions that Kick ended without a word: {kick.lose_subscriptions()}."


ON_KICK = (
    Scenario("kick_chat", "Kick", "Chat", "A line with an emote, and a reply.", chat, at="kick"),
    Scenario("kick_follow", "Kick", "Follow", "Somebody new.", follow, at="kick"),
    Scenario("kick_subscribe", "Kick", "Subscription", "The fourth month.", subscribe, at="kick"),
    Scenario("kick_gift_bomb", "Kick", "Gift bomb", "Three subscriptions at once.", gift_bomb, at="kick"),
    Scenario("kicks", "Kick", "KICKs", "500 with a message.", kicks, at="kick"),
    Scenario("kick_redeem", "Kick", "Reward", "Redeemed and accepted.", redeem, at="kick"),
    Scenario("kick_timeout", "Kick", "Timeout", "Ten minutes, by a moderator.", timeout, at="kick"),
    Scenario("kick_stream", "Kick", "Go live or offline", "The stream starts or ends.", stream, at="kick"),
    Scenario("kick_forge", "Kick", "Forged delivery", "Signed by somebody else.", forge, at="kick"),
    Scenario("kick_lose", "Kick", "Subscriptions end", "Without a word.", lose_subscriptions, at="kick"),
)
