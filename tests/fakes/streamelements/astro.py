"""astro.streamelements.com: subscriptions by topic and room, and moving to another socket."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.streamelements.sockets import Socket
from tests.fakes.streamelements.state import State, new_id, timestamp

HEARTBEAT = 30.0
TIPS, MODERATION = "channel.tips", "channel.tips.moderation"
TRY_AGAIN = "2"


class Astro:
    def __init__(self, state: State) -> None:
        self.state = state
        self.sockets: list[Socket] = []

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.get("/astro/", self.connect)]

    async def connect(self, request: web.Request) -> web.StreamResponse:
        match self.state.settings.astro:
            case "draining":
                return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
            case "limited":
                return web.Response(status=429, headers={"Retry-After": TRY_AGAIN})
        response = web.WebSocketResponse(heartbeat=HEARTBEAT, compress=False, timeout=1.0)
        await response.prepare(request)
        socket = Socket("astro", response, request)
        token = request.query.get("reconnect_token")
        if token is not None and not self._take_over(token, socket):
            socket.close(1008)
        else:
            self.sockets.append(socket)
        socket.send(envelope("welcome", data={"client_id": new_id().upper(), "message": "hello"}))
        try:
            await socket.run(self._handle)
        finally:
            if socket in self.sockets:
                self.sockets.remove(socket)
        return response

    def _take_over(self, token: str, new: Socket) -> bool:
        """Subscriptions come along from the socket that was given this token."""
        old = next((one for one in self.sockets if one.reconnect_token and one.reconnect_token == token), None)
        if old is None:
            return False
        new.topics, old.topics, old.reconnect_token = old.topics, {}, ""
        return True

    def _handle(self, socket: Socket, text: str) -> None:
        message = json.loads(text)
        data, nonce = message.get("data", {}), message.get("nonce")
        if message.get("type") != "subscribe":
            socket.send(envelope("response", nonce=nonce, error="invalid_message_type", data={"message": "no"}))
            return
        topic, channel = data.get("topic"), self.state.owner(data.get("token", ""))
        error = self.state.settings.subscribe_error
        if not error and (channel is None or data.get("token_type") != "jwt"):
            error = "err_unauthorized"
        if not error and topic == MODERATION and not self.state.settings.may_moderate:
            error = "err_unauthorized"
        if error or channel is None:
            socket.send(envelope("response", nonce=nonce, error=error, data={"message": "refused"}))
            return
        socket.topics[topic] = (channel.id, data["token"])
        answer = {"message": "successfully subscribed to topic", "topic": topic, "room": self.room(channel.id)}
        socket.send(envelope("response", nonce=nonce, data=answer))

    def room(self, channel_id: str) -> str:
        return channel_id[::-1] if self.state.settings.other_room else channel_id

    def tell(self, topic: str, channel_id: str, data: dict[str, Any], *, has_room: bool = True) -> int:
        """Send to whoever listens; how many sockets that were."""
        message = envelope("message", topic=topic, data=data) | ({"room": self.room(channel_id)} if has_room else {})
        listening = [one for one in self.sockets if one.topics.get(topic, ("", ""))[0] == channel_id]
        for socket in listening:
            socket.send(message)
        return len(listening)

    def ask_to_move(self, *, with_good_token: bool) -> int:
        for socket in self.sockets:
            token = secrets.token_urlsafe(16)
            socket.reconnect_token = token if with_good_token else ""
            socket.send(envelope("reconnect", data={"message": "going away", "reconnect_token": token}))
        return len(self.sockets)


def envelope(type: str, **fields: Any) -> dict[str, Any]:
    return {"id": new_id().upper(), "ts": timestamp(), "type": type, **fields}
