"""api.kick.com/public/v1: users, channels and sending chat."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from tests.fakes import pictures
from tests.fakes.kick.errors import ApiError, data_answer, json_body
from tests.fakes.kick.state import Spoken, State, User
from tests.fakes.oauth import AccessToken
from tests.fakes.server import Refused

MOST_CHANNELS = 50
LONGEST_SLUG = 25
LONGEST_MESSAGE = 500
PICTURE_PATH = "/images/user/{name}/profile_image/conversion/medium.webp"


#: Told of what was sent, for it comes back to every listener: channel, sender (None for the app's bot), content, and
#: the id of what it answers. The id of the new message comes back.
Said = Callable[[User, str | None, str, str | None], str]


class BotTrouble(Refused):
    """What `type: "bot"` answers to many apps since early 2026."""

    def body(self) -> dict[str, Any]:
        return {"message": self.message}


class Api:
    """Only the access token is asked for; there is no client id header."""

    def __init__(self, state: State, *, said: Said) -> None:
        self.state = state
        self.said = said
        self.spoken: list[Spoken] = []
        self.drops = 0
        """How many of the next messages are answered 200 and not sent."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/public/v1/users", self.users),
            web.get("/public/v1/channels", self.channels),
            web.post("/public/v1/chat", self.chat),
            *pictures.routes(PICTURE_PATH),
        ]

    async def users(self, request: web.Request) -> web.Response:
        """The token's own user without parameters, else those asked for; unknown ones are absent."""
        token = self.token(request, "user:read")
        wanted = request.query.getall("id", [])
        users = [self.state.users[id] for id in wanted if id in self.state.users] if wanted else [self.owner(token)]
        return data_answer([self._shown(user, own=user.id == token.user_id) for user in users])

    async def channels(self, request: web.Request) -> web.Response:
        """The own channel without parameters, else by id or by slug.

        One unknown slug fails the whole request at times; here it always does, and ids alike.
        """
        token = self.token(request, "channel:read")
        ids, slugs = request.query.getall("broadcaster_user_id", []), request.query.getall("slug", [])
        wanted = ids or slugs
        if (ids and slugs) or len(wanted) > MOST_CHANNELS or any(len(slug) > LONGEST_SLUG for slug in slugs):
            raise ApiError(400, "Bad request")
        channels = [self._found(name) for name in wanted] if wanted else [self.owner(token)]
        return data_answer([_channel(channel) for channel in channels])

    async def chat(self, request: web.Request) -> web.Response:
        """200 does not mean sent: `is_sent` says so."""
        token = self.token(request, "chat:write")
        owner = self.owner(token)
        body = await json_body(request)
        content = body.get("content")
        if not isinstance(content, str) or not 1 <= len(content) <= LONGEST_MESSAGE:
            raise ApiError(400, "Bad request", "Invalid content")
        sender_id: str | None
        match body.get("type"):
            case "user":
                channel, sender_id = self._found(body.get("broadcaster_user_id")), owner.id
            case "bot":
                channel, sender_id = self._channel_of_bot(owner), None
            case _:
                raise ApiError(400, "Bad request", "Invalid type")
        if sender_id is not None and channel.silenced.hold(sender_id):
            raise ApiError(403, "Forbidden", "User is banned")
        if self.drops:
            self.drops -= 1
            return data_answer({"is_sent": False, "message_id": ""})
        message_id = self.said(channel, sender_id, content, body.get("reply_to_message_id"))
        spoken = Spoken(message_id, channel.id, sender_id, content, body.get("reply_to_message_id"))
        self.spoken.append(spoken)
        return data_answer({"is_sent": True, "message_id": spoken.message_id})

    def _shown(self, user: User, *, own: bool) -> dict[str, Any]:
        picture = PICTURE_PATH.format(name=user.id)
        answer = {
            "user_id": int(user.id),
            "name": user.name,
            "profile_picture": self.state.settings.cdn_url + picture,
        }
        return answer | ({"email": user.email} if own else {})

    def token(self, request: web.Request, scope: str) -> AccessToken:
        """A missing scope looks like an expired token; app tokens have no scopes and need none to read."""
        token = self.state.bearer(request.headers.get("Authorization"))
        if token is None or (token.user_id is not None and scope not in token.scopes):
            raise ApiError(401, "Unauthorized")
        return token

    def owner(self, token: AccessToken) -> User:
        if token.user_id is None:
            raise ApiError(401, "Unauthorized")
        return self.state.users[token.user_id]

    def _found(self, id_or_slug: Any) -> User:
        channel = self.state.find_user(str(id_or_slug))
        if channel is None:
            raise ApiError(400, "Bad request", "Channel not found")
        return channel

    def _channel_of_bot(self, owner: User) -> User:
        """Always that of the token's user, whatever the request says."""
        match self.state.settings.bot:
            case "missing":
                raise ApiError(400, "Bad request", "Channel not found")
            case "broken":
                raise BotTrouble(500, "Internal Server Error")
        return owner


def _channel(user: User) -> dict[str, Any]:
    """Offline, `start_time` is Go's zero time."""
    stream = user.stream
    return {
        "broadcaster_user_id": int(user.id),
        "slug": user.login,
        "stream_title": user.title,
        "channel_description": user.description,
        "banner_picture": "",
        "category": {"id": user.category_id, "name": user.category_name, "thumbnail": ""},
        "stream": {
            "is_live": stream is not None,
            "is_mature": False,
            "language": user.language,
            "viewer_count": stream.viewers if stream else 0,
            "start_time": stream.started_at if stream else "0001-01-01T00:00:00Z",
            "thumbnail": "",
            "custom_tags": user.tags,
            "url": "",
            "key": "",
        },
        "active_subscribers_count": user.subscribers,
        "active_gifted_subscribers_count": 0,
        "canceled_subscribers_count": 0,
    }
