"""Everything that happened, page by page, each row with all that a reader may know of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connections.domain import feed
from events.domain import search
from events.enums import Kind, Log, Origin
from events.payloads import payload

if TYPE_CHECKING:
    from accounts.actor import Actor
    from events.models import LogRow

PAGE = 50


@dataclass(frozen=True)
class Entry:
    """One event: as the feed tells of it, and what else is stored. `extra` is JSON to read."""

    row: feed.Row
    event: LogRow
    kind: str
    origin: str
    extra: str


@dataclass(frozen=True)
class Found:
    """A page, newest first. `newer` and `older` are the cursors to go on from, None where there is nothing.

    A page without newer rows stays so only until the next event: `after` is the `seq` that it goes on from.
    """

    entries: list[Entry] = field(default_factory=list)
    newer: int | None = None
    older: int | None = None
    after: int = 0
    size: int = PAGE

    @property
    def has_others(self) -> bool:
        return self.newer is not None or self.older is not None


NOTHING = Found()


def read(actor: Actor, wanted: search.Search, *, before: int | None = None, after: int | None = None) -> Found:
    """A page of what is found, beside the one it is turned from. One query."""
    rows = search.page(actor.account.pk, Log.EVENTS, PAGE + 1, wanted, before=before, after=after)
    has_more, rows = len(rows) > PAGE, rows[:PAGE]
    if after is not None:
        rows.reverse()
    if not rows:  # the row that it was turned from is all that is left in that direction
        return Found(
            newer=None if before is None else max(before - 1, 0),
            older=None if after is None else after + 1,
            after=after or 0,
        )
    newest, oldest = rows[0].seq, rows[-1].seq
    return Found(
        entries=[_entry(row) for row in rows],
        newer=newest if before is not None or (after is not None and has_more) else None,
        older=oldest if after is not None or has_more else None,
        after=newest,
    )


def _entry(event: LogRow) -> Entry:
    message = payload(event)
    is_known = event.kind in Kind.values
    return Entry(
        row=feed.row(message),
        event=event,
        kind=str(Kind(event.kind).label) if is_known else event.kind,
        origin=str(Origin(event.origin).label),
        extra=json.dumps(message["data"]["extra"], indent=2, ensure_ascii=False) if event.extra else "",
    )
