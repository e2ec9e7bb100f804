"""api.kick.com/public/v1/moderation, and the removal of messages. Only the broadcaster moderates here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.kick.errors import ApiError, data_answer, json_body
from tests.fakes.kick.state import User

if TYPE_CHECKING:
    from tests.fakes.kick.platform import Kick

LONGEST_TIMEOUT = 10_080
LONGEST_REASON = 100
BANS = "/public/v1/moderation/bans"


class Moderation:
    """What it changes the verbs of the stand-in do, so that listeners hear of it as far as Kick tells them."""

    def __init__(self, kick: Kick) -> None:
        self.kick = kick
        self.api = kick.api
        self.state = kick.state

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.post(BANS, self.ban),
            web.delete(BANS, self.unban),
            web.delete("/public/v1/chat/{message_id}", self.delete),
        ]

    async def ban(self, request: web.Request) -> web.Response:
        """For good, or with a `duration` for so many minutes."""
        channel, user, body = await self._whom(request)
        minutes, reason = body.get("duration"), body.get("reason", "")
        if minutes is not None and (type(minutes) is not int or not 1 <= minutes <= LONGEST_TIMEOUT):
            raise ApiError(400, "Bad request", "Invalid duration")
        if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
            raise ApiError(400, "Bad request", "Invalid reason")
        if user is channel:
            raise ApiError(400, "Bad request", "User cannot be banned")
        if minutes is None:
            self.kick.ban(user.id, reason=reason, channel=channel.id)
        else:
            self.kick.timeout(user.id, minutes, reason=reason, channel=channel.id)
        return data_answer({})

    async def unban(self, request: web.Request) -> web.Response:
        """With a body, and without an event."""
        channel, user, _ = await self._whom(request)
        if not channel.silenced.hold(user.id):
            raise ApiError(400, "Bad request", "User is not banned")
        self.kick.unban(user.id, channel=channel.id)
        return data_answer({})

    async def delete(self, request: web.Request) -> web.Response:
        """Without an event."""
        channel = self.api.owner(self.api.token(request, "moderation:chat_message:manage"))
        found = self.kick.find_message(request.match_info["message_id"])
        if found is None:
            raise ApiError(404, "Not found", "Message not found")
        if str(found["broadcaster"]["user_id"]) != channel.id:
            raise ApiError(403, "Forbidden")
        self.kick.delete_message(found["message_id"])
        return web.Response(status=204)

    async def _whom(self, request: web.Request) -> tuple[User, User, dict[str, Any]]:
        """The channel, whom it is about, and the body. Ids are numbers."""
        owner = self.api.owner(self.api.token(request, "moderation:ban"))
        body = await json_body(request)
        channel_id, user_id = body.get("broadcaster_user_id"), body.get("user_id")
        if type(channel_id) is not int or type(user_id) is not int:
            raise ApiError(400, "Bad request", "Invalid user")
        if str(channel_id) != owner.id:
            raise ApiError(403, "Forbidden")
        user = self.state.users.get(str(user_id))
        if user is None:
            raise ApiError(404, "Not found", "User not found")
        return owner, user, body
