"""How far the tips of a channel are known, as it is kept for the next start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.streamelements import parse
from lumio.lib.payload import ID_LENGTH, items, mapping, moment, text

#: Tips are asked for from a little before the last one that was seen: they may be complete in another order.
OVERLAP = timedelta(minutes=5)
#: Tips that wait are remembered so that nobody has to be connected when they are approved: so many, for so long.
MOST_WAITING = 100
WAITS_FOR = timedelta(days=7)


class Progress:
    """`began` is where to begin for a channel that nothing is known of."""

    def __init__(self, memory: Mapping[str, Any], began: datetime) -> None:
        self.seen_at = moment(memory.get("seen_at")) or began
        self.waiting: dict[str, datetime] = {}
        for entry in items(memory.get("waiting"), MOST_WAITING):
            tip_id, given_at = (*items(entry, 2), None, None)[:2]
            if text(tip_id, ID_LENGTH) and (at := moment(given_at)):
                self.waiting[text(tip_id, ID_LENGTH)] = at

    @property
    def after(self) -> datetime:
        """Whatever was given before this is known."""
        return min([self.seen_at, *self.waiting.values()]) - OVERLAP

    @property
    def memory(self) -> dict[str, Any]:
        return {
            "seen_at": self.seen_at.isoformat(),
            "waiting": [[tip_id, at.isoformat()] for tip_id, at in self.waiting.items()],
        }

    def note(self, payload: Any) -> bool:
        """Take down a tip, an activity or nonsense; whether anything is new."""
        found = mapping(payload)
        given_at = moment(found.get("createdAt"))
        if given_at is None:
            return False
        before = self.memory
        now = datetime.now(UTC)
        tip_id = text(found.get("_id"), ID_LENGTH)
        if parse.waits(payload) and tip_id and given_at > now - WAITS_FOR:
            self.waiting[tip_id] = given_at
        else:
            self.waiting.pop(tip_id, None)
        self.seen_at = max(self.seen_at, min(given_at, now))
        self.waiting = {one: at for one, at in self.waiting.items() if at > now - WAITS_FOR}
        for one in list(self.waiting)[:-MOST_WAITING]:
            del self.waiting[one]
        return self.memory != before
