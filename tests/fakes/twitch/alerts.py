"""Alerts: follows, subscriptions, gifts, cheers, raids and so on, with the notices chat makes of them."""

from __future__ import annotations

import random
import uuid

from tests.fakes.server import verb
from tests.fakes.twitch import payloads
from tests.fakes.twitch.cdn import avatar_url
from tests.fakes.twitch.chat import Chat
from tests.fakes.twitch.payloads import Event
from tests.fakes.twitch.state import User
from tests.fakes.twitch.topics import REDEMPTION

TIERS = {"1000": "Tier 1", "2000": "Tier 2", "3000": "Tier 3"}


class Alerts(Chat):
    """Every verb answers with the number of subscriptions its alert went to, notices not counted."""

    def __init__(self) -> None:
        super().__init__()
        self._redemptions: dict[str, Event] = {}

    @verb
    def follow(self, user: str, *, channel: str | None = None) -> int:
        streamer, fan = self._channel(channel), self.state.user(user)
        event = payloads.follow(streamer, fan)
        streamer.followers[fan.id] = event["followed_at"]
        return self.emit("channel.follow", event)

    @verb
    def subscribe(self, user: str, *, tier: str = "1000", prime: bool = False, channel: str | None = None) -> int:
        """A first subscription; Prime shows only in chat's notice."""
        streamer, fan = self._channel(channel), self.state.user(user)
        details = {"sub_tier": tier, "is_prime": prime, "duration_months": 1}
        words = f"{fan.name} subscribed {'with Prime' if prime else f'at {TIERS[tier]}'}."
        self._notice(streamer, fan, "sub", details, words)
        return self.emit("channel.subscribe", payloads.subscribe(streamer, fan, tier, is_gift=False))

    @verb
    def resub(
        self,
        user: str,
        months: int = 2,
        *,
        message: str = "",
        tier: str = "1000",
        streak: int | None = None,
        bought: int = 1,
        channel: str | None = None,
    ) -> int:
        """A shared resubscription; `streak=None` keeps the streak hidden."""
        streamer, fan = self._channel(channel), self.state.user(user)
        details = {
            "cumulative_months": months,
            "duration_months": bought,
            "streak_months": streak,
            "sub_tier": tier,
            "is_prime": False,
            "is_gift": False,
            "gifter_is_anonymous": None,
            **payloads.person("gifter_user", None),
        }
        words = f"{fan.name} subscribed at {TIERS[tier]}. They've subscribed for {months} months!"
        self._notice(streamer, fan, "resub", details, words, text=message)
        event = payloads.resubscription(streamer, fan, tier, text=message, months=months, streak=streak, bought=bought)
        return self.emit("channel.subscription.message", event)

    @verb
    def gift(
        self,
        user: str = "gifter",
        total: int = 1,
        *,
        recipients: list[str] | None = None,
        anonymous: bool = False,
        tier: str = "1000",
        cumulative: int | None = None,
        gift_last: bool = False,
        shuffled: bool = False,
        channel: str | None = None,
    ) -> int:
        """A gift, or a bomb of several: once as a gift and once for every recipient.

        Twitch promises no order between the two: `gift_last` sends the recipients first, `shuffled` anything anywhere.
        """
        streamer = self._channel(channel)
        gifter = None if anonymous else self.state.user(user)
        names = recipients or [f"lucky_{number}" for number in range(1, total + 1)]
        if len(names) != total:
            raise ValueError(f"{len(names)} recipients for {total} gifts")
        lucky = [self.state.user(name) for name in names]
        self._gift_notices(streamer, gifter, lucky, tier, cumulative)
        gift = payloads.subscription_gift(streamer, gifter, total, tier, cumulative)
        subs = [payloads.subscribe(streamer, fan, tier, is_gift=True) for fan in lucky]
        events = [("channel.subscription.gift", gift), *(("channel.subscribe", sub) for sub in subs)]
        if gift_last:
            events.reverse()
        if shuffled:
            random.shuffle(events)
        return sum(self.emit(type, event) for type, event in events)

    def _gift_notices(
        self, streamer: User, gifter: User | None, lucky: list[User], tier: str, cumulative: int | None
    ) -> None:
        giver = gifter.name if gifter else "An anonymous gifter"
        bomb_id = str(uuid.uuid4()) if len(lucky) > 1 else None
        if bomb_id:
            bomb = {"id": bomb_id, "total": len(lucky), "sub_tier": tier, "cumulative_total": cumulative}
            words = f"{giver} is gifting {len(lucky)} {TIERS[tier]} Subs to {streamer.name}'s community!"
            self._notice(streamer, gifter, "community_sub_gift", bomb, words)
        for fan in lucky:
            gift = {
                "duration_months": 1,
                "cumulative_total": None if bomb_id else cumulative,
                **payloads.person("recipient_user", fan),
                "sub_tier": tier,
                "community_gift_id": bomb_id,
            }
            words = f"{giver} gifted a {TIERS[tier]} sub to {fan.name}!"
            self._notice(streamer, gifter, "sub_gift", gift, words)

    @verb
    def cheer(
        self,
        user: str = "cheerer",
        bits: int = 100,
        *,
        message: str | None = None,
        anonymous: bool = False,
        channel: str | None = None,
    ) -> int:
        """Bits with a message; a cheer is a chat message too, as at Twitch."""
        streamer = self._channel(channel)
        fan = None if anonymous else self.state.user(user)
        text = f"Cheer{bits}" if message is None else message
        self._say(streamer, fan or payloads.ANONYMOUS_CHEERER, text, bits=bits)
        return self.emit("channel.cheer", payloads.cheer(streamer, fan, bits, text))

    @verb
    def raid(self, user: str, *, viewers: int = 42, channel: str | None = None) -> int:
        """`user` raids the channel; to raid out, name the streamer as `user` and another channel."""
        source, streamer = self.state.user(user), self._channel(channel)
        details = {
            **payloads.person("user", source),
            "viewer_count": viewers,
            "profile_image_url": avatar_url(self.host, source.login, "70x70"),
        }
        words = f"{viewers} raiders from {source.name} have joined!"
        self._notice(streamer, source, "raid", details, words)
        return self.emit("channel.raid", payloads.raid(source, streamer, viewers))

    @verb
    def shoutout(
        self, other: str, *, viewers: int = 12, moderator: str | None = None, channel: str | None = None
    ) -> int:
        """Show another channel to the viewers; both channels hear of it."""
        streamer, shown = self._channel(channel), self.state.user(other)
        by = self.state.user(moderator) if moderator else streamer
        sent = self.emit("channel.shoutout.create", payloads.shoutout_create(streamer, shown, by, viewers))
        return sent + self.emit("channel.shoutout.receive", payloads.shoutout_receive(shown, streamer, viewers))

    @verb
    def redemption(
        self,
        user: str,
        title: str = "Hydrate!",
        *,
        cost: int = 100,
        text: str = "",
        status: str = "unfulfilled",
        channel: str | None = None,
    ) -> str:
        """A reward is redeemed; its id comes back, for `settle_redemption`."""
        event = payloads.redemption(
            self._channel(channel),
            self.state.user(user),
            str(uuid.uuid4()),
            title=title,
            cost=cost,
            text=text,
            status=status,
        )
        self._redemptions[event["id"]] = event
        self.emit(f"{REDEMPTION}.add", event)
        return event["id"]

    @verb
    def settle_redemption(self, redemption_id: str, *, status: str = "fulfilled") -> int:
        """Fulfil it, or refund it with `canceled`."""
        event = self._redemptions[redemption_id] = self._redemptions[redemption_id] | {"status": status}
        return self.emit(f"{REDEMPTION}.update", event)

    # What only chat tells; the answer counts the notices

    @verb
    def announcement(
        self, user: str, text: str, *, color: str = "PRIMARY", source: str | None = None, channel: str | None = None
    ) -> int:
        return self._told(user, "announcement", {"color": color}, "", text=text, source=source, channel=channel)

    @verb
    def watch_streak(
        self, user: str, streams: int = 5, *, text: str = "", source: str | None = None, channel: str | None = None
    ) -> int:
        details = {"streak_count": streams, "channel_points_awarded": 450}
        words = f"{user} watched {streams} consecutive streams!"
        return self._told(user, "watch_streak", details, words, text=text, source=source, channel=channel)

    @verb
    def bits_badge(self, user: str, tier: int = 1000, *, channel: str | None = None) -> int:
        words = f"{user} just earned a new {tier} Bits badge!"
        return self._told(user, "bits_badge_tier", {"tier": tier}, words, channel=channel)

    @verb
    def continue_gift(self, user: str, *, gifter: str | None = None, channel: str | None = None) -> int:
        """Somebody goes on paying for a gifted subscription; without a gifter it was anonymous."""
        return self._told(user, "gift_paid_upgrade", self._gifter(gifter), f"{user} is continuing.", channel=channel)

    @verb
    def continue_prime(self, user: str, *, tier: str = "1000", channel: str | None = None) -> int:
        return self._told(user, "prime_paid_upgrade", {"sub_tier": tier}, f"{user} is continuing.", channel=channel)

    @verb
    def pay_it_forward(
        self, user: str, *, gifter: str | None = None, recipient: str | None = None, channel: str | None = None
    ) -> int:
        lucky = self.state.user(recipient) if recipient else None
        details = self._gifter(gifter) | payloads.person("recipient_user", lucky)
        return self._told(user, "pay_it_forward", details, f"{user} is paying forward.", channel=channel)

    @verb
    def donate(
        self, user: str, value: int = 1250, *, currency: str = "EUR", places: int = 2, channel: str | None = None
    ) -> int:
        """To charity: `value` with so many decimal places."""
        amount = {"value": value, "decimal_place": places, "currency": currency}
        details = {"charity_name": "Lighthouse Trust", "amount": amount}
        return self._told(user, "charity_donation", details, f"{user} donated.", channel=channel)

    def _gifter(self, login: str | None) -> Event:
        giver = self.state.user(login) if login else None
        return {"gifter_is_anonymous": giver is None, **payloads.person("gifter_user", giver)}

    def _told(
        self,
        user: str,
        kind: str,
        details: Event,
        words: str,
        *,
        text: str = "",
        source: str | None = None,
        channel: str | None = None,
    ) -> int:
        other = self.state.user(source) if source else None
        return self._notice(
            self._channel(channel), self.state.user(user), kind, details, words, text=text, source=other
        )

    def _notice(
        self,
        streamer: User,
        chatter: User | None,
        kind: str,
        details: Event,
        words: str,
        *,
        text: str = "",
        source: User | None = None,
    ) -> int:
        event = payloads.chat_notification(
            streamer,
            chatter,
            kind,
            details,
            message_id=str(uuid.uuid4()),
            system_message=words,
            text=text,
            color=chatter.color if chatter else "",
            source=source,
        )
        return self.emit("channel.chat.notification", event)
