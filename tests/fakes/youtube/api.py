"""www.googleapis.com/youtube/v3: channels, broadcasts, sending chat, moderators; and the quota they all eat from."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from tests.fakes import pictures
from tests.fakes.oauth import AccessToken
from tests.fakes.youtube import errors
from tests.fakes.youtube.chat import Chats
from tests.fakes.youtube.items import PAID, item, profile, super_chat_event
from tests.fakes.youtube.oauth import FORCE_SSL, READONLY, YOUTUBE
from tests.fakes.youtube.state import Broadcast, Spoken, State, User

PACIFIC = ZoneInfo("America/Los_Angeles")
LONGEST_MESSAGE = 200
READING = {READONLY, FORCE_SSL, YOUTUBE}
WRITING = {FORCE_SSL, YOUTUBE}
COST_OF_READING = 1
COST_OF_CHAT = 5
COST_OF_SENDING = 20
#: A few of the categories; names are the same everywhere.
CATEGORIES = {"10": "Music", "20": "Gaming", "22": "People & Blogs"}


class Quota:
    """Units spent today, by app. A refused call costs them too."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.spent: dict[str, int] = {}
        self._day: date | None = None

    def spend(self, client_id: str, units: int) -> None:
        """Raises once the day's quota is used up."""
        today = datetime.fromtimestamp(time.time(), PACIFIC).date()
        if today != self._day:
            self._day, self.spent = today, {}
        spent = self.spent.get(client_id, 0) + units
        if spent > self.state.settings.quota:
            raise errors.quota_exceeded()
        self.spent[client_id] = spent


class Api:
    def __init__(self, state: State) -> None:
        self.state = state
        self.quota = Quota(state)
        self.spoken: list[Spoken] = []
        self.chats = Chats(state, lambda request: self.caller(request, READING, COST_OF_CHAT))

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/youtube/v3/channels", self.channels),
            web.get("/youtube/v3/liveBroadcasts", self.broadcasts),
            web.get("/youtube/v3/videoCategories", self.categories),
            web.get("/youtube/v3/superChatEvents", self.super_chats),
            *self.chats.routes(),
            web.post("/youtube/v3/liveChat/messages", self.send),
            web.get("/youtube/v3/liveChat/moderators", self.moderators),
            *pictures.routes("/{name:UC.+}=s{size}"),
        ]

    @property
    def _cdn(self) -> str:
        return self.state.settings.cdn_url

    async def channels(self, request: web.Request) -> web.Response:
        """The token's own channel, or those asked for by id. Without any, `items` is missing altogether."""
        user = self.caller(request, READING, COST_OF_READING)
        parts = _parts(request)
        if request.query.get("mine") == "true":
            if not user.has_channel and self.state.settings.signup_required:
                raise errors.signup_required()
            found = [user]
        elif "id" in request.query:
            found = [self.state.users[id] for id in request.query["id"].split(",") if id in self.state.users]
        else:
            raise errors.wrong_parameters("missingRequiredParameter", "No filter selected. Expected one of: id, mine")
        return _listed("channel", [_channel(one, parts, self._cdn) for one in found if one.has_channel])

    async def broadcasts(self, request: web.Request) -> web.Response:
        """Exactly one filter; `broadcastType` is `event` unless told otherwise."""
        user = self.caller(request, READING, COST_OF_READING)
        parts = _parts(request)
        query = request.query
        filters = [name for name in ("broadcastStatus", "id", "mine") if name in query]
        if not filters:
            expected = "No filter selected. Expected one of: broadcastStatus, id, mine"
            raise errors.wrong_parameters("missingRequiredParameter", expected)
        if len(filters) > 1:
            clash = f"Incompatible parameters specified in the request: {', '.join(filters)}"
            raise errors.wrong_parameters("incompatibleParameters", clash)
        found = user.broadcasts
        if "id" in query:
            found = [one for one in found if one.id in query["id"].split(",")]
        elif query.get("broadcastType", "event") == "event":
            found = [one for one in found if not one.persistent]
        if query.get("broadcastStatus") in ("active", "completed"):
            over = query["broadcastStatus"] == "completed"
            found = [one for one in found if one.is_over == over]
        return _listed("liveBroadcast", [_broadcast(one, user, parts) for one in found])

    async def categories(self, request: web.Request) -> web.Response:
        self.caller(request, READING, COST_OF_READING)
        rows = [
            {"kind": "youtube#videoCategory", "id": id, "snippet": {"title": name}} for id, name in CATEGORIES.items()
        ]
        return _listed("videoCategory", rows)

    async def super_chats(self, request: web.Request) -> web.Response:
        """What was paid on the caller's channel, newest first, under ids of their own."""
        user = self.caller(request, READING, COST_OF_READING)
        paid = [said for one in user.broadcasts for said in one.items if said["snippet"].get("type") in PAID]
        paid.sort(key=lambda said: said["snippet"]["publishedAt"], reverse=True)
        begin, size = int(request.query.get("pageToken", 0)), int(request.query.get("maxResults", 5))
        more = {"nextPageToken": str(begin + size)} if begin + size < len(paid) else {}
        rows = [super_chat_event(said) for said in paid[begin : begin + size]]
        return web.json_response({"kind": "youtube#superChatEventListResponse", "items": rows} | more)

    async def send(self, request: web.Request) -> web.Response:
        """A text message; the answer is the message as reading shows it."""
        user = self.caller(request, WRITING, COST_OF_SENDING)
        parts = _parts(request)
        snippet = await snippet_of(request)
        text = (snippet.get("textMessageDetails") or {}).get("messageText")
        if not snippet.get("liveChatId"):
            raise errors.chat_error(400, "liveChatIdRequired", "The request does not identify the live chat.")
        if snippet.get("type") != "textMessageEvent":
            raise errors.chat_error(400, "typeRequired", "The request does not specify the message type.")
        if not text:
            raise errors.chat_error(400, "messageTextRequired", "The request does not specify the message text.")
        if len(text) > LONGEST_MESSAGE:
            raise errors.chat_error(400, "messageTextInvalid", "The message text is not valid.")
        owner, broadcast = self.chat(snippet["liveChatId"])
        if owner.silenced.hold(user.id):
            raise errors.chat_error(403, "forbidden", "You do not have the permissions needed to send messages here.")
        said = item(
            "textMessageEvent",
            user,
            owner=owner,
            broadcast=broadcast,
            cdn_url=self._cdn,
            words=text,
            textMessageDetails={"messageText": text},
        )
        self.spoken.append(Spoken(said["id"], broadcast.chat_id, user.id, text))
        broadcast.items.append(said)
        self.chats.wake(broadcast.chat_id)
        return web.json_response({name: said[name] for name in said if name in {"kind", "id", *parts}})

    async def moderators(self, request: web.Request) -> web.Response:
        """Only the chat's owner may ask."""
        user = self.caller(request, READING, COST_OF_READING)
        _parts(request)
        chat_id = request.query.get("liveChatId", "")
        owner, _ = self.chat(chat_id)
        if user is not owner:
            raise errors.chat_error(403, "forbidden", "You are not permitted to list the moderators of this chat.")
        people = [self.state.users[id] for id in sorted(owner.moderators)]
        return _listed("liveChatModerator", [_moderator(one, chat_id, self._cdn) for one in people])

    def caller(self, request: web.Request, scopes: set[str], cost: int) -> User:
        """Whose token it is, once it is good, the API switched on, the quota not used up and a scope granted."""
        token = self._token(request)
        if not self.state.settings.api_enabled:
            raise errors.access_not_configured()
        self.quota.spend(token.client_id, cost)
        if not scopes & set(token.scopes):
            raise errors.insufficient_permissions()
        return self.state.users[token.user_id or ""]

    def _token(self, request: web.Request) -> AccessToken:
        token = self.state.bearer(request.headers.get("Authorization"))
        if token is None:
            raise errors.invalid_credentials()
        return token

    def chat(self, chat_id: str) -> tuple[User, Broadcast]:
        found = self.state.find_chat(chat_id) if chat_id else None
        if found is None:
            raise errors.chat_error(404, "liveChatNotFound", "The live chat that you are trying to use was not found.")
        if found[1].is_over:
            raise errors.chat_error(403, "liveChatEnded", "The specified live chat is no longer live.")
        return found


