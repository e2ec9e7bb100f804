"""`Twitch`, the stand-in itself: what tests, the demo studio and other processes can make happen."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from aiohttp import web

from tests.fakes.server import StandIn, verb
from tests.fakes.twitch import payloads
from tests.fakes.twitch.eventsub import EventSub
from tests.fakes.twitch.gate import Gate
from tests.fakes.twitch.helix import Helix
from tests.fakes.twitch.oauth import OAuth
from tests.fakes.twitch.payloads import Event
from tests.fakes.twitch.sessions import Session
from tests.fakes.twitch.state import App, State, Stream, TwitchSettings, User, random_token

REMEMBERED_MESSAGES = 1_000
HTTP_TIMEOUT = 10
TIERS = {"1000": "Tier 1", "2000": "Tier 2", "3000": "Tier 3"}


class Twitch(StandIn):
    """People are named by login or id, and made up when nobody has that login yet.

    `channel` is the streamer, by default the first user that was added. Verbs that send an event
    answer with the number of subscriptions it went to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        gate = Gate(self.state)
        self.oauth = OAuth(self.state)
        self.helix = Helix(self.state, gate, said=self._echo, updated=self._announce_update)
        self.eventsub = EventSub(self.state, gate)
        self._said: deque[Event] = deque(maxlen=REMEMBERED_MESSAGES)

    @property
    def settings(self) -> TwitchSettings:
        return self.state.settings

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [*self.oauth.routes(), *self.helix.routes(), *self.eventsub.routes()]

    def hang_up(self) -> None:
        self.eventsub.hang_up()

    def snapshot(self) -> dict[str, Any]:
        live = {"sessions": self.sessions(), "subscriptions": self.subscriptions()}
        return self.state.snapshot() | live

    # Who there is

    @verb
    def add_app(
        self,
        client_id: str = "lumio0client0id0for0the0tests00",
        client_secret: str = "lumio0secret0for0the0tests0000",
        *,
        redirect_uris: list[str] | None = None,
        name: str = "Lumio",
        confidential: bool = True,
    ) -> App:
        """Register an application, by default with the redirect URI of a local Lumio."""
        uris = redirect_uris or ["http://localhost:8000/connections/twitch/callback"]
        app = App(client_id, client_secret, uris, name, confidential)
        self.state.apps[client_id] = app
        return app

    @verb
    def add_user(self, login: str, **details: Any) -> User:
        """`id`, `name`, `color`, `email`, `title` and so on, as the fields of `state.User`."""
        return self.state.add_user(login, **details)

    @verb
    def make_moderator(self, user: str, *, channel: str | None = None) -> None:
        self._channel(channel).moderators.add(self.state.user(user).id)

    @verb
    def ban(self, user: str, *, channel: str | None = None) -> None:
        """The user may no longer write; chat is told to hide what they wrote."""
        self._channel(channel).banned.add(self.state.user(user).id)
        self.clear_user(user, channel=channel)

    def _channel(self, name: str | None) -> User:
        if name is not None:
            return self.state.user(name)
        if not self.state.users:
            raise LookupError("no channel: add a user first")
        return next(iter(self.state.users.values()))

    # Grants and tokens

    @verb
    def issue_tokens(self, user: str, scopes: list[str], *, client_id: str | None = None) -> dict[str, Any]:
        """What the token endpoint would answer after this user's consent, without a browser."""
        app = self._app(client_id)
        owner = self.state.user(user)
        self.state.consent(app.client_id, owner.id, scopes)
        grant, token = self.state.grant(app.client_id, owner.id, scopes)
        return {
            "access_token": token.value,
            "refresh_token": grant.refresh_token,
            "expires_in": token.expires_in,
            "scope": scopes,
            "token_type": "bearer",
        }

    def consent(self, authorize_url: str, *, user: str, allow: bool = True) -> str:
        """Press Allow or Deny at an authorize URL; the URL the browser is sent back to."""
        parts = urlsplit(authorize_url)
        form = dict(parse_qsl(parts.query)) | {"login": user, "decision": "allow" if allow else "deny"}
        page = f"{self.url}{parts.path}"
        answer = requests.post(page, data=form, allow_redirects=False, timeout=HTTP_TIMEOUT)
        answer.raise_for_status()
        return answer.headers["Location"]

    @verb
    def revoke_grant(self, user: str, *, client_id: str | None = None, reason: str = "authorization_revoked") -> int:
        """The user disconnects the app: every token dies, every subscription is revoked."""
        app, owner = self._app(client_id), self.state.user(user)
        pair = (app.client_id, owner.id)
        self.state.consents.pop(pair, None)
        for grant in [g for g in self.state.grants if (g.client_id, g.user_id) == pair]:
            self.state.end_grant(grant)
        return self.eventsub.revoke(reason, user_id=owner.id, client_id=app.client_id)

    @verb
    def revoke_subscriptions(self, user: str, *, status: str = "version_removed", type: str | None = None) -> int:
        """Twitch ends subscriptions by itself; the grant stays good."""
        return self.eventsub.revoke(status, user_id=self.state.user(user).id, type=type)

    @verb
    def reset_secret(self, client_id: str | None = None) -> str:
        """A new client secret; the old one and every refresh token of the app die."""
        app = self._app(client_id)
        app.client_secret = random_token()
        for grant in [g for g in self.state.grants if g.client_id == app.client_id]:
            self.state.end_grant(grant)
        return app.client_secret

    @verb
    def expire_tokens(self, user: str | None = None) -> int:
        """Access tokens, of one user or all, stop working; refresh tokens stay good."""
        owner = self.state.user(user).id if user else None
        doomed = [token for token in self.state.access_tokens.values() if owner in (None, token.user_id)]
        for token in doomed:
            token.expires_at = time.time()
        return len(doomed)

    def _app(self, client_id: str | None) -> App:
        if client_id is not None:
            return self.state.apps[client_id]
        if not self.state.apps:
            raise LookupError("no app: add one first")
        return next(iter(self.state.apps.values()))

    # Alerts

    @verb
    def emit(self, type: str, event: Event) -> int:
        """Any topic, any payload: for what has no verb of its own."""
        return self.eventsub.notify(type, event)

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
        *,
        months: int = 2,
        text: str = "",
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
        self._notice(streamer, fan, "resub", details, words, text=text)
        event = payloads.resubscription(streamer, fan, tier, text=text, months=months, streak=streak, bought=bought)
        return self.emit("channel.subscription.message", event)

    @verb
    def gift(
        self,
        total: int = 1,
        *,
        user: str = "gifter",
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
        *,
        bits: int = 100,
        text: str | None = None,
        anonymous: bool = False,
        channel: str | None = None,
    ) -> int:
        """Bits with a message; a cheer is a chat message too, as at Twitch."""
        streamer = self._channel(channel)
        fan = None if anonymous else self.state.user(user)
        message = f"Cheer{bits}" if text is None else text
        self._say(streamer, fan or payloads.ANONYMOUS_CHEERER, message, bits=bits)
        return self.emit("channel.cheer", payloads.cheer(streamer, fan, bits, message))

    @verb
    def raid(self, user: str, *, viewers: int = 42, channel: str | None = None) -> int:
        """`user` raids the channel; to raid out, name the streamer as `user` and another channel."""
        source, streamer = self.state.user(user), self._channel(channel)
        details = {
            **payloads.person("user", source),
            "viewer_count": viewers,
            "profile_image_url": f"https://static-cdn.jtvnw.net/jtv_user_pictures/{source.login}-70x70.png",
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

    # Chat

    @verb
    def chat(
        self,
        user: str,
        text: str,
        *,
        fragments: list[Event] | None = None,
        badges: list[Event] | None = None,
        color: str | None = None,
        reply_to: str | None = None,
        source: str | None = None,
        channel: str | None = None,
    ) -> str:
        """Somebody writes; the message id comes back. `source` is the other channel of a shared chat."""
        streamer, chatter = self._channel(channel), self.state.user(user)
        if color is not None:
            chatter.color = color
        return self._say(
            streamer,
            chatter,
            text,
            pieces=fragments,
            badges=badges,
            reply_to=reply_to,
            source=self.state.user(source) if source else None,
        )

    def _say(
        self,
        streamer: User,
        chatter: User,
        text: str,
        *,
        message_id: str | None = None,
        pieces: list[Event] | None = None,
        badges: list[Event] | None = None,
        bits: int = 0,
        reply_to: str | None = None,
        source: User | None = None,
    ) -> str:
        original = self._message(reply_to) if reply_to else None
        if original:
            text = f"@{original['chatter_user_name']} {text}"
        event = payloads.chat_message(
            streamer,
            chatter,
            message_id or str(uuid.uuid4()),
            text,
            pieces or payloads.fragments(text, list(self.state.users.values()), cheers=bits > 0),
            badges=_badges(streamer, chatter) if badges is None else badges,
            bits=bits,
            reply=payloads.reply_to(original) if original else None,
            source=source,
        )
        self._said.append(event)
        self.emit("channel.chat.message", event)
        return event["message_id"]

    def _message(self, message_id: str) -> Event:
        for event in self._said:
            if event["message_id"] == message_id:
                return event
        raise LookupError(f"no message {message_id}")

    def _echo(self, channel: User, sender: User, message_id: str, text: str, reply_to: str | None) -> None:
        """What a client sent comes back to every reader of the chat."""
        known = reply_to if any(event["message_id"] == reply_to for event in self._said) else None
        self._say(channel, sender, text, message_id=message_id, reply_to=known)

    @verb
    def delete_message(self, message_id: str) -> int:
        """A moderator deletes one of the messages said so far."""
        event = self._message(message_id)
        channel, author = self.state.user(event["broadcaster_user_id"]), self.state.user(event["chatter_user_id"])
        return self.emit("channel.chat.message_delete", payloads.target(channel, author, message_id=message_id))

    @verb
    def clear_user(self, user: str, *, channel: str | None = None) -> int:
        event = payloads.target(self._channel(channel), self.state.user(user))
        return self.emit("channel.chat.clear_user_messages", event)

    @verb
    def clear_chat(self, *, channel: str | None = None) -> int:
        return self.emit("channel.chat.clear", payloads.about(self._channel(channel)))

    @verb
    def drop_next_message(self, code: str = "msg_rejected", message: str = "Your message is being checked.") -> None:
        """The next message sent through Helix gets a 200 and is not sent."""
        self.helix.drops.append({"code": code, "message": message})

    # The stream

    @verb
    def go_live(self, *, viewers: int = 7, channel: str | None = None) -> int:
        streamer = self._channel(channel)
        streamer.stream = Stream(str(time.time_ns() // 1_000_000), payloads.timestamp(), viewers)
        return self.emit("stream.online", payloads.stream_online(streamer))

    @verb
    def go_offline(self, *, channel: str | None = None) -> int:
        streamer = self._channel(channel)
        streamer.stream = None
        return self.emit("stream.offline", payloads.about(streamer))

    @verb
    def set_viewers(self, viewers: int, *, channel: str | None = None) -> None:
        """Only Get Streams tells; there is no event."""
        streamer = self._channel(channel)
        if streamer.stream is None:
            raise LookupError(f"{streamer.login} is not live")
        streamer.stream.viewers = viewers

    @verb
    def update_channel(
        self,
        *,
        title: str | None = None,
        category_id: str | None = None,
        category_name: str | None = None,
        channel: str | None = None,
    ) -> int:
        streamer = self._channel(channel)
        streamer.title = streamer.title if title is None else title
        streamer.category_id = streamer.category_id if category_id is None else category_id
        streamer.category_name = streamer.category_name if category_name is None else category_name
        return self._announce_update(streamer)

    def _announce_update(self, streamer: User) -> int:
        return self.emit("channel.update", payloads.channel_update(streamer))

    # Sockets: all of them, or only those of one user

    @verb
    def drop_socket(self, *, code: int | None = None, user: str | None = None) -> int:
        """Close with a code, or without one end the TCP connection; how many there were."""
        chosen = self._sessions(user)
        for session in chosen:
            if code is None:
                session.abort()
                self.eventsub.forget(session)
            else:
                session.close(code)
        return len(chosen)

    @verb
    def reconnect(self, *, user: str | None = None) -> int:
        """Ask clients to move to another socket, as before a deployment at Twitch."""
        chosen = self._sessions(user)
        for session in chosen:
            session.ask_to_reconnect()
        return len(chosen)

    @verb
    def duplicate_last(self, *, user: str | None = None) -> int:
        """Deliver each session's last notification once more, message id and all."""
        repeated = [session for session in self._sessions(user) if session.last_notification]
        for session in repeated:
            session.send(session.last_notification or "")
        return len(repeated)

    @verb
    def send_raw(self, frame: Event | str, *, user: str | None = None) -> int:
        """Any JSON object or text as one frame."""
        chosen = self._sessions(user)
        for session in chosen:
            session.send(frame)
        return len(chosen)

    def _sessions(self, user: str | None) -> list[Session]:
        owner = self.state.user(user).id if user else None
        return [session for session in self.eventsub.sessions.values() if owner in (None, session.user_id)]

    # Looking on

    @verb
    def sessions(self) -> list[dict[str, Any]]:
        """The open sockets, oldest first."""
        return [
            {
                "id": session.id,
                "user_id": session.user_id,
                "client_id": session.client_id,
                "connected_at": session.connected_at,
                "subscriptions": len(session.subscriptions),
                "reconnecting": session.reconnect_key is not None,
            }
            for session in self.eventsub.sessions.values()
        ]

    @verb
    def subscriptions(self, type: str | None = None) -> list[dict[str, Any]]:
        """What is being listened to, as the API lists it."""
        return [
            subscription.as_listed()
            for session in self.eventsub.sessions.values()
            for subscription in session.subscriptions.values()
            if type in (None, subscription.type)
        ]

    def wait_subscribed(self, *types: str, timeout: float = 10.0) -> None:
        """Block until each of these topics (or any at all) has a subscription; for test threads."""
        deadline = time.monotonic() + timeout
        while True:
            listening = {subscription["type"] for subscription in self.subscriptions()}
            missing = set(types) - listening
            if listening and not missing:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"no subscription to {sorted(missing) or 'anything'} within {timeout} s")
            time.sleep(0.02)


def _badges(streamer: User, chatter: User) -> list[Event]:
    """The badges that follow from who somebody is."""
    if chatter.id == streamer.id:
        return [{"set_id": "broadcaster", "id": "1", "info": ""}]
    if chatter.id in streamer.moderators:
        return [{"set_id": "moderator", "id": "1", "info": ""}]
    return []
