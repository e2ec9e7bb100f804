"""The protocol of obs-websocket 5: meeting, subscribing, requests and batches, and every code it closes with."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgpack
from aiohttp import WSMessage, WSMsgType, web

from tests.fakes.obs.desk import Desk
from tests.fakes.obs.requests import Requests
from tests.fakes.obs.state import State

JSON, PACKED = "obswebsocket.json", "obswebsocket.msgpack"
ALL_LOW_VOLUME = 2047
#: Answers go through a pool of threads: those that were asked for at once come back in any order within this.
DISORDER = 0.001
LONGEST_MESSAGE = 32 * 1024 * 1024
REMEMBERED = 50_000


@dataclass
class Spoiled:
    """What becomes of the next answers to a request. Hello and Identify count as requests too."""

    how: str
    times: int | None
    seconds: float


@dataclass(eq=False)
class Session:
    socket: web.WebSocketResponse
    request: web.Request
    challenge: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    is_identified: bool = False
    subscriptions: int = 0
    outbox: asyncio.Queue[str | bytes | tuple[int, str]] = field(default_factory=asyncio.Queue)

    @property
    def is_packed(self) -> bool:
        return self.socket.ws_protocol == PACKED

    def send(self, op: int, data: dict[str, Any]) -> None:
        frame = {"op": op, "d": data}
        self.outbox.put_nowait(msgpack.packb(frame) if self.is_packed else json.dumps(frame))

    def close(self, code: int, reason: str = "") -> None:
        """After what is queued."""
        self.outbox.put_nowait((code, reason))

    def abort(self) -> None:
        """End the TCP connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


