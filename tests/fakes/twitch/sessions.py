"""EventSub WebSocket sessions: welcome, keepalives, close codes, and moving to another socket."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.oauth import random_token
from tests.fakes.twitch.payloads import timestamp
from tests.fakes.twitch.state import TwitchSettings

Frame = dict[str, Any]

DEFAULT_KEEPALIVE, SHORTEST_KEEPALIVE, LONGEST_KEEPALIVE = 10, 10, 600
CLOSE_HANDSHAKE = 1.0
UNUSED, INBOUND, NO_PONG, GRACE_OVER, INVALID_RECONNECT = 4003, 4001, 4002, 4004, 4007
CLOSING = {
    UNUSED: ("connection unused", "websocket_connection_unused"),
    INBOUND: ("client sent inbound traffic", "websocket_received_inbound_traffic"),
    NO_PONG: ("client failed ping-pong", "websocket_failed_ping_pong"),
    GRACE_OVER: ("reconnect grace time expired", "websocket_failed_to_reconnect"),
    INVALID_RECONNECT: ("invalid reconnect", "websocket_disconnected"),
}
"""Close code: reason, and the status its subscriptions keep in the list for a while."""
DISCONNECTED = "websocket_disconnected"


@dataclass
class Subscription:
    """A topic one session listens to. `status` is `enabled` until the end."""

    id: str
    type: str
    version: str
    condition: dict[str, str]
    client_id: str
    user_id: str
    cost: int
    created_at: str
    session_id: str
    connected_at: str
    status: str = "enabled"
    disconnected_at: str | None = None

    def as_notified(self) -> Frame:
        return {
            "id": self.id,
            "status": self.status,
            "type": self.type,
            "version": self.version,
            "cost": self.cost,
            "condition": self.condition,
            "transport": {"method": "websocket", "session_id": self.session_id},
            "created_at": self.created_at,
        }

    def as_listed(self) -> Frame:
        listed = self.as_notified()
        listed["transport"]["connected_at"] = self.connected_at
        if self.disconnected_at:
            listed["transport"]["disconnected_at"] = self.disconnected_at
        return listed


def envelope(message_type: str, payload: Frame, **metadata: str) -> Frame:
    """A message as it goes over the socket."""
    return {
        "metadata": {
            "message_id": str(uuid.uuid4()),
            "message_type": message_type,
            "message_timestamp": timestamp(),
            **metadata,
        },
        "payload": payload,
    }


def about_subscription(message_type: str, subscription: Subscription, **payload: Any) -> Frame:
    return envelope(
        message_type,
        {"subscription": subscription.as_notified(), **payload},
        subscription_type=subscription.type,
        subscription_version=subscription.version,
    )


@dataclass(frozen=True, slots=True)
class _Close:
    code: int


@dataclass(eq=False)
class Session:
    """One connected socket. Frames go through a queue, so verbs never wait for a slow client."""

    socket: web.WebSocketResponse
    request: web.Request
    keepalive: int
    settings: Callable[[], TwitchSettings]
    id: str = field(default_factory=lambda: f"AQoQ{secrets.token_urlsafe(18)}")
    connected_at: str = field(default_factory=timestamp)
    user_id: str | None = None
    client_id: str | None = None
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    last_notification: str | None = None
    reconnect_key: str | None = None
    close_status: str = DISCONNECTED
    _outbox: asyncio.Queue[str | bytes | _Close] = field(default_factory=asyncio.Queue)
    _timer: asyncio.TimerHandle | None = None
    _ponged: bool = True

    # Sending

    def send(self, frame: Frame | str | bytes) -> None:
        """Queue a message, or any text or bytes at all."""
        self._outbox.put_nowait(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    def notify(self, subscription: Subscription, event: Frame) -> None:
        frame = json.dumps(about_subscription("notification", subscription, event=event))
        self.last_notification = frame
        self.send(frame)

    def welcome(self) -> None:
        self.send(envelope("session_welcome", {"session": self._described("connected", self.keepalive)}))

    def ask_to_reconnect(self) -> None:
        """Send a URL to go to; whoever stays behind is cut when the grace time is over."""
        self.reconnect_key = random_token()
        url = f"ws://{self.request.host}{self.request.path}?challenge={self.reconnect_key}&id={self.id}"
        session = self._described("reconnecting", None) | {"reconnect_url": url}
        self.send(envelope("session_reconnect", {"session": session}))
        self._close_later(GRACE_OVER, self.settings().reconnect_grace)

    def _described(self, status: str, keepalive: int | None) -> Frame:
        return {
            "id": self.id,
            "status": status,
            "connected_at": self.connected_at,
            "keepalive_timeout_seconds": keepalive,
            "reconnect_url": None,
            "recovery_url": None,
        }

    # Ending

    def close(self, code: int) -> None:
        """Close with a code, after what is queued."""
        self.close_status = CLOSING.get(code, ("", DISCONNECTED))[1]
        self._outbox.put_nowait(_Close(code))

    def abort(self) -> None:
        """End the TCP connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()

    def watch_use(self) -> None:
        """A session without a subscription may stay for only so long."""
        if self.reconnect_key is not None:
            return
        if self.subscriptions:
            self.cancel_timer()
        else:
            self._close_later(UNUSED, self.settings().unused_timeout)

    def _close_later(self, code: int, seconds: float) -> None:
        self.cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.close, code)

    def cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    # Running

    async def run(self) -> None:
        """Serve the socket until either side ends it."""
        helpers = [asyncio.create_task(self._write()), asyncio.create_task(self._ping())]
        try:
            await self._read()
        finally:
            self.cancel_timer()
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def _read(self) -> None:
        """Nothing may come in but pongs (and pings, which Twitch tolerates)."""
        async for message in self.socket:
            if message.type is WSMsgType.PONG:
                self._ponged = True
            elif message.type is WSMsgType.PING:
                await self.socket.pong(message.data)
            elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                self.close(INBOUND)

    async def _write(self) -> None:
        while True:
            try:
                item = await asyncio.wait_for(self._outbox.get(), self.keepalive)
            except TimeoutError:
                if self.settings().keepalives:
                    await self.socket.send_str(json.dumps(envelope("session_keepalive", {})))
                continue
            if isinstance(item, str):
                await self.socket.send_str(item)
                continue
            if isinstance(item, bytes):
                await self.socket.send_bytes(item)
                continue
            reason = CLOSING.get(item.code, ("", ""))[0]
            await self.socket.close(code=item.code, message=reason.encode())
            return

    async def _ping(self) -> None:
        while self._ponged:
            self._ponged = False
            await self.socket.ping()
            await asyncio.sleep(self.settings().ping_interval)
        self.close(NO_PONG)
