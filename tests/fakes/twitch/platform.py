"""`Twitch`, the stand-in itself: what tests, the demo studio and other processes can make happen."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.server import verb
from tests.fakes.twitch import cdn, payloads
from tests.fakes.twitch.helix import Helix
from tests.fakes.twitch.looks import Looks
from tests.fakes.twitch.moderation import Moderation
from tests.fakes.twitch.payloads import Event
from tests.fakes.twitch.rounds import Rounds
from tests.fakes.twitch.sessions import Session
from tests.fakes.twitch.state import Stream, User


class Twitch(Rounds):
    """`channel` is the streamer a verb is about, by default the first user that was added.

    Verbs that send an event answer with the number of subscriptions it went to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.helix = Helix(self.state, self.gate, said=self._echo, updated=self._announce_update)
        self.looks = Looks(self.state, self.gate)
        self.moderation = Moderation(self)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        parts = (self.oauth, self.helix, self.moderation, self.looks, self.eventsub, cdn)
        return [route for part in parts for route in part.routes()]

    def hang_up(self) -> None:
        self.eventsub.hang_up()

    def snapshot(self) -> dict[str, Any]:
        live = {"sessions": self.sessions(), "subscriptions": self.subscriptions()}
        return self.state.snapshot() | live

    # Ends

    @verb
    def revoke_grant(self, user: str, *, client_id: str | None = None, reason: str = "authorization_revoked") -> int:
        """The user disconnects the app: every token dies, every subscription is revoked."""
        super().revoke_grant(user, client_id=client_id)
        app, owner = self._app(client_id), self.state.user(user)
        return self.eventsub.revoke(reason, user_id=owner.id, client_id=app.client_id)

    @verb
    def revoke_subscriptions(self, user: str, *, status: str = "version_removed", type: str | None = None) -> int:
        """Twitch ends subscriptions by itself; the grant stays good."""
        return self.eventsub.revoke(status, user_id=self.state.user(user).id, type=type)

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

    @verb
    def ad_break(self, seconds: int = 60, *, requester: str | None = None, channel: str | None = None) -> int:
        """Ads begin; without a requester by themselves."""
        streamer = self._channel(channel)
        by = self.state.user(requester) if requester else streamer
        return self.emit(
            "channel.ad_break.begin", payloads.ad_break(streamer, by, seconds, automatic=requester is None)
        )

    def _announce_update(self, streamer: User) -> int:
        return self.emit("channel.update", payloads.channel_update(streamer))

    @verb
    def drop_next_message(self, code: str = "msg_rejected", message: str = "Your message is being checked.") -> None:
        """The next message sent through Helix gets a 200 and is not sent."""
        self.helix.drops.append({"code": code, "message": message})

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
    def send_raw(self, frame: Event | str | bytes, *, user: str | None = None) -> int:
        """Any JSON object, text or bytes as one frame."""
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
