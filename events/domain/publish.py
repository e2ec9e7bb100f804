"""Storing what happened, exactly once and in order, then telling everybody.

`LiveHead` is locked first (on SQLite the IMMEDIATE transaction is the lock), so that the writers of one account take
turns and commit order is `seq` order: whoever has read up to a `seq` has missed nothing below it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from events import bus
from events.channels import Channel
from events.domain import bulk, consequences, removals, scanning, viewers
from events.domain.log import MODELS
from events.enums import Log, Origin
from events.models import IngestSource, LiveHead, LogRow
from events.payloads import payload
from lumio.lib.crashpoints import crash_point

if TYPE_CHECKING:
    from datetime import datetime

    from events.types import StreamEvent

#: The source of what Lumio itself says happened.
LOCAL = "lumio"

#: The largest number that a column holds.
LARGEST = 2**63 - 1

#: A head is there when it is written: whoever writes has locked it.
_MOVED = "ON CONFLICT (account_id) DO UPDATE SET events_seq = excluded.events_seq, chat_seq = excluded.chat_seq"

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
    scanning.scan(event for batch in batches for event in batch.events)
    received_at = timezone.now()
    answers: list[Stored | StaleFence] = []
    with transaction.atomic():
        heads = _lock_heads({batch.account_id for batch in batches})
        fences = _fences({batch.source for batch in batches if batch.fence is not None})
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


def _fences(keys: set[str]) -> dict[str, int]:
    """The fence of each source that has a lease."""
    return dict(IngestSource.objects.filter(key__in=keys).values_list("key", "fence")) if keys else {}


def _known(rows: Iterable[LogRow]) -> set[Identity]:
    """Which of the rows are stored already: one query for each log."""
    asked: dict[Log, set[tuple[UUID, str, str]]] = defaultdict(set)
    for row in rows:
        asked[row.log].add((row.account_id, row.source, row.external_id))
    known: set[Identity] = set()
    names = ("account_id", "source", "external_id")
    for log, keys in asked.items():
        stored = bulk.having(MODELS[log]._default_manager.all(), names, keys).values_list(*names)
        known |= {(account_id, log, source, external_id) for account_id, source, external_id in stored}
    return known


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
    viewers.note(rows)
    written: dict[Channel, list[LogRow]] = defaultdict(list)
    for row in rows:
        written[Channel(row.log, row.account_id)].append(row)
    for log, model in MODELS.items():
        _insert(model, [row for channel, some in written.items() if channel.topic == log for row in some])
    removals.apply(rows)
    if rows:
        moved = [heads[pk] for pk in sorted({row.account_id for row in rows})]
        bulk.insert(LiveHead, bulk.encoded(moved), conflict=_MOVED)
        consequences.follow(rows)
    transaction.on_commit(partial(crash_point, "publish.after_commit"))
    transaction.on_commit(partial(_announce, written), robust=True)


def _insert(model: type[LogRow], rows: list[LogRow]) -> None:
    if rows:
        bulk.insert(model, _as_json(rows))


def _as_json(rows: list[LogRow]) -> str:
    """The rows as objects that both databases read; what one of them refuses is replaced in the rows themselves."""
    with suppress(ValueError):  # not a number, or half a surrogate pair
        text = bulk.encoded(rows)
        text.encode()
        if "\\u0000" not in text:
            return text
    for row in rows:
        row.fragments, row.extra, row.raw = map(_cleaned, (row.fragments, row.extra, row.raw))
    return bulk.encoded(rows)


def _announce(written: dict[Channel, list[LogRow]]) -> None:
    bus.announce_rows({channel: [payload(row) for row in rows] for channel, rows in written.items()})


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
        amount=_count(event.amount),
        unit=event.unit,
        currency=_text(event.currency, 3),
        message=_text(event.message),
        fragments=list(event.fragments),
        extra=event.extra,
        raw=event.raw,
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


def _count(amount: int | None) -> int | None:
    return None if amount is None else max(-LARGEST, min(amount, LARGEST))


def _cleaned(value: Any) -> Any:
    """JSON that both databases take: every text is storable, and NaN and infinity are null."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {_text(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value
