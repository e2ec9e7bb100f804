"""realtime.streamelements.com: socket.io 2 over Engine.IO 3. Newer clients are turned away."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.streamelements.sockets import Socket
from tests.fakes.streamelements.state import State, new_id

TIPS = "tips"


class Realtime:
    def __init__(self, state: State) -> None:
        self.state = state
        self.sockets: list[Socket] = []

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.get("/realtime/socket.io/", self.connect)]

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if self.state.settings.realtime != "works":
            return web.Response(status=503, text="<html>away</html>", content_type="text/html")
        if request.query.get("EIO") != "3" or request.query.get("transport") != "websocket":
            return web.json_response({"code": 5, "message": "Unsupported protocol version"}, status=400)
        response = web.WebSocketResponse(compress=False, timeout=1.0)
        await response.prepare(request)
        socket = Socket("realtime", response, request)
        self.sockets.append(socket)
        opening = {"sid": new_id(), "upgrades": [], "pingInterval": self.state.settings.ping_interval}
        socket.send("0" + json.dumps(opening | {"pingTimeout": 5000}))
        socket.send("40")
        try:
            await socket.run(self._handle)
        finally:
            self.sockets.remove(socket)
        return response

    def _handle(self, socket: Socket, frame: str) -> None:
        if frame == "2":
            socket.send("3")
        elif frame.startswith("42"):
            name, said = json.loads(frame[2:])
            channel = self.state.owner(said.get("token", ""))
            if name != "authenticate" or said.get("method") != "jwt" or channel is None:
                socket.send(event("unauthorized", {"message": "invalid token"}))
                return
            socket.topics[TIPS] = (channel.id, said["token"])
            told = {"clientId": new_id(), "channelId": channel.id, "project": "realtime", "message": "hello"}
            socket.send(event("authenticated", told))

    def tell(self, name: str, channel_id: str, payload: dict[str, Any]) -> int:
        """Send to whoever listens; how many sockets that were."""
        listening = [one for one in self.sockets if one.topics.get(TIPS, ("", ""))[0] == channel_id]
        for socket in listening:
            socket.send(event(name, payload))
        return len(listening)


def event(name: str, payload: dict[str, Any]) -> str:
    return "42" + json.dumps([name, payload])
