"""What one does in the chat: speaking, moderating, looking somebody up. Facts: https://developers.google.com/youtube/v3/live/docs.

Each act costs units of the project's day (`costs`). What has no sentence of ours is told in YouTube's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connections.platforms.chatting import Profile
from connections.platforms.failures import ActRefused, MadeElsewhere, NotSent, RefusedOddly, Unavailable
from connections.platforms.youtube import api
from lumio.lib.payload import EXTERNAL_ID_LENGTH, mapping, moment, text

if TYPE_CHECKING:
    from connections.platforms.listening import Access
    from events.types import Person

PAGES = "https://www.youtube.com/channel"
PART = {"part": "snippet"}


def say(message: str, channel: Access, sender: Access) -> str:
    """Send a chat message into the channel's live chat; its id. Raises NotLive, NotSent or another PlatformFailure."""
    snippet = {
        "liveChatId": api.live_chat(channel),
        "type": "textMessageEvent",
        "textMessageDetails": {"messageText": message},
    }
    try:
        sent = _call("POST", "/liveChat/messages", sender, params=PART, json={"snippet": snippet})
    except RefusedOddly as refused:
        raise NotSent(**refused.params) from refused
    message_id = text(sent.get("id"), EXTERNAL_ID_LENGTH)
    if not message_id:
        raise Unavailable(platform=api.NAME)
    return message_id


def delete_message(message_id: str, channel: Access) -> None:
    _moderate("DELETE", "/liveChat/messages", channel, params={"id": message_id})


def silence(viewer_id: str, channel: Access, *, seconds: int | None = None) -> str:
    """Without `seconds` for good; the id of the ban, which is the only way back. YouTube takes no reason."""
    ban: dict[str, Any] = {
        "liveChatId": api.live_chat(channel),
        "type": "permanent" if seconds is None else "temporary",
        "bannedUserDetails": {"channelId": viewer_id},
    }
    if seconds is not None:
        ban["banDurationSeconds"] = seconds
    made = _moderate("POST", "/liveChat/bans", channel, params=PART, json={"snippet": ban})
    return text(made.get("id"), EXTERNAL_ID_LENGTH)


def lift(ban_id: str, channel: Access) -> None:
    """Raises MadeElsewhere without an id: YouTube lists no bans."""
    if not ban_id:
        raise MadeElsewhere(platform=api.NAME)
    _moderate("DELETE", "/liveChat/bans", channel, params={"id": ban_id})


def profile(viewer: Person, channel: Access) -> Profile:
    """Raises PlatformFailure. Whether somebody has subscribed, YouTube does not tell."""
    rows = api.rows_of(_call("GET", "/channels", channel, params=PART | {"id": viewer.id}))
    if not rows:
        return Profile()
    snippet = mapping(mapping(rows[0]).get("snippet"))
    picture = mapping(mapping(snippet.get("thumbnails")).get("default"))
    return Profile(
        created_at=moment(snippet.get("publishedAt")),
        avatar_url=text(picture.get("url"), 500),
        page_url=f"{PAGES}/{viewer.id}",
    )


def _moderate(method: str, path: str, channel: Access, **arguments: Any) -> dict[str, Any]:
    """Raises ActRefused in YouTube's words, or another PlatformFailure."""
    try:
        return _call(method, path, channel, **arguments)
    except RefusedOddly as refused:
        raise ActRefused(**refused.params) from refused


def _call(method: str, path: str, access: Access, **arguments: Any) -> dict[str, Any]:
    return api.call(method, path, access.token, access.meter, **arguments)
