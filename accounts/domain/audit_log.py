"""Reading the audit log: by page, by filter, as a table.

Lines are looked at from the newest on until the page is full, along an index of the account and, where they are asked
for, the person or the action. Only words have none, so looking for words that are nowhere reads every line once.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts import filters, paging
from accounts.domain.audit import record
from accounts.enums import Action, Permission, Via
from accounts.models import AuditEntry
from accounts.paging import Page

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from django.db.models import QuerySet

    from accounts.actor import Actor
    from accounts.models import Account

#: Who acted where nobody did, as a filter names it.
LUMIO = "lumio"

#: What a filter calls several actions together → how their names begin.
GROUPS: dict[str, tuple[str, ...]] = {
    "account": ("account.", "audit."),
    "members": ("member.", "invitation."),
    "roles": ("role.",),
    "connections": ("credentials.", "connection.", "connect_link.", "webhook.", "preflight."),
    "bots": ("bot.", "discord_bot."),
    "chat": ("chat.",),
    "music": ("music.",),
    "tips": ("tip_token.",),
    "tools": ("integration.", "bridge.", "obs.", "streamerbot."),
    "overlays": ("overlay.", "upload.", "alert.", "alerts.", "panic."),
    "automations": ("automation.",),
    "tokens": ("token.",),
    "tests": ("test_event.",),
    "people": ("user.",),
    "operator": ("platform.", "operator.", "keys.", "backup."),
}

#: `get_action_display` goes through all choices for each line, which takes a hundred times as long.
_NAMES = {action.value: action.label for action in Action}

#: Lines that are read at once for a table.
BATCH = 500
COLUMNS = (
    "time", "who", "who_id", "via", "via_detail", "action", "what",
    "target_type", "target", "target_id", "before", "after", "address",
)  # fmt: skip
#: What a spreadsheet would take for a formula at the beginning of a cell.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def of_group(group: str) -> list[Action]:
    return [action for action in Action if action.startswith(GROUPS[group])]


@dataclass(frozen=True)
class Filter:
    """What is looked for; whatever is empty fits everything. `who` is a person's id, or LUMIO.

    `text` is part of the target's name, in any case (on SQLite only A to Z have none). From `since` on, before `until`.
    """

    who: UUID | str | None = None
    via: Collection[str] = ()
    actions: Collection[str] = ()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def parse(
        cls,
        *,
        who: str | None = None,
        via: str | Iterable[str] | None = None,
        action: str | Iterable[str] | None = None,
        q: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Filter:
        """From what a caller wrote; several values as a list, or with commas between. Raises BadFilter.

        `action` takes names of GROUPS, too.
        """
        named = filters.some_of([*GROUPS, *Action.values], action, "action")
        return cls(
            who=_who(who),
            via=filters.some_of(Via.values, via, "via"),
            actions=[one for name in named for one in (of_group(name) if name in GROUPS else [name])],
            text=filters.text(q),
            since=filters.moment(since, "since"),
            until=filters.moment(until, "until"),
        )

    def among(self, rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        if self.who:
            rows = rows.filter(actor_id=None if self.who == LUMIO else self.who)
        if self.via:
            rows = rows.filter(via__in=self.via)
        if self.actions:
            rows = rows.filter(action__in=self.actions)
        if self.text:
            rows = rows.filter(target_name__icontains=self.text)
        if self.since:
            rows = rows.filter(created_at__gte=self.since)
        if self.until:
            rows = rows.filter(created_at__lt=self.until)
        return rows


EVERYTHING = Filter()


def _who(value: str | None) -> UUID | str | None:
    if not value or value == LUMIO:
        return value or None
    try:
        return UUID(value)
    except ValueError:
        known = f"{LUMIO}, <user id>"
        raise filters.BadFilter(name="who", value=value[: filters.LONGEST_TEXT], known=known) from None


def name_of(action: str) -> str:
    """In words; one that an earlier version wrote, as it stands."""
    return str(_NAMES.get(action, action))


def page(
    actor: Actor, wanted: Filter = EVERYTHING, *, limit: int, before: int | None = None, after: int | None = None
) -> Page[AuditEntry]:
    """Newest first; with `after` what follows, oldest first. Both take a line's id, itself excluded. One query."""
    actor.require(Permission.AUDIT_READ)
    rows = wanted.among(AuditEntry.objects.filter(account=actor.account))
    return paging.by_number(rows, limit=limit, before=before, after=after)


