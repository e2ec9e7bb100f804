"""api.twitch.tv/helix: users, streams, channels, moderators and sending chat."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from tests.fakes.oauth import AccessToken
from tests.fakes.twitch.cdn import avatar_url, preview_url
from tests.fakes.twitch.gate import Gate, HelixError, json_body, require_scope
from tests.fakes.twitch.state import State, User

MOST_IDS = 100
LONGEST_MESSAGE = 500
CHAT_WINDOW = 30.0
CHAT_LIMIT, CHAT_LIMIT_TRUSTED = 20, 100
CHANNEL_FIELDS = {
    "title": "title",
    "game_id": "category_id",
    "broadcaster_language": "language",
    "tags": "tags",
    "content_classification_labels": "labels",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message sent a moment ago; twice the same within 30 seconds is dropped."""

    at: float
    channel_id: str
    sender_id: str
    text: str


class Helix:
    """`said` and `updated` tell the EventSub side what a call changed."""

    def __init__(
        self,
        state: State,
        gate: Gate,
        *,
        said: Callable[[User, User, str, str, str | None], None],
        updated: Callable[[User], object],
    ) -> None:
        self.state = state
        self.gate = gate
        self.said = said
        self.updated = updated
        self.drops: deque[dict[str, str]] = deque()
        """Drop reasons for the next messages: answered 200, but not sent."""
        self._spoken: deque[Spoken] = deque()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        guarded = self.gate.guarded
        return [
            web.get("/helix/users", guarded(self.users)),
            web.get("/helix/streams", guarded(self.streams)),
            web.get("/helix/channels", guarded(self.channels)),
            web.patch("/helix/channels", guarded(self.change_channel)),
            web.post("/helix/chat/messages", guarded(self.send_chat)),
            web.get("/helix/channels/followers", guarded(self.followers)),
            web.get("/helix/moderation/moderators", guarded(self.moderators)),
        ]

    # Reading

    async def users(self, request: web.Request, token: AccessToken) -> web.Response:
        """The token's own user without parameters, else those asked for; unknown ones are absent."""
        wanted = _named(request.query, "id", "login")
        if not wanted and token.user_id is None:
            raise HelixError(400, "Must provide an ID, Login or OAuth Token")
        found = self._find(wanted) if wanted else [self.state.users[token.user_id or ""]]
        rows = [_user(user, request.host) for user in found]
        if "user:read:email" in token.scopes:
            for row in rows:
                if row["id"] == token.user_id:
                    row["email"] = self.state.users[row["id"]].email
        return _data(rows)

    async def streams(self, request: web.Request, token: AccessToken) -> web.Response:
        """Only live channels; empty when all are offline."""
        wanted = _named(request.query, "user_id", "user_login")
        found = self._find(wanted) if wanted else list(self.state.users.values())
        return _data([_stream(user, request.host) for user in found if user.stream], pagination={})

    async def channels(self, request: web.Request, token: AccessToken) -> web.Response:
        """Title and category, live or not."""
        wanted = _named(request.query, "broadcaster_id")
        if not wanted:
            raise HelixError(400, 'Missing required parameter "broadcaster_id"')
        return _data([_channel(user) for user in self._find(wanted)])

    async def followers(self, request: web.Request, token: AccessToken) -> web.Response:
        """Of a channel: all, or one of them. Who may not see them gets their number alone."""
        channel = self.state.users.get(request.query.get("broadcaster_id", ""))
        if channel is None:
            raise HelixError(400, 'Missing required parameter "broadcaster_id"')
        may_see = "moderator:read:followers" in token.scopes and token.user_id in {channel.id, *channel.moderators}
        wanted = _named(request.query, "user_id") or list(channel.followers)
        found = [user for user in self._find(wanted) if may_see and user.id in channel.followers]
        rows = [
            {
                "user_id": user.id,
                "user_login": user.login,
                "user_name": user.name,
                "followed_at": channel.followers[user.id],
            }
            for user in found
        ]
        return _data(rows, total=len(channel.followers), pagination={})

    async def moderators(self, request: web.Request, token: AccessToken) -> web.Response:
        """Of the token's own channel: all, or those asked for who are."""
        require_scope(token, "moderation:read", "channel:manage:moderators")
        channel = self.state.users.get(request.query.get("broadcaster_id", ""))
        if channel is None or channel.id != token.user_id:
            raise HelixError(401, "The ID in broadcaster_id must match the user ID in the token.")
        wanted = _named(request.query, "user_id") or sorted(channel.moderators)
        found = [user for user in self._find(wanted) if user.id in channel.moderators]
        rows = [{"user_id": user.id, "user_login": user.login, "user_name": user.name} for user in found]
        return _data(rows, pagination={})

    def _find(self, names: list[str]) -> list[User]:
        found = (self.state.find_user(name) for name in names)
        return [user for user in found if user is not None]

    # Changing

    async def change_channel(self, request: web.Request, token: AccessToken) -> web.Response:
        require_scope(token, "channel:manage:broadcast")
        channel = self.state.users.get(request.query.get("broadcaster_id", ""))
        if channel is None or channel.id != token.user_id:
            raise HelixError(401, "The ID in broadcaster_id must match the user ID in the token.")
        body = await json_body(request)
        if not body:
            raise HelixError(400, "The request must specify at least one property to change.")
        for name, attribute in CHANNEL_FIELDS.items():
            if name in body:
                setattr(channel, attribute, body[name])
        self.updated(channel)
        return web.Response(status=204)

    async def send_chat(self, request: web.Request, token: AccessToken) -> web.Response:
        """200 does not mean sent: `is_sent` says so, `drop_reason` why not."""
        body = await json_body(request)
        channel = self.state.users.get(str(body.get("broadcaster_id", "")))
        sender = self.state.users.get(str(body.get("sender_id", "")))
        text = body.get("message")
        if channel is None or sender is None:
            raise HelixError(400, "The IDs in broadcaster_id and sender_id must be valid.")
        if not isinstance(text, str) or not text.strip():
            raise HelixError(400, "The message field is required.")
        self._may_speak(token, channel, sender)
        if len(text) > LONGEST_MESSAGE:
            raise HelixError(422, "The message is too large.")
        reason = self._drop_reason(channel, sender, text)
        if reason:
            return _data([{"message_id": "", "is_sent": False, "drop_reason": reason}])
        message_id = str(uuid.uuid4())
        self._spoken.append(Spoken(time.time(), channel.id, sender.id, text))
        self.said(channel, sender, message_id, text, body.get("reply_parent_message_id"))
        return _data([{"message_id": message_id, "is_sent": True, "drop_reason": None}])

    def _may_speak(self, token: AccessToken, channel: User, sender: User) -> None:
        """A user speaks for itself; an app token needs both consents, or a moderator's badge."""
        if token.user_id is not None:
            require_scope(token, "user:write:chat")
            if token.user_id != sender.id:
                raise HelixError(401, "The ID in sender_id must match the user ID in the token.")
        else:
            consented = self.state.has_consented
            if not consented(token.client_id, sender.id, "user:bot"):
                raise HelixError(401, "Missing scope: user:bot")
            trusted = sender.id in channel.moderators or sender.id == channel.id
            if not trusted and not consented(token.client_id, channel.id, "channel:bot"):
                raise HelixError(403, "The sender is not permitted to send chat messages here.")
        if channel.silenced.is_banned(sender.id):
            raise HelixError(403, "The sender is not permitted to send chat messages here.")

    def _drop_reason(self, channel: User, sender: User, text: str) -> dict[str, str] | None:
        if self.drops:
            return self.drops.popleft()
        while self._spoken and self._spoken[0].at < time.time() - CHAT_WINDOW:
            self._spoken.popleft()
        if channel.silenced.is_timed_out(sender.id):
            return {"code": "msg_timedout", "message": "You are timed out in this channel."}
        own = [spoken for spoken in self._spoken if spoken.sender_id == sender.id]
        trusted = sender.id == channel.id or sender.id in channel.moderators
        if len(own) >= (CHAT_LIMIT_TRUSTED if trusted else CHAT_LIMIT):
            return {"code": "msg_ratelimit", "message": "You are sending messages too quickly."}
        if any(spoken.channel_id == channel.id and spoken.text == text for spoken in own):
            return {
                "code": "msg_duplicate",
                "message": "Your message was not sent because it is identical to the previous one "
                "you sent, less than 30 seconds ago.",
            }
        return None


