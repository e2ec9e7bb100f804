"""EventSub: the subscriptions API and the WebSocket that delivers."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.oauth import AccessToken
from tests.fakes.twitch.gate import Gate, HelixError, json_body
from tests.fakes.twitch.payloads import UNANNOUNCED, timestamp
from tests.fakes.twitch.sessions import (
    CLOSE_HANDSHAKE,
    DEFAULT_KEEPALIVE,
    INVALID_RECONNECT,
    LONGEST_KEEPALIVE,
    SHORTEST_KEEPALIVE,
    Session,
    Subscription,
    about_subscription,
)
from tests.fakes.twitch.state import State
from tests.fakes.twitch.topics import TOPICS, Topic

MAX_CONNECTIONS = 3
MAX_SUBSCRIPTIONS = 300
MAX_TOTAL_COST = 10
PAGE_SIZE = 100
LINGERING = 1_000


class EventSub:
    """Sessions by id, and what they listen to."""

    def __init__(self, state: State, gate: Gate) -> None:
        self.state = state
        self.gate = gate
        self.topics: dict[tuple[str, str], Topic] = {(topic.type, topic.version): topic for topic in TOPICS}
        """What this Twitch offers; a test may take a version away."""
        self.sessions: dict[str, Session] = {}
        self._ended: deque[Subscription] = deque(maxlen=LINGERING)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        path = "/helix/eventsub/subscriptions"
        return [
            web.get("/eventsub/ws", self.connect),
            web.post(path, self.gate.guarded(self.create)),
            web.get(path, self.gate.guarded(self.show)),
            web.delete(path, self.gate.guarded(self.delete)),
        ]

    # The socket

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False, compress=False, timeout=CLOSE_HANDSHAKE)
        await socket.prepare(request)
        session = Session(socket, request, self._keepalive(request), lambda: self.state.settings)
        if "challenge" in request.query:
            predecessor = self._predecessor(request)
            if predecessor is None:
                session.close(INVALID_RECONNECT)
                await session.run()
                return socket
            self._move(predecessor, session)
        self.sessions[session.id] = session
        session.welcome()
        session.watch_use()
        try:
            await session.run()
        finally:
            self.forget(session)
        return socket

    def _keepalive(self, request: web.Request) -> int:
        asked = request.query.get("keepalive_timeout_seconds", "")
        seconds = int(asked) if asked.isdigit() else DEFAULT_KEEPALIVE
        clamped = min(max(seconds, SHORTEST_KEEPALIVE), LONGEST_KEEPALIVE)
        return self.state.settings.keepalive_timeout or clamped

    def _predecessor(self, request: web.Request) -> Session | None:
        """The session this reconnect URL was given to; the URL works once and only unchanged."""
        session = self.sessions.get(request.query.get("id", ""))
        expected = session and {"challenge": session.reconnect_key, "id": session.id}
        if session is None or dict(request.query) != expected:
            return None
        session.reconnect_key = ""
        return session

    def _move(self, old: Session, new: Session) -> None:
        """The new socket takes the subscriptions over; the old one falls silent but stays open."""
        new.keepalive, new.user_id, new.client_id = old.keepalive, old.user_id, old.client_id
        new.subscriptions, old.subscriptions = old.subscriptions, {}
        new.last_notification = old.last_notification
        for subscription in new.subscriptions.values():
            subscription.session_id = new.id
            subscription.connected_at = new.connected_at

    def forget(self, session: Session) -> None:
        """The socket is gone, and its subscriptions with it."""
        self.sessions.pop(session.id, None)
        for subscription in session.subscriptions.values():
            self._end(subscription, session.close_status)
        session.subscriptions = {}

    def _end(self, subscription: Subscription, status: str) -> None:
        subscription.status = status
        subscription.disconnected_at = timestamp()
        self._ended.append(subscription)

    def hang_up(self) -> None:
        for session in list(self.sessions.values()):
            session.abort()
            self.forget(session)

    # Delivering

    def notify(self, type: str, event: dict[str, Any]) -> int:
        """Send an event to every subscription it is about; how many there were.

        A subscription matches when the event agrees with every key of its condition that the
        event has at all (`user_id` and `moderator_user_id` name the listener, not the event).
        """
        delivered = 0
        for session in self.sessions.values():
            for subscription in session.subscriptions.values():
                if subscription.type == type and _concerns(event, subscription.condition):
                    session.notify(subscription, event | UNANNOUNCED)
                    delivered += 1
        return delivered

    def revoke(self, status: str, *, user_id: str, client_id: str | None = None, type: str | None = None) -> int:
        """End a user's subscriptions, of one app or one type only if named, and say so once."""
        revoked = 0
        for session in self.sessions.values():
            doomed = [
                subscription
                for subscription in session.subscriptions.values()
                if subscription.user_id == user_id
                and client_id in (None, subscription.client_id)
                and type in (None, subscription.type)
            ]
            for subscription in doomed:
                del session.subscriptions[subscription.id]
                subscription.status = status
                session.send(about_subscription("revocation", subscription))
                revoked += 1
            if doomed:
                session.watch_use()
        return revoked

    # The API

    async def create(self, request: web.Request, token: AccessToken) -> web.Response:
        """202, or the first of 400, 403, 409 and 429 that applies."""
        if token.user_id is None:
            raise HelixError(400, "invalid transport and auth combination")
        body = await json_body(request)
        topic, condition = self._topic(body)
        session = self._session(body)
        self._authorize(topic, condition, token)
        if session.user_id not in (None, token.user_id):
            raise HelixError(400, "websocket transport cannot have subscriptions created by different users")
        if any(
            (other.type, other.version, other.condition) == (topic.type, topic.version, condition)
            for other in session.subscriptions.values()
        ):
            raise HelixError(409, "subscription already exists")
        cost = self._cost(token, condition)
        self._within_limits(session, token, cost)
        subscription = Subscription(
            id=str(uuid.uuid4()),
            type=topic.type,
            version=topic.version,
            condition=condition,
            client_id=token.client_id,
            user_id=token.user_id,
            cost=cost,
            created_at=timestamp(),
            session_id=session.id,
            connected_at=session.connected_at,
        )
        session.user_id, session.client_id = token.user_id, token.client_id
        session.subscriptions[subscription.id] = subscription
        session.watch_use()
        return self._listed([subscription], token, status=202)

    def _topic(self, body: dict[str, Any]) -> tuple[Topic, dict[str, str]]:
        topic = self.topics.get((str(body.get("type")), body.get("version", "")))
        if topic is None:
            raise HelixError(400, "invalid subscription type and version")
        condition = body.get("condition")
        if not isinstance(condition, dict) or frozenset(condition) not in topic.conditions:
            raise HelixError(400, "invalid condition")
        if not all(isinstance(value, str) and value for value in condition.values()):
            raise HelixError(400, "invalid condition")
        return topic, condition

    def _session(self, body: dict[str, Any]) -> Session:
        transport = body.get("transport")
        if not isinstance(transport, dict) or transport.get("method") != "websocket":
            raise HelixError(400, "invalid transport")
        session = self.sessions.get(str(transport.get("session_id")))
        if session is None:
            raise HelixError(400, "session does not exist or has already disconnected")
        return session

    def _authorize(self, topic: Topic, condition: dict[str, str], token: AccessToken) -> None:
        owner = topic.token_must_be(condition)
        channel = self.state.users.get(condition.get("broadcaster_user_id", ""))
        moderator = condition.get("moderator_user_id")
        if (
            (topic.scopes and not set(topic.scopes) & set(token.scopes))
            or owner not in (None, token.user_id)
            or (moderator and channel and moderator not in {channel.id, *channel.moderators})
        ):
            raise HelixError(403, "subscription missing proper authorization")

    def _cost(self, token: AccessToken, condition: dict[str, str]) -> int:
        """Free when a user in the condition lets our app in, else one point."""
        free = any(self.state.has_consented(token.client_id, user_id) for user_id in condition.values())
        return 0 if free else 1

    def _within_limits(self, session: Session, token: AccessToken, cost: int) -> None:
        if len(session.subscriptions) >= MAX_SUBSCRIPTIONS:
            raise HelixError(429, "number of websocket subscriptions limit exceeded")
        others = [other for other in self._sessions_of(token) if other is not session and other.subscriptions]
        if len(others) >= MAX_CONNECTIONS:
            raise HelixError(429, "number of websocket transports limit exceeded")
        if self._total_cost(token) + cost > MAX_TOTAL_COST:
            raise HelixError(429, "subscription maximum cost exceeded")

    def _sessions_of(self, token: AccessToken) -> list[Session]:
        owner = (token.client_id, token.user_id)
        return [session for session in self.sessions.values() if (session.client_id, session.user_id) == owner]

    def _enabled(self, token: AccessToken) -> list[Subscription]:
        return [one for session in self._sessions_of(token) for one in session.subscriptions.values()]

    def _total_cost(self, token: AccessToken) -> int:
        return sum(subscription.cost for subscription in self._enabled(token))

    async def show(self, request: web.Request, token: AccessToken) -> web.Response:
        """Filtered by `status`, `type` or `user_id`; `after` pages. Dead sockets' ones linger."""
        query = request.query
        owner = (token.client_id, token.user_id)
        ended = [one for one in self._ended if (one.client_id, one.user_id) == owner]
        found = [
            subscription
            for subscription in [*self._enabled(token), *ended]
            if query.get("status", subscription.status) == subscription.status
            and query.get("type", subscription.type) == subscription.type
            and ("user_id" not in query or query["user_id"] in subscription.condition.values())
        ]
        after = query.get("after", "0")
        if not after.isdigit():
            raise HelixError(400, "The cursor specified in the after parameter is not valid.")
        end = int(after) + PAGE_SIZE
        pagination = {"cursor": str(end)} if len(found) > end else {}
        return self._listed(found[int(after) : end], token, total=len(found), pagination=pagination)

    async def delete(self, request: web.Request, token: AccessToken) -> web.Response:
        wanted = request.query.get("id", "")
        for session in self._sessions_of(token):
            subscription = session.subscriptions.pop(wanted, None)
            if subscription is not None:
                session.watch_use()
                return web.Response(status=204)
        raise HelixError(404, "subscription not found")

    def _listed(
        self, rows: Iterable[Subscription], token: AccessToken, *, status: int = 200, **more: Any
    ) -> web.Response:
        answer = {
            "data": [row.as_listed() for row in rows],
            "total": len(self._enabled(token)),
            "total_cost": self._total_cost(token),
            "max_total_cost": MAX_TOTAL_COST,
            **more,
        }
        return web.json_response(answer, status=status)


def _concerns(event: dict[str, Any], condition: dict[str, str]) -> bool:
    listener = ("user_id", "moderator_user_id")
    return all(event.get(key, value) == value for key, value in condition.items() if key not in listener)
