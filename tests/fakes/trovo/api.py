"""open-api.trovo.live/openplatform: people, channels and sending chat."""

from __future__ import annotations

import functools
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import web

from tests.fakes import pictures
from tests.fakes.trovo.oauth import BASE, INVALID_PARAMETERS, OAuth, json_body
from tests.fakes.trovo.state import Limit, Spoken, State, TrovoError, User

LONGEST_MESSAGE = 500
SECONDS_BETWEEN_MESSAGES = 1.0
SECONDS_BETWEEN_THE_SAME = 30.0

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Api:
    """`said` tells chat what a call wrote."""

    def __init__(self, state: State, oauth: OAuth, *, said: Callable[[User, User, str], None]) -> None:
        self.state = state
        self.said = said
        self.oauth = oauth
        self.limit = Limit(state)
        self.spoken: deque[Spoken] = deque()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get(f"{BASE}/getuserinfo", self._counted(self.own_user)),
            web.post(f"{BASE}/getusers", self._counted(self.users)),
            web.post(f"{BASE}/channels/id", self._counted(self.channel)),
            web.post(f"{BASE}/chat/send", self._counted(self.send)),
            *pictures.routes("/user/{name}.png"),
        ]

    def _counted(self, handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def counting(request: web.Request) -> web.Response:
            headers = self.limit.count(request.headers.get("Client-ID", ""))
            try:
                answer = await handler(request)
            except TrovoError as error:
                answer = error.response()
            answer.headers.update(headers)
            return answer

        return counting

    async def own_user(self, request: web.Request) -> web.Response:
        token = self.oauth.token_of(request, "user_details_self")
        user = self.state.users[token.user_id or ""]
        return web.json_response(
            {
                "userId": user.id,
                "userName": user.login,
                "nickName": user.name,
                "email": user.email,
                "profilePic": self._picture(user),
                "info": "",
                "channelId": user.id,
            }
        )

    async def users(self, request: web.Request) -> web.Response:
        """Public: names to ids."""
        self.oauth.client_id_of(request)
        names = (await json_body(request)).get("user")
        if not isinstance(names, list) or not names:
            raise TrovoError(*INVALID_PARAMETERS)
        users = [self._user(str(name)) for name in names]
        return web.json_response({"total": len(users), "users": users})

    def _user(self, name: str) -> dict[str, str]:
        user = self.state.find_user(name)
        if user is not None:
            return {"user_id": user.id, "username": user.login, "nickname": user.name, "channel_id": user.id}
        if self.state.settings.unknown_users_are_zero:
            return {"user_id": "0", "username": name, "nickname": "", "channel_id": "0"}
        raise TrovoError(10505, "userNotFound")

    async def channel(self, request: web.Request) -> web.Response:
        """Public: a channel by its id or its name."""
        self.oauth.client_id_of(request)
        body = await json_body(request)
        user = self.state.find_user(str(body.get("channel_id") or body.get("username") or ""))
        if user is None:
            raise TrovoError(10505, "userNotFound")
        return web.json_response(_channel(user, self._picture(user)))

    async def send(self, request: web.Request) -> web.Response:
        """Into the own channel when none is named."""
        token = self.oauth.token_of(request, "chat_send_self")
        sender = self.state.users[token.user_id or ""]
        body = await json_body(request)
        channel = self.state.users.get(str(body.get("channel_id") or sender.id))
        content = body.get("content")
        if channel is None or not isinstance(content, str) or not 1 <= len(content) <= LONGEST_MESSAGE:
            raise TrovoError(*INVALID_PARAMETERS)
        if channel is not sender:
            self._may_speak(token.client_id, sender, channel, content)
        self.spoken.append(Spoken(time.time(), channel.id, sender.id, content))
        self.said(channel, sender, content)
        return web.json_response({})

    def _picture(self, user: User) -> str:
        return f"{self.state.settings.cdn_url}/user/{user.id}.png?ext=png&t=0"

    def _may_speak(self, client_id: str, sender: User, channel: User, content: str) -> None:
        """Another's channel is open to the app it let in with `send_to_my_channel`, at an ordinary pace."""
        if not self.state.has_consented(client_id, channel.id, "send_to_my_channel"):
            raise TrovoError(11707, "noPermission")
        if channel.silenced.hold(sender.id):
            raise TrovoError(12400, "banned")
        own = [one for one in self.spoken if (one.sender_id, one.channel_id) == (sender.id, channel.id)]
        now = time.time()
        too_fast = any(now - one.at < SECONDS_BETWEEN_MESSAGES for one in own)
        if too_fast or any(one.content == content and now - one.at < SECONDS_BETWEEN_THE_SAME for one in own):
            raise TrovoError(10908, "sendTooFast")


def _channel(user: User, picture: str) -> dict[str, Any]:
    """Times are Unix seconds, as strings."""
    stream = user.stream
    return {
        "is_live": stream is not None,
        "category_id": user.category_id,
        "category_name": user.category_name,
        "live_title": user.title,
        "audi_type": "CHANNEL_AUDIENCE_TYPE_FAMILYFRIENDLY",
        "language_code": "EN",
        "thumbnail": "",
        "current_viewers": stream.viewers if stream else 0,
        "followers": user.followers,
        "profile_pic": picture,
        "channel_url": f"https://trovo.live/{user.login}",
        "created_at": "1580000000",
        "subscriber_num": user.subscribers,
        "username": user.login,
        "started_at": str(stream.started_at if stream else 0),
        "ended_at": str(user.ended_at),
    }
