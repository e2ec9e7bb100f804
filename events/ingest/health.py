"""How the sources of this process are doing, written to their rows: changes at once, signs of life now and then."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from events import bus, channels
from events.domain import sources, status
from events.enums import SourceState
from events.ingest.writer import PASSING
from events.models import IngestSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from events.ingest.base import Failure

log = logging.getLogger(__name__)

#: What a state change writes, and what every sign of life writes.
CHANGE_FIELDS = [
    "state",
    "state_since",
    "subscriptions_active",
    "subscriptions_wanted",
    "failure_code",
    "failure_params",
]
LIFE_FIELDS = ["last_event_at", "last_heard_at"]
MEMORY_FIELDS = ["memory"]


@dataclass
class Health:
    """One source as last heard. `changed`, `alive` and `channel` say what has to be written."""

    key: str
    account_id: UUID
    fence: int
    state: SourceState = SourceState.STARTING
    since: datetime = field(default_factory=timezone.now)
    active: int = 0
    wanted: int = 0
    failure_code: str = ""
    failure_params: dict[str, Any] = field(default_factory=dict)
    last_event_at: datetime | None = None
    last_heard_at: datetime | None = None
    #: Since when something may be missing that nobody was told of.
    missing_since: datetime | None = None
    #: What is written as `last_heard_at`: what came up to then is stored, or is said to be missing.
    kept_until: datetime | None = None
    changed: bool = True
    alive: bool = False
    #: What is to be found again after a restart; `remembers` says that it has to be written.
    memory: dict[str, Any] = field(default_factory=dict)
    remembers: bool = False
    #: What was heard about the channel itself and is not stored yet: arguments of `status.update`.
    channel: dict[str, Any] | None = None

    @property
    def is_news(self) -> bool:
        return self.changed or self.alive or self.remembers or self.channel is not None

    def holds(self, rows: Mapping[str, IngestSource]) -> bool:
        """Whether this is about the source as it is held now: `rows` are those of our process."""
        return self.key in rows and rows[self.key].fence == self.fence

    def heard(self, *, event: bool = False) -> None:
        self.last_heard_at = timezone.now()
        if event:
            self.last_event_at = self.last_heard_at
        self.alive = True

    def take(self) -> Health:
        """What is news as a copy to be written; from here on only what comes later is news.

        On the loop, where all the rest is taken down: whoever writes has a thread of its own.
        """
        taken = replace(self)
        self.changed, self.remembers, self.channel = False, False, None
        self.alive = self.kept_until != self.last_heard_at
        return taken

    def put_back(self, taken: Health) -> None:
        """What was taken could not be written: it is news again, unless something newer is."""
        self.changed |= taken.changed
        self.alive |= taken.alive
        self.remembers |= taken.remembers
        if taken.channel is not None:
            self.channel = taken.channel | (self.channel or {})

    def keep(self, waits_since: datetime | None) -> None:
        """Take down how far all that came is stored; `waits_since` is from when on something waits to be.

        Whoever takes over after a crash says that it missed what came since: what died unstored has to be in there.
        """
        moments = (self.last_heard_at, self.missing_since, waits_since)
        self.kept_until = min(filter(None, moments), default=None)

    def remember(self, values: dict[str, Any]) -> None:
        self.memory = self.memory | values
        self.remembers = True

    def report(self, state: SourceState, active: int | None, wanted: int | None, failure: Failure | None) -> bool:
        """Take down what a source says about itself; whether that is news."""
        before = self._report()
        if state != self.state:
            self.state, self.since = state, timezone.now()
        self.active = self.active if active is None else active
        self.wanted = self.wanted if wanted is None else wanted
        self.failure_code = failure.code if failure else ""
        self.failure_params = failure.params if failure else {}
        is_news = self._report() != before
        self.changed |= is_news
        return is_news

    def _report(self) -> tuple[Any, ...]:
        return self.state, self.active, self.wanted, self.failure_code, self.failure_params


def write(healths: Sequence[Health], *, owner: str) -> None:
    """Store what is new, in few statements, and tell the browsers about changes. Rows we lost stay alone.

    One source whose news cannot be stored is left out, not its neighbours. Raises what passes, see `PASSING`.
    """
    try:
        _write(healths, owner)
    except PASSING:
        raise
    except Exception:
        if len(healths) > 1:
            for health in healths:
                write([health], owner=owner)
        else:
            log.exception("How %s is doing cannot be stored", healths[0].key)


def _write(healths: Sequence[Health], owner: str) -> None:
    rows = {row.key: row for row in IngestSource.objects.filter(owner=owner, key__in={one.key for one in healths})}
    changed = [health for health in healths if health.changed]
    _store(rows, changed, CHANGE_FIELDS, owner)
    _store(rows, [health for health in healths if health.alive], LIFE_FIELDS, owner)
    _store(rows, [health for health in healths if health.remembers], MEMORY_FIELDS, owner)
    for health in healths:
        if health.channel is not None and health.holds(rows):
            status.update(health.account_id, **health.channel)
    for health in changed:
        if health.holds(rows):
            bus.announce(channels.status(health.account_id), sources.payload(rows[health.key]))


def _store(rows: dict[str, IngestSource], healths: list[Health], fields: list[str], owner: str) -> None:
    current = [health for health in healths if health.holds(rows)]
    for health in current:
        _copy(health, rows[health.key])
    if current:
        IngestSource.objects.filter(owner=owner).bulk_update([rows[health.key] for health in current], fields)


def _copy(health: Health, row: IngestSource) -> None:
    row.state, row.state_since = health.state, health.since
    row.subscriptions_active, row.subscriptions_wanted = health.active, health.wanted
    row.failure_code, row.failure_params = health.failure_code, health.failure_params
    row.memory = row.memory | health.memory  # others may have left word there meanwhile
    row.last_event_at = health.last_event_at or row.last_event_at
    row.last_heard_at = health.kept_until or row.last_heard_at
