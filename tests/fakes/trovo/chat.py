"""open-chat.trovo.live/chat: one-time tokens, sockets, a short history, and entries as Trovo words them."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.oauth import random_token
from tests.fakes.trovo.oauth import BASE, OAuth
from tests.fakes.trovo.state import State, TrovoError, User

Entry = dict[str, Any]

TOKEN_LIFETIME = 20.0
HISTORY = 30
#: Closes a socket whose client did not say who it is.
UNKNOWN = 4003


@dataclass(eq=False)
class Session:
    """One socket that was let in. Frames go through a queue, so verbs never wait for a slow client.

    A number in the queue is the code to close with.
    """

    socket: web.WebSocketResponse
    request: web.Request
    channel_id: str
    outbox: asyncio.Queue[str | int] = field(default_factory=asyncio.Queue)
    is_silent: bool = False

    def send(self, frame: dict[str, Any] | str) -> None:
        if not self.is_silent:
            self.outbox.put_nowait(frame if isinstance(frame, str) else json.dumps(frame))

    def close(self, code: int) -> None:
        """Close with a code, after what is queued."""
        self.outbox.put_nowait(code)

    def abort(self) -> None:
        """End the TCP connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


class Chat:
    def __init__(self, state: State, oauth: OAuth) -> None:
        self.state = state
        self.oauth = oauth
        self.sessions: list[Session] = []
        self._tokens: dict[str, tuple[str, float]] = {}
        self._history: dict[str, deque[Entry]] = defaultdict(lambda: deque(maxlen=HISTORY))
        self._numbers = itertools.count(1)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.get(f"{BASE}/chat/channel-token/{{channel_id}}", self.token), web.get("/chat", self.connect)]

    async def token(self, request: web.Request) -> web.Response:
        """Public: for whoever names an app."""
        try:
            self.oauth.client_id_of(request)
            channel = self.state.find_user(request.match_info["channel_id"])
            if channel is None:
                raise TrovoError(10505, "userNotFound")
        except TrovoError as error:
            return error.response()
        token = random_token(24)
        self._tokens[token] = (channel.id, time.monotonic() + TOKEN_LIFETIME)
        date = formatdate(self._now(), usegmt=True)
        return web.json_response({"token": token}, headers={"Date": date})

    def _now(self) -> int:
        return int(time.time()) + self.state.settings.clock_ahead

    # Sockets

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        session = await self._let_in(socket, request)
        if session is None:
            await socket.close(code=UNKNOWN)
            return socket
        self.sessions.append(session)
        sending = asyncio.create_task(_send(session))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(session, json.loads(message.data))
        finally:
            sending.cancel()
            self.sessions.remove(session)
        return socket

    async def _let_in(self, socket: web.WebSocketResponse, request: web.Request) -> Session | None:
        """The first frame is AUTH with a token of this very channel, used once and in time."""
        message = await socket.receive()
        given = json.loads(message.data) if message.type is WSMsgType.TEXT else {}
        token = str(given.get("data", {}).get("token", ""))
        channel_id, ends = self._tokens.pop(token, ("", 0.0))
        answer = {"type": "RESPONSE", "nonce": given.get("nonce", "")}
        if given.get("type") != "AUTH" or ends < time.monotonic():
            await socket.send_json(answer | {"error": "invalid token"})
            return None
        await socket.send_json(answer)
        for entry in self._history[channel_id]:
            await socket.send_json(self._frame(channel_id, [entry], is_history=True))
        return Session(socket, request, channel_id)

    def _heard(self, session: Session, message: dict[str, Any]) -> None:
        if message.get("type") == "PING":
            gap = {"gap": self.state.settings.ping_gap}
            session.send({"type": "PONG", "nonce": message.get("nonce", ""), "data": gap})

    # Entries

    def say(self, channel: User, type: int, who: User | None, content: str = "", **fields: Any) -> str:
        """One entry to every reader of the channel, and into its history; its message id."""
        number, now = next(self._numbers), self._now()
        sender = int(who.id) if who else 0
        entry: Entry = {
            "type": type,
            "content": content,
            "nick_name": who.name if who else "",
            "user_name": who.login if who else "",
            "avatar": f"{sender}.png?ext=png&t=0",
            "sub_lv": "",
            "sub_tier": "0",
            "medals": [],
            "decos": [],
            "roles": ["streamer"] if who is channel else [],
            "custom_role": "null",
            "message_id": f"{time.time_ns()}{number}_{channel.id}_{sender}_2887000001_1",
            "sender_id": sender,
            "uid": sender,
            "send_time": now,
            "content_data": {"normal_emote_enabled": ""},
            **fields,
        }
        self._history[channel.id].append(entry)
        self.send(channel, self._frame(channel.id, [entry]))
        return entry["message_id"]

    def history(self, channel: User) -> list[Entry]:
        return list(self._history[channel.id])

    def repeat(self, channel: User) -> None:
        """The last entry once more, as it was."""
        self.send(channel, self._frame(channel.id, [self._history[channel.id][-1]]))

    def send(self, channel: User, frame: dict[str, Any] | str) -> int:
        """Any frame to every reader; how many there are."""
        readers = [session for session in self.sessions if session.channel_id == channel.id]
        for session in readers:
            session.send(frame)
        return len(readers)

    def _frame(self, channel_id: str, entries: list[Entry], *, is_history: bool = False) -> dict[str, Any]:
        """History names no channel, and has 0 in its place in the `eid`."""
        frame = {"type": "CHAT", "data": {"eid": f"{time.time_ns()}_{0 if is_history else channel_id}_1_1"}}
        frame["data"]["chats"] = entries
        return frame if is_history else frame | {"channel_info": {"channel_id": channel_id}}


async def _send(session: Session) -> None:
    while isinstance(frame := await session.outbox.get(), str):
        await session.socket.send_str(frame)
    await session.socket.close(code=frame)
