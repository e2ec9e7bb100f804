"""What Lumio has stored, read past it from the database."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from events.enums import Kind, Origin
from tests.system.database import Database
from tests.system.sources import LOGS


@dataclass(frozen=True)
class Row:
    seq: int
    external_id: str
    kind: str
    actor: str
    source: str
    origin: str

    @property
    def name(self) -> tuple[int, str]:
        """As pages are told of it."""
        return self.seq, self.external_id


@dataclass
class Books:
    """Of one account."""

    logs: dict[str, list[Row]] = field(default_factory=lambda: {topic: [] for topic in LOGS})
    gaps: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    """The times that a source may have missed."""
    alerts: dict[int, tuple[int, str]] = field(default_factory=dict)
    """The event and the state of each, by its id."""

    @property
    def heads(self) -> dict[str, int]:
        return {topic: max((row.seq for row in rows), default=0) for topic, rows in self.logs.items()}

    def of(self, source: str, prefix: str) -> Counter[str]:
        """How often each person whose name begins so is stored as having done something there."""
        rows = [row for log in self.logs.values() for row in log if row.source == source]
        return Counter(row.actor.lower() for row in rows if row.actor.lower().startswith(prefix))

    @property
    def worth_an_alert(self) -> list[int]:
        """The tips that were heard when they were given."""
        return [row.seq for row in self.logs["events"] if (row.kind, row.origin) == (Kind.TIP, Origin.LIVE)]


def read(database: Database) -> dict[str, Books]:
    """The books of every account that has any, by its id. From PostgreSQL, whose JSON comes as objects."""
    books: dict[str, Books] = defaultdict(Books)
    for topic, table in LOGS.items():
        for account, seq, external_id, kind, actor, source, origin in database.ask(
            f"SELECT account_id, seq, external_id, kind, actor_name, source, origin FROM {table} ORDER BY seq"
        ):
            row = Row(seq, external_id, kind, actor, source.partition(":")[0], origin)
            books[str(account)].logs[topic].append(row)
    for account, source, extra in database.ask(
        f"SELECT account_id, source, extra FROM events_event WHERE kind = '{Kind.SOURCE_GAP}'"
    ):
        times = (datetime.fromisoformat(extra[name]).timestamp() for name in ("since", "until"))
        books[str(account)].gaps[source.partition(":")[0]].append((next(times), next(times)))
    for account, alert, event, state in database.ask("SELECT account_id, id, event_seq, state FROM overlays_alert"):
        books[str(account)].alerts[alert] = (event, state)
    return books
