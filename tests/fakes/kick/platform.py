"""`Kick`, the stand-in itself: what tests, the demo studio and other processes can make happen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.kick import payloads
from tests.fakes.kick.api import Api
from tests.fakes.kick.moderation import Moderation
from tests.fakes.kick.oauth import OAuth
from tests.fakes.kick.payloads import Event
from tests.fakes.kick.state import KickSettings, Spoken, State, Stream, User
from tests.fakes.kick.webhooks import Sent, Subscription, Webhooks
from tests.fakes.oauth import OAuthStandIn
from tests.fakes.server import verb

REMEMBERED_MESSAGES = 1000
REDEMPTION = "channel.reward.redemption.updated"
APP_BOT = "app_bot"


class Kick(OAuthStandIn[User]):
    """`channel` is the streamer a verb is about, by default the first user that was added.

    Verbs that make an event answer with the number of apps it is delivered to, unless they say otherwise.
    """

    slug = "kick"
    state: State
    settings: KickSettings

    def __init__(self) -> None:
        super().__init__(OAuth(State()))
        self.api = Api(self.state, said=self._echo)
        self.moderation = Moderation(self)
        self.webhooks = Webhooks(self.state)
        self._messages: deque[Event] = deque(maxlen=REMEMBERED_MESSAGES)
        self._redemptions: dict[str, Event] = {}

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [route for part in (self.oauth, self.api, self.moderation, self.webhooks) for route in part.routes()]

    def hang_up(self) -> None:
        self.webhooks.hang_up()

    # The app's settings

    @verb
    def set_webhook(self, url: str, *, client_id: str | None = None) -> None:
        """Turn webhooks on, and enter their URL."""
        self.webhooks.addresses[self._app(client_id).client_id] = url

    @verb
    def turn_webhooks_off(self, *, client_id: str | None = None) -> None:
        """Which also ends every subscription."""
        app = self._app(client_id)
        self.webhooks.addresses.pop(app.client_id, None)
        self._end_subscriptions(client_id=app.client_id)

    @verb
    def subscriptions(self) -> list[Subscription]:
        return list(self.webhooks.subscriptions.values())

    @verb
    def lose_subscriptions(self, *names: str) -> int:
        """Kick ends those to these events, or all, without a word; how many."""
        return self._end_subscriptions(*names)

    @verb
    def refuse_subscription(self, name: str, error: str, *, times: int = 1) -> None:
        """What the next attempts to subscribe to that event are told, within an answer of 200."""
        self.webhooks.errors[name] = (error, times)

    def _end_subscriptions(self, *names: str, client_id: str | None = None) -> int:
        doomed = [
            one
            for one in self.webhooks.subscriptions.values()
            if (not names or one.name in names) and client_id in (None, one.client_id)
        ]
        for one in doomed:
            del self.webhooks.subscriptions[one.id]
        return len(doomed)

    # Chat

    @verb
    def chat(self, user: str, content: str, *, reply_to: str | None = None, channel: str | None = None) -> str:
        """Somebody writes; the message's id, "" from who is silenced. Emotes are written `[emote:37226:KEKW]`."""
        streamer, sender = self._channel(channel), self.state.user(user)
        return "" if streamer.silenced.hold(sender.id) else self._say(streamer, sender, content, reply_to)

    def _echo(self, channel: User, sender_id: str | None, content: str, reply_to: str | None) -> str:
        """What was sent through the API is delivered like everything else."""
        sender = self.state.users[sender_id] if sender_id else self.state.user(APP_BOT)
        return self._say(channel, sender, content, reply_to)

    def _say(self, streamer: User, sender: User, content: str, reply_to: str | None) -> str:
        parent = self.find_message(reply_to)
        message = payloads.message(streamer, sender, content, reply_to=parent)
        self._messages.append(message)
        self.webhooks.notify(streamer.id, "chat.message.sent", message)
        return message["message_id"]

    def find_message(self, message_id: str | None) -> Event | None:
        return next((message for message in self._messages if message["message_id"] == message_id), None)

    @verb
    def messages(self, *, channel: str | None = None) -> list[Event]:
        """What still stands in the chat, oldest first."""
        owner = int(self._channel(channel).id)
        return [message for message in self._messages if message["broadcaster"]["user_id"] == owner]

    # Alerts

    @verb
    def follow(self, user: str, *, channel: str | None = None) -> int:
        return self._tell("channel.followed", channel, payloads.follow(self._channel(channel), self.state.user(user)))

    @verb
    def subscribe(self, user: str, *, months: int = 1, channel: str | None = None) -> int:
        """With more than a month it is a renewal."""
        event = payloads.subscription(self._channel(channel), self.state.user(user), months)
        return self._tell(f"channel.subscription.{'new' if months == 1 else 'renewal'}", channel, event)

    @verb
    def gift(self, user: str, recipients: list[str], *, anonymous: bool = False, channel: str | None = None) -> int:
        giver = None if anonymous else self.state.user(user)
        event = payloads.gifts(self._channel(channel), giver, [self.state.user(name) for name in recipients])
        return self._tell("channel.subscription.gifts", channel, event)

    @verb
    def kicks(self, user: str, amount: int = 100, *, message: str = "", channel: str | None = None) -> int:
        event = payloads.kicks(self._channel(channel), self.state.user(user), amount, message)
        return self._tell("kicks.gifted", channel, event)

    @verb
    def redeem(
        self,
        user: str,
        title: str = "Hydrate!",
        *,
        cost: int = 100,
        text: str = "",
        status: str = "pending",
        channel: str | None = None,
    ) -> str:
        """A reward is redeemed; its id comes back, for `settle_redemption`. One that skips the queue is `accepted`."""
        streamer = self._channel(channel)
        event = payloads.redemption(streamer, self.state.user(user), title, cost=cost, text=text, status=status)
        self._redemptions[event["id"]] = event
        self._tell(REDEMPTION, channel, event)
        return event["id"]

    @verb
    def settle_redemption(self, redemption_id: str, *, status: str = "accepted") -> int:
        """Accept it, or give the points back with `rejected`."""
        event = self._redemptions[redemption_id] = self._redemptions[redemption_id] | {"status": status}
        return self._tell(REDEMPTION, str(event["broadcaster"]["user_id"]), event)

    # Moderation. Kick tells of bans and timeouts, and of nothing else

    @verb
    def delete_message(self, message_id: str) -> None:
        found = self.find_message(message_id)
        if found is None:
            raise LookupError(f"no message {message_id}")
        self._messages.remove(found)

    @verb
    def unban(self, user: str, *, channel: str | None = None) -> None:
        """End a ban or a timeout."""
        self._channel(channel).silenced.pop(self.state.user(user).id, None)

    @verb
    def ban(self, user: str, *, reason: str = "", moderator: str | None = None, channel: str | None = None) -> int:
        return self._ban(user, None, reason, moderator, channel)

    @verb
    def timeout(
        self,
        user: str,
        minutes: int = 10,
        *,
        reason: str = "",
        moderator: str | None = None,
        channel: str | None = None,
    ) -> int:
        return self._ban(user, minutes, reason, moderator, channel)

    def _ban(self, user: str, minutes: int | None, reason: str, moderator: str | None, channel: str | None) -> int:
        streamer, who = self._channel(channel), self.state.user(user)
        by = self.state.user(moderator) if moderator else streamer
        streamer.silenced.begin(who.id, None if minutes is None else minutes * 60)
        for message in self.messages(channel=channel):
            if message["sender"]["user_id"] == int(who.id):
                self._messages.remove(message)
        event = payloads.ban(streamer, by, who, reason=reason, minutes=minutes)
        return self._tell("moderation.banned", channel, event)

    # The stream

    @verb
    def go_live(self, *, viewers: int = 7, channel: str | None = None) -> int:
        streamer = self._channel(channel)
        streamer.stream = Stream(payloads.timestamp(), viewers)
        event = payloads.stream_status(streamer, started_at=streamer.stream.started_at)
        return self._tell("livestream.status.updated", channel, event)

    @verb
    def go_offline(self, *, channel: str | None = None) -> int:
        streamer = self._channel(channel)
        started_at = streamer.stream.started_at if streamer.stream else payloads.timestamp()
        streamer.stream = None
        event = payloads.stream_status(streamer, started_at=started_at)
        return self._tell("livestream.status.updated", channel, event)

    @verb
    def update_channel(
        self, *, title: str | None = None, category_name: str | None = None, channel: str | None = None
    ) -> int:
        streamer = self._channel(channel)
        streamer.title = streamer.title if title is None else title
        streamer.category_name = streamer.category_name if category_name is None else category_name
        return self._tell("livestream.metadata.updated", channel, payloads.stream_update(streamer))

    # Delivering

    def _tell(self, name: str, channel: str | None, event: Event) -> int:
        return self.webhooks.notify(self._channel(channel).id, name, event)

    @verb
    def emit(self, name: str, event: Event, *, channel: str | None = None) -> int:
        """Any event, any body, to who subscribed to it."""
        return self._tell(name, channel, event)

    @verb
    def deliver(
        self,
        name: str,
        event: Any,
        *,
        id: str | None = None,
        age: float = 0.0,
        forged: bool = False,
        subscribed: str | None = None,
        client_id: str | None = None,
    ) -> str:
        """Call the app's address whatever is subscribed to; the id of the delivery. Text as `event` is sent as it is.

        `age` is how many seconds old it is, `forged` has somebody else sign it, and `subscribed` names the event under
        whose subscription it goes, by default that of its name; where there is none, one that nobody has.
        """
        app = self._app(client_id)
        under = next(
            (
                one
                for one in self.webhooks.subscriptions.values()
                if one.name == (subscribed or name) and one.client_id == app.client_id
            ),
            None,
        )
        url = self.webhooks.addresses[app.client_id]
        delivery = self.webhooks.signed(name, event, url=url, subscription=under, id=id, age=age, forged=forged)
        self.webhooks.send(delivery)
        return delivery.id

    @verb
    def duplicate_last(self) -> str:
        """The last delivery goes out once more, the same to the last byte."""
        last = self.webhooks.sent[-1]
        self.webhooks.send(Sent(last.type, last.id, last.url, last.headers, last.body))
        return last.id

    @verb
    def sent(self) -> list[Sent]:
        """All deliveries so far, each with what was answered to it."""
        return list(self.webhooks.sent)

    # Looking on

    @verb
    def drop_next_message(self) -> None:
        """The next message is answered 200 and not sent."""
        self.api.drops += 1

    @verb
    def spoken(self) -> list[Spoken]:
        """What was said through the API, oldest first."""
        return list(self.api.spoken)
