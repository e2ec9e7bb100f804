"""Storing what was delivered: one transaction for what several requests bring at the same time, which also asks whether
it may be stored."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Subquery
from django.db.models.functions import Coalesce

from connections.enums import Use
from connections.models import PlatformSwitch, Webhook
from connections.platforms.bans import with_removal
from events.domain import scanning
from events.domain.publish import Batch, StaleFence, publish
from events.enums import Kind
from events.models import Event, IngestSource, LiveHead
from lumio.lib.errors import DatabaseAway, is_away
from lumio.lib.payload import moment

if TYPE_CHECKING:
    from events.types import StreamEvent

#: Deliveries that are stored with one transaction, and seconds in which they gather. It is a pause as well, so nobody
#: else has the turn meanwhile: on SQLite a process that wrote without one would starve all others.
MOST_AT_ONCE, GATHERED_FOR = 200, 0.01
#: Seconds to wait for the turn.
PATIENCE = 10.0
#: How far a platform's clock may be from ours.
CLOCKS_DIFFER = timedelta(hours=1)


class Outcome(Enum):
    """What became of an event."""

    STORED = auto()
    SWITCHED_OFF = auto()
    NOBODY_LISTENS = auto()


@dataclass(eq=False)
class Parcel:
    """One event on its way into the log. `outcome` or `error` says what became of it."""

    hook: Webhook
    source: str
    event: StreamEvent
    outcome: Outcome | None = None
    error: Exception | None = None

    @property
    def account_id(self) -> UUID:
        return self.hook.account_id

    @property
    def is_done(self) -> bool:
        return self.outcome is not None or self.error is not None


class Desk:
    """Stores with one transaction what several threads bring at the same time.

    Whoever has the turn also takes what others have put down meanwhile; they find it done when their turn comes.
    """

    def __init__(self) -> None:
        self._waiting: deque[Parcel] = deque()
        self._turn = threading.Lock()

    def store(self, parcel: Parcel) -> Outcome:
        """What became of it. Raises DatabaseAway, also after PATIENCE, and what else comes of this very event."""
        self._waiting.append(parcel)
        if not self._turn.acquire(timeout=PATIENCE):
            with suppress(ValueError):  # somebody has it in hand: stored or not, it may come again
                self._waiting.remove(parcel)
            raise DatabaseAway
        try:
            while not parcel.is_done:
                time.sleep(GATHERED_FOR)
                self._take([self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))])
        finally:
            self._turn.release()
        if parcel.error is not None:
            raise parcel.error
        assert parcel.outcome is not None  # noqa: S101  for the type checker
        return parcel.outcome

    def _take(self, parcels: Sequence[Parcel]) -> None:
        """Each is done afterwards, whatever happens: those who brought them wait for that."""
        try:
            scanning.scan(parcel.event for parcel in parcels)  # `publish` would too, but holds locks by then
            for parcel, outcome in zip(parcels, _publish(parcels), strict=True):
                parcel.outcome = outcome
        except Exception as error:
            if len(parcels) > 1 and not is_away(error):
                for parcel in parcels:  # one that cannot be stored is not its neighbours' fault
                    self._take([parcel])
                return
            for parcel in parcels:
                parcel.error = DatabaseAway() if is_away(error) else error
        finally:
            for parcel in parcels:
                if not parcel.is_done:  # this thread is being ended
                    parcel.error = DatabaseAway()


DESK = Desk()


@transaction.atomic
def _publish(parcels: Sequence[Parcel]) -> list[Outcome]:
    """One answer for each. That somebody listens is asked in the transaction itself: disconnecting is at once."""
    # In the order in which `publish` locks them: of two processes with one redemption the second sees the first's.
    list(
        LiveHead.objects.select_for_update(no_key=True)
        .filter(account_id__in={parcel.account_id for parcel in parcels})
        .order_by("account_id")
    )
    off = set(PlatformSwitch.objects.filter(use=Use.CHANNEL).values_list("platform", "account_id"))
    fences = dict(
        IngestSource.objects.filter(key__in={parcel.source for parcel in parcels}).values_list("key", "fence")
    )
    codes = set(
        Webhook.objects.filter(code__in={parcel.hook.code for parcel in parcels}).values_list("code", flat=True)
    )
    outcomes = [_before(parcel, off, fences, codes) for parcel in parcels]
    wanted = [parcel for parcel, outcome in zip(parcels, outcomes, strict=True) if outcome is Outcome.STORED]
    events = _told_apart(wanted)
    answers = publish(
        [
            Batch(parcel.account_id, parcel.source, fences[parcel.source], with_removal(event))
            for parcel, event in zip(wanted, events, strict=True)
        ]
    )
    stale = {id(parcel) for parcel, answer in zip(wanted, answers, strict=True) if isinstance(answer, StaleFence)}
    return [
        Outcome.NOBODY_LISTENS if id(parcel) in stale else outcome
        for parcel, outcome in zip(parcels, outcomes, strict=True)
    ]


def _before(parcel: Parcel, off: Set[tuple[str, UUID | None]], fences: Mapping[str, int], codes: Set[str]) -> Outcome:
    if off & {(parcel.hook.platform, None), (parcel.hook.platform, parcel.account_id)}:
        return Outcome.SWITCHED_OFF
    is_there = parcel.source in fences and parcel.hook.code in codes
    return Outcome.STORED if is_there else Outcome.NOBODY_LISTENS


def _told_apart(parcels: Sequence[Parcel]) -> list[StreamEvent]:
    """Their events; a redemption whose id came before is an update of it."""
    seen: set[tuple[str, str]] = set()
    events = []
    for parcel in parcels:
        event = parcel.event
        if event.kind is Kind.REDEMPTION:
            redemption = (parcel.source, event.extra["id"])
            if redemption in seen or _is_stored(parcel):
                event = replace(event, kind=Kind.REDEMPTION_UPDATE)
            seen.add(redemption)
        events.append(event)
    return events


def _is_stored(parcel: Parcel) -> bool:
    """Whether that redemption is in the log. Only what came since it was made is looked through."""
    log = Event.objects.filter(account_id=parcel.account_id)
    redeemed_at = moment(parcel.event.extra.get("redeemed_at")) or parcel.event.occurred_at
    before = log.filter(received_at__lt=redeemed_at - CLOCKS_DIFFER).order_by("-seq").values("seq")[:1]
    since = log.filter(seq__gt=Coalesce(Subquery(before), 0))
    return since.filter(source=parcel.source, kind=Kind.REDEMPTION, extra__id=parcel.event.extra["id"]).exists()
