"""Alerts: follows, subscriptions, gifts, cheers and raids, with the notices chat makes of them."""

from __future__ import annotations

import uuid

from tests.fakes.server import verb
from tests.fakes.twitch import payloads
from tests.fakes.twitch.cdn import avatar_url
from tests.fakes.twitch.chat import Chat
from tests.fakes.twitch.payloads import Event
from tests.fakes.twitch.state import User

TIERS = {"1000": "Tier 1", "2000": "Tier 2", "3000": "Tier 3"}


class Alerts(Chat):
    """Every verb answers with the number of subscriptions its alert went to, notices not counted."""

    @verb
    def follow(self, user: str, *, channel: str | None = None) -> int:
        return self.emit("channel.follow", payloads.follow(self._channel(channel), self.state.user(user)))

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
        channel: str | None = None,
    ) -> int:
        """A gift, or a bomb of several: once as a gift and once for every recipient.

        Twitch promises no order between the two; `gift_last` sends the recipients first.
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

    def _notice(
        self, streamer: User, chatter: User | None, kind: str, details: Event, words: str, *, text: str = ""
    ) -> None:
        event = payloads.chat_notification(
            streamer,
            chatter,
            kind,
            details,
            message_id=str(uuid.uuid4()),
            system_message=words,
            text=text,
            color=chatter.color if chatter else "",
        )
        self.emit("channel.chat.notification", event)
