"""A Twitch that floods, a process of its own: `python -m benchmarks.eventsub <port>`.

It lets everybody in, takes every subscription, and on `POST /flood` sends so many chat notifications to each session
that asked for them. The frames are written out before the clock starts: what is sent is not what is measured. It is
also the 7TV that Lumio looks words up in, as a channel with many emotes would have it.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from typing import Any

from aiohttp import web

from lumio.env import ROOT
from tests.fakes.twitch.payloads import timestamp

FIXTURE = ROOT / "tests/connections/twitch/fixtures/channel.chat.message.json"
CHAT = "channel.chat.message"
EMOTES = [{"id": f"{number:024x}", "name": f"emote{number}", "data": {}} for number in range(1_000)]


class Server:
    def __init__(self) -> None:
        self.sessions: dict[str, web.WebSocketResponse] = {}
        #: Subscriptions to chat: id → session id.
        self.chats: dict[str, str] = {}
        self.example = json.loads(FIXTURE.read_text())

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.get("/eventsub/ws", self.connect),
                web.post("/helix/eventsub/subscriptions", self.subscribe),
                web.post("/flood", self.flood),
                web.get("/oauth2/validate", self.validate),
                web.get("/helix/{call:.*}", self.nothing),
                web.get("/7tv/v3/emote-sets/global", self.emotes),
            ]
        )
        return application

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        session_id = uuid.uuid4().hex
        self.sessions[session_id] = socket
        session = {"id": session_id, "status": "connected", "keepalive_timeout_seconds": 600, "reconnect_url": None}
        await socket.send_json(message("session_welcome", {"session": session}))
        async for _ in socket:
            pass
        del self.sessions[session_id]
        return socket

    async def subscribe(self, request: web.Request) -> web.Response:
        wish = await request.json()
        subscription = {**wish, "id": str(uuid.uuid4()), "status": "enabled", "cost": 0, "created_at": timestamp()}
        if wish["type"] == CHAT:
            self.chats[subscription["id"]] = wish["transport"]["session_id"]
        answer = {"data": [subscription], "total": 1, "total_cost": 0, "max_total_cost": 10}
        return web.json_response(answer, status=202)

    async def flood(self, request: web.Request) -> web.Response:
        """Answers with the time at which the first frame was sent."""
        number = int(request.query["frames"])
        floods = [
            (self.sessions[session_id], [self.frame(chat) for _ in range(number)])
            for chat, session_id in self.chats.items()
            if session_id in self.sessions
        ]
        began = time.time()
        for socket, frames in floods:
            for frame in frames:
                await socket.send_str(frame)
        return web.json_response({"began": began, "sessions": len(floods)})

    def frame(self, subscription_id: str) -> str:
        """The captured message as somebody's next one."""
        metadata, payload = self.example["metadata"], self.example["payload"]
        said = {"message_id": str(uuid.uuid4()), "message_timestamp": timestamp()}
        return json.dumps(
            {
                "metadata": metadata | said,
                "payload": {
                    "subscription": payload["subscription"] | {"id": subscription_id},
                    "event": payload["event"] | {"message_id": str(uuid.uuid4())},
                },
            }
        )

    async def validate(self, request: web.Request) -> web.Response:
        return web.json_response({"client_id": "bench", "user_id": "31337", "login": "bench", "expires_in": 9999})

    async def emotes(self, request: web.Request) -> web.Response:
        return web.json_response({"emotes": EMOTES})

    async def nothing(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [], "pagination": {}, "total": 0})


def message(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    metadata = {"message_id": str(uuid.uuid4()), "message_type": kind, "message_timestamp": timestamp()}
    return {"metadata": metadata, "payload": payload}


if __name__ == "__main__":
    web.run_app(Server().application(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