def _named(query: MultiMapping[str], *names: str) -> list[str]:
    values = [value for name in names for value in query.getall(name, [])]
    if len(values) > MOST_IDS:
        raise HelixError(400, f"The limit is {MOST_IDS} ids and logins in total.")
    return values


def _data(rows: list[dict[str, Any]], **more: Any) -> web.Response:
    return web.json_response({"data": rows, **more})


def _user(user: User, host: str) -> dict[str, Any]:
    return {
        "id": user.id,
        "login": user.login,
        "display_name": user.name,
        "type": "",
        "broadcaster_type": user.broadcaster_type,
        "description": "",
        "profile_image_url": avatar_url(host, user.login),
        "offline_image_url": "",
        "view_count": 0,
        "created_at": user.created_at,
    }


def _stream(user: User, host: str) -> dict[str, Any]:
    assert user.stream is not None
    return {
        "id": user.stream.id,
        "user_id": user.id,
        "user_login": user.login,
        "user_name": user.name,
        "game_id": user.category_id,
        "game_name": user.category_name,
        "type": "live",
        "title": user.title,
        "viewer_count": user.stream.viewers,
        "started_at": user.stream.started_at,
        "language": user.language,
        "thumbnail_url": preview_url(host, user.login),
        "tag_ids": [],
        "tags": user.tags or None,
        "is_mature": False,
    }


def _channel(user: User) -> dict[str, Any]:
    return {
        "broadcaster_id": user.id,
        "broadcaster_login": user.login,
        "broadcaster_name": user.name,
        "broadcaster_language": user.language,
        "game_id": user.category_id,
        "game_name": user.category_name,
        "title": user.title,
        "delay": 0,
        "tags": user.tags,
        "content_classification_labels": user.labels,
        "is_branded_content": False,
    }
