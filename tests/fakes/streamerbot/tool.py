"""`StreamerBot`, the stand-in itself: what tests and other processes can make happen."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.server import StandIn, verb
from tests.fakes.streamerbot.sockets import Socket
from tests.fakes.streamerbot.state import Action, State, StreamerBotSettings, timestamp


class StreamerBot(StandIn):
    """Stopping and starting it is Streamer.bot restarted: its actions stay, its sockets do not."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self._open: list[Socket] = []

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.get("/{path:(?!_).*}", self._connect)]

    @property
    def settings(self) -> StreamerBotSettings:
        return self.state.settings

    @property
    def connections(self) -> int:
        return len(self._open)

    def hang_up(self) -> None:
        for socket in self._open:
            socket.abort()

    def snapshot(self) -> dict[str, Any]:
        return {**self.state.snapshot(), "sockets": self.sockets()}

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if request.path != self.settings.endpoint or request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(status=404)
        response = web.WebSocketResponse(compress=False, timeout=1.0)
        await response.prepare(request)
        socket = Socket(self.state, request, response, self._tell)
        self._open.append(socket)
        try:
            await socket.run()
        finally:
            self._open.remove(socket)
        return response

    # Actions

    @verb
    def add_action(self, name: str, *, group: str = "None", enabled: bool = True) -> str:
        """Its id."""
        action = Action(name, group, enabled)
        self.state.actions[action.id] = action
        self._tell("Application", "ActionAdded", {"id": action.id, "name": name})
        return action.id

    @verb
    def add_actions(self, count: int) -> None:
        """Many at once, of which nobody is told."""
        made = (Action(f"Action {number}", f"Group {number // 50}") for number in range(1, count + 1))
        self.state.actions |= {action.id: action for action in made}

    @verb
    def change_action(self, id: str, *, name: str | None = None, enabled: bool | None = None) -> None:
        action = self.state.actions[id]
        action.name = action.name if name is None else name
        action.enabled = action.enabled if enabled is None else enabled
        self._tell("Application", "ActionUpdated", {"id": id, "name": action.name})

    @verb
    def remove_action(self, id: str) -> None:
        action = self.state.actions.pop(id)
        self._tell("Application", "ActionDeleted", {"id": id, "name": action.name})

    @verb
    def runs(self) -> list[dict[str, Any]]:
        """What was run, oldest first: `{"id", "name", "args"}`."""
        return list(self.state.runs)

    # Events: these answer with how many were told

    @verb
    def tell(self, source: str, type: str, data: Any = None, *, has_time: bool = True) -> int:
        return self._tell(source, type, data, has_time=has_time)

    @verb
    def broadcast(self, data: Any) -> int:
        """What C# sends with WebsocketBroadcastJson or WebsocketBroadcastString."""
        return self._tell("General", "Custom", data)

    def _tell(self, source: str, type: str, data: Any, *, has_time: bool = True) -> int:
        frame = {"event": {"source": source, "type": type}, "data": data}
        frame |= {"timeStamp": timestamp()} if has_time else {}
        listening = [socket for socket in self._open if type in socket.subscribed.get(source, ())]
        for socket in listening:
            socket.send(frame)
        return len(listening)

    # Sockets

    @verb
    def drop_sockets(self, *, code: int | None = None) -> int:
        """Close all with a code, or without one end the TCP connections; how many there were."""
        chosen = list(self._open)
        for socket in chosen:
            if code is None:
                socket.abort()
            else:
                socket.close(code)
        return len(chosen)

    @verb
    def send_raw(self, frame: Any) -> int:
        """Any JSON value or text as one frame."""
        for socket in self._open:
            socket.send(frame)
        return len(self._open)

    @verb
    def sockets(self) -> list[dict[str, Any]]:
        """The open ones: whether they authenticated, what they asked, what they subscribed to."""
        return [
            {"authenticated": one.is_authenticated, "requests": list(one.requests), "subscribed": dict(one.subscribed)}
            for one in self._open
        ]

    def wait_subscribed(self, source: str = "Application", *, timeout: float = 10.0) -> None:
        """Block until somebody is subscribed to a source; for test threads."""
        deadline = time.monotonic() + timeout
        while not any(source in socket["subscribed"] for socket in self.sockets()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens within {timeout} s")
            time.sleep(0.02)
