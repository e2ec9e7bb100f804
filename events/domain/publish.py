"""Storing what happened, exactly once and in order, then telling everybody.

`LiveHead` is locked first (on SQLite the IMMEDIATE transaction is the lock), so that the writers of one account take
turns and commit order is `seq` order: whoever has read up to a `seq` has missed nothing below it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from accounts.models import Account
from events import bus
from events.channels import Channel
from events.domain.log import MODELS
from events.enums import Log, Origin
from events.models import IngestSource, LiveHead, LogRow
from events.payloads import payload
from lumio.lib.crashpoints import crash_point

if TYPE_CHECKING:
    from datetime import datetime

    from events.types import StreamEvent

_as_it_is = json.JSONEncoder(ensure_ascii=False).encode

#: Rows written with one statement.
ROWS_PER_INSERT = 200
#: The source of what Lumio itself says happened.
LOCAL = "lumio"

#: What makes an event the same event: account, log, source, external id.
Identity = tuple[UUID, Log, str, str]


@dataclass(frozen=True)
class Batch:
    """What one source of one account delivered, in order.

    `source` is the key of an IngestSource and `fence` the one its writer holds; None is for sources without a lease.
    """

    account_id: UUID
    source: str
    fence: int | None
    events: Sequence[StreamEvent]
    origin: Origin = Origin.LIVE


@dataclass(frozen=True)
class Stored:
    """A batch that was written. `rows` are those that were new, in `seq` order within each log."""

    batch: Batch
    rows: list[LogRow]


@dataclass(frozen=True)
class StaleFence:
    """A batch of which nothing was written: its writer no longer holds the source, or the account is gone."""

    batch: Batch


def publish(batches: Sequence[Batch]) -> list[Stored | StaleFence]:
    """Store all batches in one transaction, announce what was new after commit. One answer for each batch.

    An event that is known (same account, log, source and external id) is silently the same event.
    """
    received_at = timezone.now()
    answers: list[Stored | StaleFence] = []
    with transaction.atomic():
        heads = _lock_heads({batch.account_id for batch in batches})
        fences = dict(
            IngestSource.objects.filter(key__in={batch.source for batch in batches}).values_list("key", "fence")
        )
        rows_of = [
            [_row(batch, event, received_at) for event in batch.events]
            if batch.account_id in heads and (batch.fence is None or fences.get(batch.source) == batch.fence)
            else None
            for batch in batches
        ]
        known = _known(row for rows in rows_of for row in rows or ())
        for batch, rows in zip(batches, rows_of, strict=True):
            if rows is None:
                answers.append(StaleFence(batch))
            else:
                answers.append(Stored(batch, _number(rows, heads[batch.account_id], known)))
        _write([row for answer in answers if isinstance(answer, Stored) for row in answer.rows], heads)
    return answers


def publish_local(account_id: UUID, events: Sequence[StreamEvent], origin: Origin) -> list[LogRow]:
    """Store what no upstream connection delivered, for example test events. Returns the rows that were new."""
    answer = publish([Batch(account_id, LOCAL, None, events, origin)])[0]
    return answer.rows if isinstance(answer, Stored) else []


def _lock_heads(account_ids: set[UUID]) -> dict[UUID, LiveHead]:
    """The heads of all accounts that exist, locked in id order, so that two writers never wait for each other."""
    locked = LiveHead.objects.select_for_update(no_key=True).filter(account_id__in=account_ids).order_by("account_id")
    heads = {head.account_id: head for head in locked}
    if missing := account_ids - heads.keys():
        existing = Account.objects.filter(pk__in=missing).values_list("pk", flat=True)
        LiveHead.objects.bulk_create([LiveHead(account_id=pk) for pk in existing], ignore_conflicts=True)
        heads = {head.account_id: head for head in locked.all()}
    return heads


def _known(rows: Iterable[LogRow]) -> set[Identity]:
    """Which of the rows are stored already: one query for each account and log."""
    asked: dict[tuple[UUID, Log], list[LogRow]] = defaultdict(list)
    for row in rows:
        asked[row.account_id, row.log].append(row)
    return {
        (account_id, log, source, external_id)
        for (account_id, log), some in asked.items()
        for source, external_id in MODELS[log]
        ._default_manager.filter(
            account_id=account_id,
            source__in={row.source for row in some},
            external_id__in={row.external_id for row in some},
        )
        .values_list("source", "external_id")
    }


def _number(rows: list[LogRow], head: LiveHead, known: set[Identity]) -> list[LogRow]:
    """The rows that are new, numbered on from the head; they are known from here on."""
    new = []
    for row in rows:
        identity = (row.account_id, row.log, row.source, row.external_id)
        if identity not in known:
            known.add(identity)
            row.seq = head.next_seq(row.log)
            new.append(row)
    return new


def _write(rows: list[LogRow], heads: dict[UUID, LiveHead]) -> None:
    written: dict[Channel, list[LogRow]] = defaultdict(list)
    for row in rows:
        written[Channel(row.log, row.account_id)].append(row)
    for log, model in MODELS.items():
        _insert(model, [row for channel, some in written.items() if channel.topic == log for row in some])
    LiveHead.objects.bulk_update(
        [heads[pk] for pk in sorted({row.account_id for row in rows})], ["events_seq", "chat_seq"]
    )
    transaction.on_commit(partial(crash_point, "publish.after_commit"))
    for channel, some in written.items():
        transaction.on_commit(partial(_announce, channel, some), robust=True)


def _insert(model: type[LogRow], rows: list[LogRow]) -> None:
    """`bulk_create`, without composing the statement anew for each row, which took half of the time of `publish`.

    The rows do not learn their `id`: logs are addressed by (account, seq).
    """
    database = connections[DEFAULT_DB_ALIAS]
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(str(field.column) for field in fields)
    places = f"({', '.join(['%s'] * len(fields))})"
    with database.cursor() as cursor:
        for start in range(0, len(rows), ROWS_PER_INSERT):
            some = rows[start : start + ROWS_PER_INSERT]
            # Not executemany(), a pipeline on PostgreSQL: frozen half-way it counts as busy, and no time-out ends it.
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} ({names}) VALUES {', '.join([places] * len(some))}",  # noqa: S608
                [field.get_db_prep_save(getattr(row, field.attname), database) for row in some for field in fields],
            )


def _announce(channel: Channel, rows: list[LogRow]) -> None:
    bus.announce_rows(channel, [payload(row) for row in rows])


def _row(batch: Batch, event: StreamEvent, received_at: datetime) -> LogRow:
    """The event as a row without a `seq`. Whatever a platform sends fits: too long is cut, unstorable is replaced."""
    model = MODELS[event.kind.log]
    return model(
        account_id=batch.account_id,
        source=batch.source,
        external_id=_fitting_id(event.external_id),
        kind=event.kind,
        platform=event.platform,
        channel_id=_text(event.channel_id, 100),
        origin=batch.origin,
        occurred_at=event.occurred_at,
        received_at=received_at,
        actor_id=_text(event.actor.id, 100),
        actor_login=_text(event.actor.login, 100),
        actor_name=_text(event.actor.name, 200),
        actor_avatar=_text(event.actor.avatar, 500),
        actor_anonymous=event.actor.anonymous,
        amount=event.amount,
        unit=event.unit,
        currency=_text(event.currency, 3),
        message=_text(event.message),
        fragments=_storable(list(event.fragments)),
        extra=_storable(event.extra),
        raw=_storable(event.raw),
    )


def _fitting_id(external_id: str) -> str:
    """Ids are compared, so a long one becomes its digest instead of being cut."""
    text = _text(external_id)
    return text if len(text) <= 200 else sha256(text.encode()).hexdigest()


def _text(text: str, length: int | None = None) -> str:
    """Text that both databases take: PostgreSQL refuses NUL, and nothing encodes half a surrogate pair."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:length]


def _storable(value: Any) -> Any:
    """JSON of which every text is storable."""
    if not value:
        return value
    text = _as_it_is(value)  # nearly always it is storable already, and by far the quickest to find out
    try:
        text.encode()
    except UnicodeEncodeError:
        return _cleaned(value)
    return _cleaned(value) if "\\u0000" in text else value


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value
