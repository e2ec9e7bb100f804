"""What upper apps do with events in the very transaction that stores them: alerts wait, goals count.

So whatever follows from an event is there exactly when the event is, and as often: once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from django.db import transaction

from events.enums import Kind
from events.models import LogRow

log = logging.getLogger(__name__)

#: Told of new rows of its kinds, of any accounts, in `seq` order within each. It may only write to the database.
Consequence = Callable[[Sequence[LogRow]], None]

#: Whether a row is worth a consequence's while. It may not ask the database.
Concerns = Callable[[LogRow], bool]

_registered: list[tuple[frozenset[str], Concerns | None, Consequence]] = []


def register(kinds: Collection[Kind], consequence: Consequence, *, concerns: Concerns | None = None) -> None:
    """Have `consequence` called with every new row of these kinds, or with those alone that it `concerns`."""
    _registered.append((frozenset(kinds), concerns, consequence))


def follow(rows: Sequence[LogRow]) -> None:
    """Call who wants to hear of these new rows. What fails is undone and logged; the rows are stored all the same.

    Raises what cannot be undone, as when the database has gone: then the rows will not be stored either.
    """
    kinds = {row.kind for row in rows}
    for wanted, concerns, consequence in _registered:
        if kinds.isdisjoint(wanted):
            continue
        meant = [row for row in rows if row.kind in wanted and (concerns is None or concerns(row))]
        if not meant:
            continue
        try:
            with transaction.atomic():
                consequence(meant)
        except Exception:
            if transaction.get_rollback():
                raise  # or the whole transaction would be rolled back without a word
            log.exception("An event was stored, and what was to follow from it failed: %s", consequence.__qualname__)
