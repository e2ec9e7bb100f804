"""The calls we make at YouTube's Data API. Facts: https://developers.google.com/youtube/v3/docs.

Every call costs units of the project's quota, 10,000 a day, also one that is refused. Each is counted beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.html import strip_tags

from connections.platforms.answers import ask, json_object
from connections.platforms.base import Identity, pause_of, plain
from connections.platforms.failures import (
    ApiSwitchedOff,
    NoChannel,
    NotLive,
    PlatformFailure,
    QuotaSpent,
    RateLimited,
    RefusedOddly,
    ScopeMissing,
    TokenRefused,
    Unavailable,
)
from connections.platforms.youtube.broadcasts import QUERY, broadcast, foremost
from connections.platforms.youtube.costs import COSTS
from lumio.lib.payload import EXTERNAL_ID_LENGTH, ID_LENGTH, LOGIN_LENGTH, NAME_LENGTH, items, mapping, text

if TYPE_CHECKING:
    from connections.platforms.listening import Access
    from connections.platforms.metering import Meter
    from lumio.lib.http import Answer
    from lumio.lib.secrets import Secret

NAME = "YouTube"
#: Of a list, on one page; the most that YouTube gives.
PAGE = 50
#: Pages of moderators that are looked through.
MOST_PAGES = 10
MESSAGE_LENGTH = 1000

#: What the `reason` of an error means, in `errors` or, in newer answers, in `details`.
REASONS: dict[str, type[PlatformFailure]] = {
    "youtubeSignupRequired": NoChannel,
    "insufficientPermissions": ScopeMissing,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": ScopeMissing,
    "accessNotConfigured": ApiSwitchedOff,
    "SERVICE_DISABLED": ApiSwitchedOff,
    "quotaExceeded": QuotaSpent,
    "dailyLimitExceeded": QuotaSpent,
    "rateLimitExceeded": RateLimited,
    "userRateLimitExceeded": RateLimited,
    "userRequestsExceedRateLimit": RateLimited,
    "liveStreamingNotEnabled": NotLive,
    "liveChatEnded": NotLive,
    "liveChatDisabled": NotLive,
    "liveChatNotFound": NotLive,
}


class NotAccepted(RefusedOddly):
    """Something in the request is not valid: its page token, if it has one."""


#: What a status means without a telling reason.
STATUSES: dict[int, type[PlatformFailure]] = {400: NotAccepted, 401: TokenRefused, 429: RateLimited}


def own_channel(token: Secret, meter: Meter) -> Identity:
    """The channel that was chosen at the sign-in. Raises NoChannel or another PlatformFailure.

    The login is the handle without its "@"; "" for a channel that has none yet.
    """
    rows = rows_of(call("GET", "/channels", token, meter, params={"part": "snippet", "mine": "true"}))
    if not rows:
        raise NoChannel(platform=NAME)
    channel = mapping(rows[0])
    snippet = mapping(channel.get("snippet"))
    channel_id, title = text(channel.get("id"), ID_LENGTH), text(snippet.get("title"), NAME_LENGTH)
    if not channel_id or not title:
        raise Unavailable(platform=NAME)
    handle = text(snippet.get("customUrl"), LOGIN_LENGTH).removeprefix("@")
    picture = mapping(mapping(snippet.get("thumbnails")).get("default"))
    return Identity(channel_id, login=handle, name=title, avatar_url=text(picture.get("url"), 500))


def live_chat(channel: Access) -> str:
    """The chat of the channel's live stream; of several, of the public one that began last. Raises NotLive or another
    PlatformFailure."""
    asked = QUERY | {"maxResults": PAGE}
    rows = rows_of(call("GET", "/liveBroadcasts", channel.token, channel.meter, params=asked))
    found = foremost(one for one in map(broadcast, rows) if one and one.chat_id)
    if found is None:
        raise NotLive(platform=NAME)
    return found.chat_id


def is_moderator(user_id: str, channel: Access) -> bool | None:
    """Whether somebody moderates the channel's live chat; None while nobody can tell. Raises PlatformFailure."""
    try:
        asked = {"part": "snippet", "liveChatId": live_chat(channel), "maxResults": PAGE}
        for _ in range(MOST_PAGES):
            body = call("GET", "/liveChat/moderators", channel.token, channel.meter, params=asked)
            if user_id in map(_moderator, rows_of(body)):
                return True
            page = text(body.get("nextPageToken"), EXTERNAL_ID_LENGTH)
            if not page:
                return False
            asked["pageToken"] = page
    except NotLive:
        pass
    return None


def _moderator(row: Any) -> str:
    details = mapping(mapping(mapping(row).get("snippet")).get("moderatorDetails"))
    return text(details.get("channelId"), ID_LENGTH)


def call(method: str, path: str, token: Secret, meter: Meter, **arguments: Any) -> dict[str, Any]:
    """The JSON object at a path of the Data API, whose cost is counted; an empty one where YouTube answers nothing.

    Raises PlatformFailure.
    """
    meter.spend(COSTS[method, path])
    return body_of(ask(NAME, method, address(path), headers=headers(token), **arguments), meter)


def address(path: str) -> str:
    return settings.YOUTUBE_API_URL + path


def headers(token: Secret) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.reveal()}"}


def body_of(answer: Answer, meter: Meter) -> dict[str, Any]:
    """The JSON object of a good answer. Raises PlatformFailure; that the quota is spent is taken down."""
    if answer.status == 204:
        return {}
    try:
        return json_object(NAME, answer, failure_of)
    except QuotaSpent:
        meter.exhausted()
        raise


def rows_of(body: dict[str, Any]) -> list[Any]:
    """The items of a list, which YouTube leaves out where there are none. Raises Unavailable for what is no list."""
    if not text(body.get("kind"), ID_LENGTH).endswith("ListResponse"):
        raise Unavailable(platform=NAME)
    return items(body.get("items"), PAGE)


def failure_of(answer: Answer) -> PlatformFailure:
    """The failure behind an answer of the Data API."""
    reasons, words = _said(answer)
    known = (REASONS[reason] for reason in reasons if reason in REASONS)
    kind = next(known, None) or STATUSES.get(answer.status)
    if kind is None:
        kind = RefusedOddly if words and answer.status < 500 else Unavailable
    pause = pause_of(answer) if kind is RateLimited else None
    return kind(platform=NAME, reason=words, seconds=pause, retry_after=pause)


def _said(answer: Answer) -> tuple[list[str], str]:
    """The reasons in an error body, and its words. Any of its parts may be missing, and the words may hold HTML."""
    try:
        error = mapping(mapping(answer.json()).get("error"))
    except ValueError:
        return [], ""
    rows = [*items(error.get("errors"), 10), *items(error.get("details"), 10)]
    reasons = [plain(mapping(row).get("reason")) for row in rows]
    words = plain(strip_tags(text(error.get("message"), MESSAGE_LENGTH)))
    return reasons, words or next(filter(None, reasons), "")
