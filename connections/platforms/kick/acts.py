"""What one does in the chat: speaking, moderating, looking somebody up. Facts: https://docs.kick.com/apis/chat.

Kick has no codes for what it refuses, so its words are passed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.core.cache import cache

from connections.platforms.base import whole_number
from connections.platforms.chatting import Profile
from connections.platforms.failures import ActRefused, NoAnswer, NotSent, RefusedOddly, Unavailable, UnknownId
from connections.platforms.kick import api
from lumio.lib.payload import EXTERNAL_ID_LENGTH, mapping, text

if TYPE_CHECKING:
    from connections.platforms.listening import Access
    from events.types import Person

PAGES = "https://kick.com"
BANS = "/moderation/bans"
REASON_LENGTH = 100
#: Seconds for which an app that has no working bot is not asked for it again.
NO_BOT_KEPT = 10 * 60


def say(message: str, channel_id: str, sender: Access, reply_to: str) -> str:
    """Send a chat message; its id. Raises NotSent with Kick's reason, or another PlatformFailure.

    In the sender's own channel the bot of the app says it, where there is one that works: it can speak nowhere else,
    many apps have none, and for many it has been answered with 500 since early 2026.
    """
    body = {"content": message} | ({"reply_to_message_id": reply_to} if reply_to else {})
    as_bot = body | {"type": "bot"}
    as_user = body | {"type": "user", "broadcaster_user_id": int(channel_id)}
    no_bot = f"kick-no-bot:{sender.client_id}"
    if channel_id != sender.channel_id or cache.get(no_bot):
        return _post(as_user, sender)
    try:
        return _post(as_bot, sender)
    except (NoAnswer, NotShown):
        raise  # it may stand in the chat, or Kick wants it there from nobody
    except (NotSent, Unavailable):
        message_id = _post(as_user, sender)
        cache.set(no_bot, True, NO_BOT_KEPT)
        return message_id


class NotShown(NotSent):
    """Kick took the message and did not show it."""


def _post(body: dict[str, Any], sender: Access) -> str:
    try:
        sent = mapping(api.call("POST", "/chat", sender.token, needs="chat:write", json=body))
    except RefusedOddly as refused:
        raise NotSent(**refused.params) from refused
    if sent.get("is_sent") is not True:
        raise NotShown(platform=api.NAME, reason="is_sent: false")
    return text(sent.get("message_id"), EXTERNAL_ID_LENGTH)


def delete_message(message_id: str, channel: Access) -> None:
    _moderate("DELETE", f"/chat/{quote(message_id, safe='')}", channel, needs="moderation:chat_message:manage")


def silence(viewer_id: str, reason: str, channel: Access, *, seconds: int | None = None) -> None:
    """Without `seconds` for good. Kick counts in whole minutes."""
    wish = _pair(viewer_id, channel) | {"reason": reason[:REASON_LENGTH]}
    if seconds is not None:
        wish["duration"] = -(-seconds // 60)
    _moderate("POST", BANS, channel, needs="moderation:ban", json=wish)


def lift(viewer_id: str, channel: Access) -> None:
    _moderate("DELETE", BANS, channel, needs="moderation:ban", json=_pair(viewer_id, channel))


def _pair(viewer_id: str, channel: Access) -> dict[str, Any]:
    """Where, and whom: ids are numbers. Raises UnknownId."""
    user_id = whole_number(viewer_id)
    if user_id is None:
        raise UnknownId(platform=api.NAME, reason=viewer_id)
    return {"broadcaster_user_id": int(channel.channel_id), "user_id": user_id}


def _moderate(method: str, path: str, channel: Access, **arguments: Any) -> None:
    """Raises ActRefused in Kick's words, or another PlatformFailure."""
    try:
        api.call(method, path, channel.token, **arguments)
    except RefusedOddly as refused:
        raise ActRefused(**refused.params) from refused


def profile(viewer: Person, channel: Access) -> Profile:
    """Raises PlatformFailure. Since when somebody has been there or follows, Kick does not tell."""
    user = api.first(api.call("GET", "/users", channel.token, needs="user:read", params={"id": viewer.id}))
    return Profile(
        avatar_url=text(user.get("profile_picture"), 500),
        page_url=f"{PAGES}/{quote(viewer.login, safe='')}" if viewer.login else "",
    )
