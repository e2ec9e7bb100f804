"""What one does in the chat: speaking, and looking somebody up. Facts: https://developer.trovo.live/docs/APIs.html.

Moderating takes a permission that Lumio does not ask for (`scopes`). Why something was not sent, says `api.REFUSALS`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from connections.platforms.chatting import Profile
from connections.platforms.failures import NotSent, RefusedOddly
from connections.platforms.trovo import api
from lumio.lib.payload import number_in_any_spelling, text

if TYPE_CHECKING:
    from connections.platforms.listening import Access
    from events.types import Person

PAGES = "https://trovo.live"


def say(content: str, channel_id: str, sender: Access) -> None:
    """Post one chat message, whose id Trovo does not tell. Raises a NotSent, or another PlatformFailure."""
    message = {"content": content}
    if channel_id != sender.channel_id:  # Trovo wants the own channel left out
        message["channel_id"] = channel_id
    try:
        api.call("POST", "/chat/send", sender.token, sender.client_id, json=message)
    except RefusedOddly as refused:
        raise NotSent(**refused.params) from refused


def profile(viewer: Person, channel: Access) -> Profile:
    """What a viewer's own channel says to anybody. Raises PlatformFailure."""
    if not viewer.login:
        return Profile()
    told = api.call("POST", "/channels/id", None, channel.client_id, json={"username": viewer.login})
    return Profile(
        created_at=_moment(number_in_any_spelling(told.get("created_at"))),
        avatar_url=api.picture(text(told.get("profile_pic"), 400)),
        page_url=f"{PAGES}/{quote(viewer.login, safe='')}",
    )


def _moment(seconds: int | None) -> datetime | None:
    """Of Unix seconds; None for what no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None