def shown(entry: AuditEntry) -> dict[str, Any]:
    """A line as the APIs and the export have it."""
    target = {"type": entry.target_type, "id": entry.target_id, "name": entry.target_name}
    return {
        "id": entry.pk,
        "created_at": entry.created_at,
        "actor": {"id": entry.actor_id, "name": entry.actor_name},
        "via": entry.via,
        "via_detail": entry.via_detail,
        "action": entry.action,
        "target": target if any(target.values()) else None,
        "before": entry.before,
        "after": entry.after,
        "address": entry.address,
    }


def people(actor: Actor) -> list[tuple[UUID, str]]:
    """Everybody whom the log names, also those who left, by their latest name. Two queries."""
    actor.require(Permission.AUDIT_READ)
    lines = AuditEntry.objects.filter(account=actor.account, actor_id__isnull=False)
    newest = lines.order_by().values("actor_id").annotate(last=Max("pk")).values_list("last", flat=True)
    named = AuditEntry.objects.filter(pk__in=list(newest)).only("actor_id", "actor_name")
    found = [(line.actor_id, line.actor_name) for line in named if line.actor_id]
    return sorted(found, key=lambda one: one[1].casefold())


def export(actor: Actor, wanted: Filter = EVERYTHING) -> Iterator[bytes]:
    """What the filter shows as CSV, newest first, for spreadsheets. That somebody took it is noted."""
    actor.require(Permission.AUDIT_READ)
    with transaction.atomic():
        last = record(actor, Action.AUDIT_EXPORTED, after=_told(wanted))
    return table(actor.account, wanted, before=last.pk)


def table(account: Account, wanted: Filter = EVERYTHING, *, before: int | None = None) -> Iterator[bytes]:
    """CSV in UTF-8, with the mark by which spreadsheets know it. Each piece is read when it is asked for."""
    yield "\ufeff".encode() + _csv([COLUMNS])
    for lines in batches(account, wanted, before=before):
        yield _csv(_cells(line) for line in lines)


def batches(account: Account, wanted: Filter = EVERYTHING, *, before: int | None = None) -> Iterator[list[AuditEntry]]:
    """Every line that fits, newest first. No cursor of the database stays open in between."""
    while True:
        rows = wanted.among(AuditEntry.objects.filter(account=account))
        lines = list((rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[:BATCH])
        if not lines:
            return
        yield lines
        before = lines[-1].pk


def _told(wanted: Filter) -> dict[str, Any] | None:
    """A filter as the audit log keeps it."""
    told = {
        "who": str(wanted.who or ""),
        "via": list(wanted.via),
        "actions": list(wanted.actions),
        "text": wanted.text,
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
    }
    return {name: value for name, value in told.items() if value} or None


def _cells(line: AuditEntry) -> tuple[str, ...]:
    return (
        line.created_at.astimezone(UTC).isoformat(),
        line.actor_name,
        str(line.actor_id or ""),
        line.via,
        line.via_detail,
        line.action,
        name_of(line.action),
        line.target_type,
        line.target_name,
        line.target_id,
        "" if line.before is None else json.dumps(line.before, ensure_ascii=False),
        "" if line.after is None else json.dumps(line.after, ensure_ascii=False),
        line.address or "",
    )


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def harmless(cell: str) -> str:
    """The cell as text for spreadsheets: names that people choose must not become formulas on somebody's machine."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
