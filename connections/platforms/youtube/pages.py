"""What one answer about a live chat holds: polled or from the stream, it has the same shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lumio.lib.payload import Payload, items, mapping, moment, number, text

#: A page of the stream or of polling; YouTube gives 2,000 at most.
MOST_ITEMS = 5_000
TOKEN_LENGTH = 4_000
#: The longest pause between two polls that we believe is meant, in milliseconds.
LONGEST_PAUSE = 10 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Page:
    """`token` is where to go on, `wait` the seconds that YouTube wants to pass before the next poll."""

    items: list[Any] = field(default_factory=list)
    token: str = ""
    wait: float = 0.0
    is_last: bool = False
    #: The poll that is under way, as an item.
    poll: Payload = field(default_factory=dict)


def page_of(body: Payload) -> Page:
    return Page(
        items=items(body.get("items"), MOST_ITEMS),
        token=text(body.get("nextPageToken"), TOKEN_LENGTH),
        wait=min(number(body.get("pollingIntervalMillis")) or 0, LONGEST_PAUSE) / 1000,
        is_last=moment(body.get("offlineAt")) is not None,
        poll=mapping(body.get("activePollItem")),
    )
