"""One connected client of the WebSocket server: greeting, authentication and requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.streamerbot.state import Action, State, proof, random_text, timestamp

#: What needs the password even where Enforce is off.
ALWAYS = {"SendMessage"}
#: What there is only since version 0.2.5.
NEWER = {"SendMessage", "GetGlobals", "GetGlobal", "GetCommands"}
#: Answered, and empty here.
EMPTY: dict[str, dict[str, Any]] = {
    "GetActiveViewers": {"viewers": [], "count": 0},
    "GetCodeTriggers": {"triggers": [], "count": 0},
    "GetCommands": {"commands": [], "count": 0},
    "GetMonitoredYouTubeBroadcasts": {"broadcasts": [], "count": 0},
}
#: Has an event happen: (source, type, data) → how many were told.
Tell = Callable[[str, str, Any], int]


class No(Exception):
    """The answer is `status` "error" with these words."""


class Socket:
    """Frames go through a queue, so verbs never wait for a slow client."""

    def __init__(self, state: State, request: web.Request, response: web.WebSocketResponse, tell: Tell) -> None:
        self.state = state
        self.is_authenticated = False
        self.subscribed: dict[str, list[str]] = {}
        self.requests: list[str] = []
        self._request = request
        self._response = response
        self._tell = tell
        self._salt, self._challenge = random_text(), random_text()
        self._outbox: asyncio.Queue[str | bytes | int] = asyncio.Queue()

    # The wire

    def send(self, frame: Any) -> None:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        self._outbox.put_nowait(text.encode() if self.state.settings.speaks == "binary" else text)

    def close(self, code: int) -> None:
        """Close with a code, after what is queued."""
        self._outbox.put_nowait(code)

    def abort(self) -> None:
        """End the TCP connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def run(self) -> None:
        writing = asyncio.create_task(self._write())
        greeting = asyncio.create_task(self._greet())
        try:
            async for message in self._response:
                if message.type is WSMsgType.TEXT:
                    self._hear(message.data)
        finally:
            for task in (writing, greeting):
                task.cancel()
            await asyncio.gather(writing, greeting, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            item = await self._outbox.get()
            if isinstance(item, int):
                await self._response.close(code=item)
                return
            if isinstance(item, bytes):
                await self._response.send_bytes(item)
            else:
                await self._response.send_str(item)

    # What is said

    async def _greet(self) -> None:
        settings = self.state.settings
        await asyncio.sleep(settings.greeting_delay)
        match settings.speaks:
            case "nothing":
                return
            case "obs":
                self.send({"op": 0, "d": {"obsWebSocketVersion": "5.5.2", "rpcVersion": 1}})
            case "text":
                self.send("220 welcome")
            case _ if settings.greets:
                self.send(self._hello())

    def _hello(self) -> dict[str, Any]:
        hello = {"timestamp": timestamp(), "session": random_text()[:8], "request": "Hello", "info": self.state.info()}
        if self.state.settings.password:
            hello["authentication"] = {"salt": self._salt, "challenge": self._challenge}
        return hello

    def _hear(self, text: str) -> None:
        settings = self.state.settings
        try:
            asked = json.loads(text)
        except ValueError:
            return
        if settings.speaks in ("nothing", "obs", "text") or not isinstance(asked, dict):
            return
        name = asked.get("request", "")
        self.requests.append(name)
        try:
            answer = {"status": "ok", **self._answer(name, asked)}
        except No as no:
            answer = {"status": "error", "error": str(no)}
        except Closing:
            return
        if "id" in asked:
            answer = {"id": asked["id"], **answer}
        self._reply(name, answer)

    def _reply(self, name: str, answer: dict[str, Any]) -> None:
        settings = self.state.settings
        if name in ("GetInfo", "Authenticate"):
            self.send(answer)
        elif settings.answers == "half":
            self.send(json.dumps(answer)[: len(json.dumps(answer)) // 2])
            asyncio.get_running_loop().call_later(0.05, self.abort)
        elif settings.answers == "other":
            self.send({**answer, "id": "somebody else's"})
        elif settings.answers == "whole" and name == "DoAction" and settings.action_delay:
            asyncio.get_running_loop().call_later(settings.action_delay, self.send, answer)
        elif settings.answers == "whole":
            self.send(answer)

    # Requests

    def _answer(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        settings = self.state.settings
        if name == "Authenticate" and settings.greets:
            return self._authenticate(asked)
        needs = settings.greets and settings.password and (settings.enforced or name in ALWAYS)
        if (needs or name in ALWAYS) and not self.is_authenticated:
            raise No("Authentication required")
        is_known = name in REQUESTS or name in EMPTY
        if not is_known or (name in NEWER and not settings.greets):
            raise No(f"Unknown request: {name}")
        return REQUESTS[name](self, asked) if name in REQUESTS else EMPTY[name]

    def _authenticate(self, asked: dict[str, Any]) -> dict[str, Any]:
        settings = self.state.settings
        if asked.get("authentication") == proof(settings.password, self._salt, self._challenge):
            self.is_authenticated = True
            return {}
        if settings.wrong_password == "error":
            raise No("Authentication failed")
        self.close(4009 if settings.wrong_password == "4009" else 1000)
        raise Closing

    def get_info(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"info": self.state.info()}

    def get_actions(self, asked: dict[str, Any]) -> dict[str, Any]:
        actions = [asdict(action) for action in self.state.actions.values()]
        return {"actions": actions, "count": len(actions)}

    def do_action(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answered once it is queued; it runs right after that."""
        action, arguments = self.state.find(asked.get("action") or {}), asked.get("args") or {}
        if action is None:
            raise No("Action not found")
        if not action.enabled and not self.state.settings.runs_what_is_off:
            raise No("Action is disabled")
        run = str(len(self.state.runs) + 1)
        if action.enabled:
            asyncio.get_running_loop().call_soon(self._run, action, run, arguments)
        return {"actionId": run, "args": arguments} if self.state.settings.tells_runs else {}

    def _run(self, action: Action, run: str, arguments: dict[str, Any]) -> None:
        self.state.runs.append({"id": action.id, "name": action.name, "args": arguments})
        told = {"id": run, "actionId": action.id, "name": action.name, "arguments": arguments}
        self._tell("Raw", "Action", told)
        if reply_to := arguments.get("sbClientResponse"):
            self._tell("Custom", "Event", {"eventName": reply_to, "args": {"ran": action.name}})
        self._tell("Raw", "ActionCompleted", told)

    def get_events(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self.state.settings.events == "error":
            raise No("not today")
        return {"events": self.state.events()}

    def subscribe(self, asked: dict[str, Any]) -> dict[str, Any]:
        for source, kinds in asked.get("events", {}).items():
            self.subscribed[source] = sorted({*self.subscribed.get(source, ()), *kinds})
        return {"events": self.subscribed}

    def unsubscribe(self, asked: dict[str, Any]) -> dict[str, Any]:
        for source, kinds in asked.get("events", {}).items():
            left = [kind for kind in self.subscribed.pop(source, ()) if kind not in kinds]
            self.subscribed |= {source: left} if left else {}
        return {"events": [f"{source}.{kind}" for source, kinds in self.subscribed.items() for kind in kinds]}

    def get_broadcaster(self, asked: dict[str, Any]) -> dict[str, Any]:
        mira = {"broadcastUser": "Mira_Plays", "broadcastUserName": "mira_plays", "broadcastUserId": "31337"}
        return {"platforms": {"twitch": mira}, "connected": ["twitch"], "disconnected": ["youtube", "trovo", "kick"]}

    def get_globals(self, asked: dict[str, Any]) -> dict[str, Any]:
        variables = {name: self._variable(name, value) for name, value in self._globals(asked).items()}
        return {"variables": variables, "count": len(variables)}

    def get_global(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked.get("variable", "")
        if name not in self._globals(asked):
            raise No("Variable not found")
        return {"variables": {name: self._variable(name, self._globals(asked)[name])}, "count": 1}

    def _globals(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self.state.globals[asked.get("persisted", True) is True]

    def _variable(self, name: str, value: Any) -> dict[str, Any]:
        return {"name": name, "value": value, "lastWrite": timestamp()}

    def send_message(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.state.said.append({name: asked.get(name) for name in ("platform", "message", "bot")})
        return {}


class Closing(Exception):
    """There is no answer: the socket closes."""


REQUESTS: dict[str, Callable[[Socket, dict[str, Any]], dict[str, Any]]] = {
    "GetInfo": Socket.get_info,
    "GetActions": Socket.get_actions,
    "DoAction": Socket.do_action,
    "GetEvents": Socket.get_events,
    "Subscribe": Socket.subscribe,
    "UnSubscribe": Socket.unsubscribe,
    "GetBroadcaster": Socket.get_broadcaster,
    "GetGlobals": Socket.get_globals,
    "GetGlobal": Socket.get_global,
    "SendMessage": Socket.send_message,
}
