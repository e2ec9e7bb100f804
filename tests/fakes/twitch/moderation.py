"""api.twitch.tv/helix/moderation: bans, timeouts and the removal of messages, by the streamer or a moderator."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.oauth import AccessToken
from tests.fakes.twitch import payloads
from tests.fakes.twitch.chat import Chat
from tests.fakes.twitch.gate import HelixError, json_body, require_scope
from tests.fakes.twitch.state import User

LONGEST_TIMEOUT = 1_209_600
LONGEST_REASON = 500
DELETABLE_FOR = 6 * 60 * 60


class Moderation:
    """What it changes the verbs of `chat` do, so that listeners hear of it."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.state = chat.state

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        guarded = self.chat.gate.guarded
        return [
            web.post("/helix/moderation/bans", guarded(self.ban)),
            web.delete("/helix/moderation/bans", guarded(self.unban)),
            web.delete("/helix/moderation/chat", guarded(self.delete)),
        ]

    async def ban(self, request: web.Request, token: AccessToken) -> web.Response:
        """For good, or with a `duration` for so many seconds; a new timeout takes the place of the old one."""
        channel, moderator = self._who(request, token, "moderator:manage:banned_users")
        wish: Any = (await json_body(request)).get("data")
        if not isinstance(wish, dict):
            raise HelixError(400, "The data field is required.")
        user, seconds, reason = (
            self.state.users.get(str(wish.get("user_id"))),
            wish.get("duration"),
            wish.get("reason", ""),
        )
        if user is None:
            raise HelixError(400, "The user specified in the user_id field is not valid.")
        if seconds is not None and (type(seconds) is not int or not 1 <= seconds <= LONGEST_TIMEOUT):
            raise HelixError(400, "The duration field must be between 1 and 1209600.")
        if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
            raise HelixError(400, "The reason field is too long.")
        if user.id == channel.id or (user.id in channel.moderators and moderator is not channel):
            raise HelixError(400, "The user specified in the user_id field may not be banned.")
        if channel.silenced.is_banned(user.id):
            raise HelixError(400, "The user specified in the user_id field is already banned.")
        silence = {"reason": reason, "moderator": moderator.id, "channel": channel.id}
        if seconds is None:
            self.chat.ban(user.id, **silence)
        else:
            self.chat.timeout(user.id, seconds, **silence)
        row = {
            "broadcaster_id": channel.id,
            "moderator_id": moderator.id,
            "user_id": user.id,
            "created_at": payloads.timestamp(),
            "end_time": None if seconds is None else payloads.timestamp(-seconds),
        }
        return web.json_response({"data": [row]})

    async def unban(self, request: web.Request, token: AccessToken) -> web.Response:
        """A ban or a timeout that still lasts."""
        channel, moderator = self._who(request, token, "moderator:manage:banned_users")
        user = self.state.users.get(request.query.get("user_id", ""))
        if user is None or not channel.silenced.hold(user.id):
            raise HelixError(400, "The user specified in the user_id query parameter is not banned.")
        self.chat.unban(user.id, moderator=moderator.id, channel=channel.id)
        return web.Response(status=204)

    async def delete(self, request: web.Request, token: AccessToken) -> web.Response:
        """One message of somebody who is no moderator, or without an id all of them."""
        channel, _ = self._who(request, token, "moderator:manage:chat_messages")
        message_id = request.query.get("message_id")
        if message_id is None:
            self.chat.clear_chat(channel=channel.id)
            return web.Response(status=204)
        said = self.chat.find_message(message_id)
        if said is None or said.event["broadcaster_user_id"] != channel.id:
            raise HelixError(404, "The message specified in the message_id query parameter was not found.")
        if said.event["chatter_user_id"] in {channel.id, *channel.moderators}:
            raise HelixError(400, "You may not delete the messages of the broadcaster or of another moderator.")
        if said.at < time.time() - DELETABLE_FOR:
            raise HelixError(400, "The message was created more than 6 hours ago.")
        self.chat.delete_message(message_id)
        return web.Response(status=204)

    def _who(self, request: web.Request, token: AccessToken, scope: str) -> tuple[User, User]:
        """The channel, and the moderator whose token it is."""
        require_scope(token, scope)
        channel = self.state.users.get(request.query.get("broadcaster_id", ""))
        moderator = self.state.users.get(request.query.get("moderator_id", ""))
        if channel is None or moderator is None:
            raise HelixError(400, "The IDs in broadcaster_id and moderator_id must be valid.")
        if moderator.id != token.user_id:
            raise HelixError(401, "The ID in moderator_id must match the user ID found in the request's OAuth token.")
        if moderator.id not in {channel.id, *channel.moderators}:
            raise HelixError(403, "The user in moderator_id is not a moderator of the broadcaster.")
        return channel, moderator
