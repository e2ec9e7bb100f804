"""Moderating a live chat: bans, which end by their id alone, and deletions. The owner or a moderator may."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.oauth import LETTERS, random_token
from tests.fakes.youtube import errors
from tests.fakes.youtube.api import WRITING, Api, snippet_of
from tests.fakes.youtube.items import item, profile
from tests.fakes.youtube.state import Broadcast, User

BANS = "/youtube/v3/liveChat/bans"
COST_OF_DELETING = 20
COST_OF_BANNING = 50


class Moderation:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.state = api.state

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.delete("/youtube/v3/liveChat/messages", self.delete),
            web.post(BANS, self.ban),
            web.delete(BANS, self.unban),
        ]

    async def delete(self, request: web.Request) -> web.Response:
        """Nobody is told since June 2026; who reads later finds a tombstone in its place."""
        caller = self.api.caller(request, WRITING, COST_OF_DELETING)
        found = self._find(request.query.get("id", ""))
        if found is None:
            raise errors.chat_error(404, "liveChatMessageNotFound", "The message was not found.")
        owner, broadcast, place = found
        self._may(caller, owner)
        bury(broadcast, place)
        return web.Response(status=204)

    async def ban(self, request: web.Request) -> web.Response:
        caller = self.api.caller(request, WRITING, COST_OF_BANNING)
        snippet = await snippet_of(request)
        owner, broadcast = self.api.chat(str(snippet.get("liveChatId", "")))
        self._may(caller, owner)
        user = self.state.users.get(str((snippet.get("bannedUserDetails") or {}).get("channelId")))
        if user is None:
            raise errors.chat_error(400, "invalidChannelId", "The channel ID is not valid.")
        if user.id in {owner.id, *owner.moderators}:
            message = "The owner and the moderators of a chat cannot be banned from it."
            raise errors.chat_error(403, "liveChatBanInsertionNotAllowed", message)
        seconds = int(snippet["banDurationSeconds"]) if snippet.get("type") == "temporary" else None
        ban_id, said = self.silence(owner, broadcast, user, by=caller, seconds=seconds)
        told = said["snippet"]["userBannedDetails"]
        details = {"bannedUserDetails": told["bannedUserDetails"], "type": told["banType"]}
        shown = {"liveChatId": broadcast.chat_id, **details}
        return web.json_response({"kind": "youtube#liveChatBan", "etag": "x", "id": ban_id, "snippet": shown})

    async def unban(self, request: web.Request) -> web.Response:
        """Without an event."""
        caller = self.api.caller(request, WRITING, COST_OF_BANNING)
        ban_id = request.query.get("id", "")
        owner = next((user for user in self.state.users.values() if ban_id in user.bans), None)
        if owner is None:
            raise errors.chat_error(404, "liveChatBanNotFound", "The ban was not found.")
        self._may(caller, owner)
        owner.silenced.pop(owner.bans.pop(ban_id), None)
        return web.Response(status=204)

    def silence(
        self, owner: User, broadcast: Broadcast, user: User, *, by: User, seconds: int | None
    ) -> tuple[str, dict[str, Any]]:
        """For good, or for so many seconds: the ban's id, and the item that says so in the chat."""
        owner.silenced.begin(user.id, seconds)
        ban_id = random_token(40, LETTERS)
        owner.bans[ban_id] = user.id
        cdn_url = self.state.settings.cdn_url
        details: dict[str, Any] = {
            "bannedUserDetails": profile(user, cdn_url),
            "banType": "permanent" if seconds is None else "temporary",
        }
        if seconds is not None:
            details["banDurationSeconds"] = str(seconds)
        said = item("userBannedEvent", by, owner=owner, broadcast=broadcast, cdn_url=cdn_url, userBannedDetails=details)
        broadcast.items.append(said)
        self.api.chats.wake(broadcast.chat_id)
        return ban_id, said

    def _find(self, message_id: str) -> tuple[User, Broadcast, int] | None:
        """Whose chat a message stands in, and where."""
        return next(
            (
                (owner, broadcast, place)
                for owner in self.state.users.values()
                for broadcast in owner.broadcasts
                for place, said in enumerate(broadcast.items)
                if said.get("id") == message_id and said["snippet"].get("type") == "textMessageEvent"
            ),
            None,
        )

    @staticmethod
    def _may(caller: User, owner: User) -> None:
        if caller.id not in {owner.id, *owner.moderators}:
            raise errors.chat_error(403, "forbidden", "You do not have the permissions needed to moderate this chat.")


def bury(broadcast: Broadcast, place: int) -> None:
    """Put a tombstone where a message was, so that places in the chat stay what they are."""
    said = broadcast.items[place]
    kept = {name: said["snippet"][name] for name in ("liveChatId", "publishedAt")}
    broadcast.items[place] = {
        "kind": said["kind"],
        "id": said["id"],
        "snippet": {"type": "tombstone", "hasDisplayContent": False, **kept},
    }
