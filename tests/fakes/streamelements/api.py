"""api.streamelements.com/kappa/v2: the channel of a JWT, and its tips."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fakes.streamelements.state import ApiError, Channel, State

BASE = "/kappa/v2"
SORTS = {"createdAt", "-createdAt"}


class Api:
    def __init__(self, state: State) -> None:
        self.state = state

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.get(f"{BASE}/channels/me", self.me), web.get(f"{BASE}/tips/{{channel}}", self.tips)]

    async def me(self, request: web.Request) -> web.Response:
        channel = self._caller(request)
        return web.json_response(
            {
                "_id": channel.id,
                "provider": channel.provider,
                "providerId": channel.provider_id,
                "username": channel.username.lower(),
                "displayName": channel.username,
                "alias": channel.username.lower(),
                "avatar": "https://cdn.streamelements.com/avatar.png",
                # What nobody but its owner should ever see.
                "email": f"{channel.username.lower()}@example.test",
                "apiToken": "live-api-token",
                "accessToken": "live-access-token-of-the-platform",
                "users": [],
            }
        )

    async def tips(self, request: web.Request) -> web.Response:
        channel = self._caller(request)
        if not self.state.settings.may_read_tips:
            raise ApiError(403, "Missing scope")
        if request.match_info["channel"] != channel.id:
            raise ApiError(403, "Not your channel")
        query = {"limit": "25", "offset": "0", "sort": "createdAt", **request.query}
        if "" in query.values() or query["sort"] not in SORTS or not 1 <= int(query["limit"]) <= 100:
            raise ApiError(400, 'child "limit" fails because "limit" must be a number')
        found = sorted(channel.tips, key=lambda tip: tip["createdAt"], reverse=query["sort"].startswith("-"))
        if "after" in query:
            found = [tip for tip in found if _moment(tip["createdAt"]) > _moment(query["after"])]
        if "before" in query:
            found = [tip for tip in found if _moment(tip["createdAt"]) < _moment(query["before"])]
        limit, offset = int(query["limit"]), int(query["offset"])
        page: dict[str, Any] = {"docs": found[offset : offset + limit], "limit": limit, "offset": offset}
        has_more = offset + limit < len(found)
        more = {"totalDocs": len(found), "hasNextPage": has_more, "nextPage": 2 if has_more else None}
        return web.json_response(page | ({"total": len(found)} if self.state.settings.old_paging else more))

    def _caller(self, request: web.Request) -> Channel:
        kind, _, jwt = request.headers.get("Authorization", "").partition(" ")
        channel = self.state.owner(jwt)
        if kind != "Bearer" or channel is None:
            raise ApiError(401, "Invalid token")
        return channel


def _moment(text: str) -> datetime:
    """Milliseconds or an ISO date."""
    return datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdigit() else datetime.fromisoformat(text)