def _parts(request: web.Request) -> set[str]:
    parts = {part for part in request.query.get("part", "").split(",") if part}
    if not parts:
        raise errors.wrong_parameters("missingRequiredParameter", "No part was given.")
    return parts


async def snippet_of(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    snippet = body.get("snippet") if isinstance(body, dict) else None
    if not isinstance(snippet, dict):
        raise errors.ApiError(400, "parseError", "Invalid JSON payload received.")
    return snippet


def _listed(kind: str, items: list[dict[str, Any]]) -> web.Response:
    answer: dict[str, Any] = {
        "kind": f"youtube#{kind}ListResponse",
        "pageInfo": {"totalResults": len(items), "resultsPerPage": len(items) or 5},
    }
    return web.json_response(answer | ({"items": items} if items or kind != "channel" else {}))


def _shown(answer: dict[str, Any], parts: set[str], **resources: Any) -> dict[str, Any]:
    """Only the parts that were asked for."""
    return answer | {part: resource for part, resource in resources.items() if part in parts}


def _channel(user: User, parts: set[str], cdn_url: str) -> dict[str, Any]:
    sizes = {"default": 88, "medium": 240, "high": 800}
    snippet = {
        "title": user.name,
        "description": "",
        "publishedAt": "2016-12-14T20:32:28Z",
        "thumbnails": {
            name: {"url": f"{cdn_url}/{user.id}=s{size}", "width": size, "height": size} for name, size in sizes.items()
        },
    }
    if user.has_handle:
        snippet["customUrl"] = f"@{user.login}"
    return _shown({"kind": "youtube#channel", "id": user.id}, parts, snippet=snippet)


def _broadcast(broadcast: Broadcast, user: User, parts: set[str]) -> dict[str, Any]:
    snippet = {
        "channelId": user.id,
        "title": broadcast.title,
        "actualStartTime": broadcast.started_at,
        "categoryId": broadcast.category_id,
    }
    if broadcast.chat_id and broadcast.has_chat:
        snippet["liveChatId"] = broadcast.chat_id
    statistics = {}
    if broadcast.viewers is not None and not broadcast.is_over:
        statistics["concurrentViewers"] = str(broadcast.viewers)
    return _shown(
        {"kind": "youtube#liveBroadcast", "id": broadcast.id},
        parts,
        snippet=snippet,
        status={
            "lifeCycleStatus": "complete" if broadcast.is_over else broadcast.life_cycle,
            "privacyStatus": broadcast.privacy,
        },
        statistics=statistics,
    )


def _moderator(user: User, chat_id: str, cdn_url: str) -> dict[str, Any]:
    return {
        "kind": "youtube#liveChatModerator",
        "id": f"{chat_id}.{user.id}",
        "snippet": {
            "liveChatId": chat_id,
            "moderatorDetails": profile(user, cdn_url),
        },
    }