class Sessions:
    def __init__(self, state: State) -> None:
        self.state = state
        self.desk = Desk(state, self.tell)
        self.requests = Requests(self.desk)
        self.open: list[Session] = []
        self.spoiled: dict[str, Spoiled] = {}
        #: Every frame of every client, oldest first.
        self.received: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self.salt = base64.b64encode(secrets.token_bytes(32)).decode()
        self._answering: set[asyncio.Task[None]] = set()

    async def connect(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            protocols=(JSON, PACKED), compress=False, timeout=1.0, max_msg_size=LONGEST_MESSAGE
        )
        if not socket.can_prepare(request):
            return web.Response(status=426, text="Upgrade Required")
        await socket.prepare(request)
        session = Session(socket, request)
        self.open.append(session)
        writing = asyncio.create_task(self._write(session))
        try:
            if self.state.settings.speaks == 5 and self.state.settings.says_hello:
                self._send_unless_spoiled(session, "Hello", 0, self._hello(session))
            async for message in socket:
                self._hear(session, message)
        finally:
            self.open.remove(session)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        return socket

    async def _write(self, session: Session) -> None:
        while True:
            item = await session.outbox.get()
            if isinstance(item, tuple):
                await session.socket.close(code=item[0], message=item[1].encode())
                return
            if isinstance(item, bytes):
                await session.socket.send_bytes(item)
            else:
                await session.socket.send_str(item)

    def tell(self, intent: int, event: str, data: dict[str, Any] | None) -> None:
        told: dict[str, Any] = {"eventType": event, "eventIntent": intent}
        if data is not None:
            told["eventData"] = data
        for session in self.open:
            if session.is_identified and session.subscriptions & intent:
                session.send(5, told)

    def _hello(self, session: Session) -> dict[str, Any]:
        settings = self.state.settings
        hello: dict[str, Any] = {
            "obsWebSocketVersion": settings.websocket_version,
            "rpcVersion": settings.rpc_version,
        }
        if settings.plugin >= (5, 6):
            hello["obsStudioVersion"] = settings.obs_version
        if settings.password:
            hello["authentication"] = {"challenge": session.challenge, "salt": self.salt}
        return hello

    def _hear(self, session: Session, message: WSMessage) -> None:
        frame = _read(message, is_packed=session.is_packed)
        if not isinstance(frame, dict):
            session.close(4002, "The message type you sent could not be decoded.")
            return
        self.received.append(frame)
        if self.state.settings.speaks == 4:
            self._answer_as_of_old(session, frame)
            return
        op, data = frame.get("op"), frame.get("d")
        if op not in (1, 3, 6, 8) or isinstance(op, bool):
            session.close(4006, "Your message contained an unknown `op`.")
        elif not isinstance(data, dict):
            session.close(4003, "Your payload is missing data (`d`).")
        elif op == 1:
            self._identify(session, data)
        elif not session.is_identified:
            session.close(4007, "You attempted to send a non-Identify message while not identified.")
        elif op == 3:
            self._subscribe(session, data)
        else:
            self._later(self._answer(session, data) if op == 6 else self._answer_batch(session, data))

    def _answer_as_of_old(self, session: Session, frame: dict[str, Any]) -> None:
        """obs-websocket 4.9: it never speaks first."""
        said = {"message-id": frame.get("message-id"), "status": "ok", "obs-websocket-version": "4.9.1"}
        session.outbox.put_nowait(json.dumps(said))

    def _identify(self, session: Session, data: dict[str, Any]) -> None:
        settings = self.state.settings
        given = data.get("authentication")
        if settings.password and "authentication" in data and not isinstance(given, str) and settings.plugin < (5, 2):
            # The real one ends altogether (fixed in 5.2.0).
            for one in self.open:
                one.abort()
        elif session.is_identified:
            session.close(4008, "You are already Identified with the obs-websocket server.")
        elif settings.password and given != self._proof(session):
            session.close(4009, "Authentication failed.")
        elif "rpcVersion" not in data:
            session.close(4003, "Your payload's data is missing an `rpcVersion`.")
        elif data["rpcVersion"] != settings.rpc_version:
            session.close(4010, "Your requested RPC version is not supported by this server.")
        else:
            session.is_identified = True
            session.subscriptions = ALL_LOW_VOLUME
            self._subscribe(session, data)

    def _proof(self, session: Session) -> str:
        secret = base64.b64encode(hashlib.sha256((self.state.settings.password + self.salt).encode()).digest())
        return base64.b64encode(hashlib.sha256(secret + session.challenge.encode()).digest()).decode()

    def _subscribe(self, session: Session, data: dict[str, Any]) -> None:
        wanted = data.get("eventSubscriptions", session.subscriptions)
        if type(wanted) is not int or wanted < 0:
            session.close(4004, "Your `eventSubscriptions` is not an unsigned number.")
            return
        session.subscriptions = wanted
        self._send_unless_spoiled(session, "Identify", 2, {"negotiatedRpcVersion": self.state.settings.rpc_version})

    async def _answer(self, session: Session, data: dict[str, Any]) -> None:
        if not isinstance(data.get("requestType"), str) or "requestId" not in data:
            session.close(4003, "Your payload's data is missing a `requestType` or a `requestId`.")
            return
        answered = self._response(data)
        await asyncio.sleep(random.random() * DISORDER + self.state.settings.latency)
        self._send_unless_spoiled(session, data["requestType"], 7, answered)

    async def _answer_batch(self, session: Session, data: dict[str, Any]) -> None:
        results = []
        for one in data.get("requests", []):
            if one.get("requestType") == "Sleep":
                await asyncio.sleep(one.get("requestData", {}).get("sleepMillis", 0) / 1000)
                results.append({"requestType": "Sleep", "requestStatus": {"result": True, "code": 100}})
                continue
            results.append(self._response(one))
            if data.get("haltOnFailure") and not results[-1]["requestStatus"]["result"]:
                break
        session.send(9, {"requestId": data.get("requestId"), "results": results})

    def _response(self, data: dict[str, Any]) -> dict[str, Any]:
        status, answered = self.requests.respond(data["requestType"], data.get("requestData"))
        response = {"requestType": data["requestType"], "requestStatus": status}
        if "requestId" in data:
            response["requestId"] = data["requestId"]
        return response | ({"responseData": answered} if answered else {})

    def _send_unless_spoiled(self, session: Session, kind: str, op: int, data: dict[str, Any]) -> None:
        spoiled = self.spoiled.get(kind)
        if spoiled is None:
            session.send(op, data)
            return
        if spoiled.times is not None:
            spoiled.times -= 1
            if spoiled.times == 0:
                del self.spoiled[kind]
        match spoiled.how:
            case "late":
                asyncio.get_running_loop().call_later(spoiled.seconds, session.send, op, data)
            case "half":
                text = json.dumps({"op": op, "d": data})
                session.outbox.put_nowait(text[: len(text) // 2])
            case "binary":
                session.outbox.put_nowait(json.dumps({"op": op, "d": data}).encode())
            case "list":
                session.outbox.put_nowait("[]")
            case "empty":
                session.send(op, {})
            case "stranger":
                session.send(op, data | {"requestId": "nobody's"})
            case "huge":
                session.send(op, data | {"padding": "x" * (9 * 1024 * 1024)})
            case "not_ready":
                status = {"result": False, "code": 207, "comment": "OBS is not ready to perform the request."}
                session.send(op, {"requestType": kind, "requestId": data["requestId"], "requestStatus": status})
            case "hang_up":
                session.abort()

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)


def _read(message: WSMessage, *, is_packed: bool) -> Any:
    """None for what is no frame of this sub-protocol."""
    try:
        if is_packed:
            return msgpack.unpackb(message.data) if message.type is WSMsgType.BINARY else None
        return json.loads(message.data) if message.type is WSMsgType.TEXT else None
    except ValueError:
        return None
