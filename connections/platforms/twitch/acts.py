"""What one does in the chat: speaking, moderating, looking somebody up. Facts: https://dev.twitch.tv/docs/api/reference.

A moderator is whose token it is: here always the channel itself.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connections.platforms.answers import json_object
from connections.platforms.base import plain, said
from connections.platforms.chatting import Profile
from connections.platforms.failures import (
    ActRefused,
    EmotesOnly,
    FollowersOnly,
    MessageBlocked,
    MessageHeld,
    MessageRepeated,
    MessageTooLong,
    NotSent,
    PlatformFailure,
    RateLimited,
    SenderBanned,
    SenderTimedOut,
    SlowMode,
    SubscribersOnly,
    UnknownId,
)
from connections.platforms.twitch import api
from lumio.lib.payload import EXTERNAL_ID_LENGTH, Payload, items, mapping, moment, text

if TYPE_CHECKING:
    from connections.platforms.listening import Access
    from events.types import Person

PAGES = "https://www.twitch.tv"
#: With these Twitch refuses a message: an empty one, a sender who may not write there, one that is too long.
NOT_SENT = (400, 403, 422)
#: With these it refuses to moderate: somebody who may not be silenced, no moderator, a message that is gone or too old.
REFUSED = (400, 403, 404, 409)
#: Seconds in which Twitch counts messages.
WINDOW = 30
#: Seconds of the slowest slow mode that a channel can choose.
LONGEST_WAIT = 120
REASON_LENGTH = 500

#: What the code of a dropped message means. Twitch has no list of them, and adds others.
DROPS: dict[str, type[PlatformFailure]] = {
    "msg_duplicate": MessageRepeated,
    "msg_rejected": MessageHeld,
    "msg_rejected_mandatory": MessageBlocked,
    "msg_ratelimit": RateLimited,
    "msg_slowmode": SlowMode,
    "msg_followersonly": FollowersOnly,
    "msg_subsonly": SubscribersOnly,
    "msg_emoteonly": EmotesOnly,
    "msg_banned": SenderBanned,
    "msg_timedout": SenderTimedOut,
    "msg_too_long": MessageTooLong,
}


def say(message: str, channel_id: str, sender: Access, reply_to: str) -> str:
    """Send a chat message; its id. 200 does not mean that it was sent.

    Raises RateLimited, a NotSent, or another PlatformFailure.
    """
    body = {"broadcaster_id": channel_id, "sender_id": sender.channel_id, "message": message}
    if reply_to:
        body["reply_parent_message_id"] = reply_to
    answer = api.call("POST", "/chat/messages", sender, json=body)
    if answer.status in NOT_SENT and (words := said(answer)):
        raise NotSent(platform=api.NAME, reason=words[0])
    row = _first(json_object(api.NAME, answer, api.failure_of))
    if row.get("is_sent") is not True:
        raise _dropped(mapping(row.get("drop_reason")))
    return text(row.get("message_id"), EXTERNAL_ID_LENGTH)


def _dropped(reason: Payload) -> PlatformFailure:
    code = plain(reason.get("code"))
    kind = DROPS.get(code, NotSent)
    words = plain(reason.get("message")) or code or "is_sent: false"
    pause = WINDOW if kind is RateLimited else _wait(words) if kind is SlowMode else None
    return kind(platform=api.NAME, reason=words, seconds=pause, retry_after=pause)


def _wait(words: str) -> int | None:
    """Seconds, as `msg_slowmode` says (dev.twitch.tv/docs/chat): "You will be able to talk again in 5 seconds."
    None where it says something else."""
    found = re.search(r"\b(\d{1,4}) seconds?\b", words)
    return min(int(found[1]), LONGEST_WAIT) if found else None


def delete_message(message_id: str, channel: Access) -> None:
    if not message_id:  # without one Twitch would clear the whole chat
        raise UnknownId(platform=api.NAME, reason=message_id)
    _moderate("DELETE", "/moderation/chat", channel, message_id=message_id)


def silence(viewer_id: str, reason: str, channel: Access, *, seconds: int | None = None) -> None:
    """Without `seconds` for good. A new timeout takes the place of the old one."""
    wish: dict[str, Any] = {"user_id": viewer_id, "reason": reason[:REASON_LENGTH]}
    if seconds is not None:
        wish["duration"] = seconds
    _moderate("POST", "/moderation/bans", channel, wish=wish)


def lift(viewer_id: str, channel: Access) -> None:
    _moderate("DELETE", "/moderation/bans", channel, user_id=viewer_id)


def _moderate(method: str, path: str, channel: Access, *, wish: dict[str, Any] | None = None, **params: str) -> None:
    """Raises ActRefused in Twitch's words, or another PlatformFailure."""
    params |= {"broadcaster_id": channel.channel_id, "moderator_id": channel.channel_id}
    body = None if wish is None else {"data": wish}
    answer = api.call(method, path, channel, params=params, json=body)
    if answer.status == 409:  # another moderator is doing something to the same viewer at this moment
        answer = api.call(method, path, channel, params=params, json=body)
    if answer.status in REFUSED and (words := said(answer)):
        raise ActRefused(platform=api.NAME, reason=words[0])
    if not answer.ok:
        raise api.failure_of(answer)


def profile(viewer: Person, channel: Access) -> Profile:
    """Raises PlatformFailure. Since when they follow is left out where the sign-in may not ask for it."""
    user = _first(api.get("/users", channel.token, channel.client_id, id=viewer.id))
    login = text(user.get("login"), 100) or viewer.login
    return Profile(
        created_at=moment(user.get("created_at")),
        followed_at=_followed_at(viewer.id, channel),
        avatar_url=text(user.get("profile_image_url"), 500),
        page_url=f"{PAGES}/{login}" if login else "",
    )


def _followed_at(viewer_id: str, channel: Access) -> datetime | None:
    asked = {"broadcaster_id": channel.channel_id, "user_id": viewer_id}
    try:
        row = _first(api.get("/channels/followers", channel.token, channel.client_id, **asked))
    except PlatformFailure:
        return None
    return moment(row.get("followed_at"))


def _first(body: dict[str, Any]) -> Payload:
    return mapping(next(iter(items(body.get("data"), 1)), None))
