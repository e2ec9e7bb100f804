"""What a channel has on air, as `liveBroadcasts.list` says it. Several broadcasts may run at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lumio.lib.payload import (
    EXTERNAL_ID_LENGTH,
    ID_LENGTH,
    TITLE_LENGTH,
    mapping,
    moment,
    number_in_any_spelling,
    text,
)

#: What to ask for. `broadcastType` leaves out streams from the permanent stream key unless it says `all`.
QUERY = {"part": "id,snippet,status,statistics", "broadcastStatus": "active", "broadcastType": "all"}
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """`id` is the video's. `chat_id` is empty where chat is off, `viewers` None where nobody knows."""

    id: str
    chat_id: str = ""
    title: str = ""
    started_at: datetime | None = None
    category_id: str = ""
    viewers: int | None = None
    is_public: bool = False
    #: Whether it is on air: one that is tried out beforehand is active, too.
    is_live: bool = True


def broadcast(row: Any) -> Broadcast | None:
    """None for a row that names none."""
    resource = mapping(row)
    snippet, status = mapping(resource.get("snippet")), mapping(resource.get("status"))
    broadcast_id = text(resource.get("id"), ID_LENGTH)
    if not broadcast_id:
        return None
    return Broadcast(
        id=broadcast_id,
        chat_id=text(snippet.get("liveChatId"), EXTERNAL_ID_LENGTH),
        title=text(snippet.get("title"), TITLE_LENGTH),
        started_at=moment(snippet.get("actualStartTime")),
        category_id=text(snippet.get("categoryId"), ID_LENGTH),
        viewers=number_in_any_spelling(mapping(resource.get("statistics")).get("concurrentViewers")),
        is_public=status.get("privacyStatus") == "public",
        is_live=status.get("lifeCycleStatus") in (None, "live"),
    )


def foremost(broadcasts: Iterable[Broadcast]) -> Broadcast | None:
    """The one that stands for the channel: of the public ones, else of all, the one that began last."""
    return max(broadcasts, key=lambda one: (one.is_public, one.started_at or LONG_AGO), default=None)
