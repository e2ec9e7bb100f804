"""Putting everything that is encrypted under the key that comes first, while Lumio runs.

A value is replaced only where its row still holds what was read: what a refresh, a Reconnect or a Save stored meanwhile
stays, and is under the new key by itself. So it may be killed anywhere, run again, and run twice at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from accounts import factors
from accounts.actor import system_actor
from accounts.domain.accounts import instance_account
from accounts.domain.audit import record
from accounts.enums import Action
from connections.domain import vault
from integrations.domain import vault as integrations_vault
from lumio.lib import crypto
from lumio.lib.crashpoints import crash_point
from lumio.lib.sealed import Sealed
from overlays.domain import vault as overlays_vault

#: Every field that holds encrypted values, except the canaries of `lumio.keys`: each of those stays under its own key.
SEALED: tuple[Sealed, ...] = (*vault.SEALED, *integrations_vault.SEALED, *overlays_vault.SEALED, *factors.SEALED)
#: So many rows are read at a time; each is written by itself, so nobody waits for longer than for one.
BATCH = 200
#: So often everything is gone through. After the first time only what was written meanwhile can be left.
ROUNDS = 3


@dataclass
class Tally:
    """The values of one kind, as they were when they were looked at."""

    kind: Sealed
    #: How many are under which key, by its name; "" for a key that is not at hand, and for what is no encrypted value.
    under: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    #: Those that can be read and were not under the key that encrypts, and how many of them are under it now.
    behind: int = 0
    renewed: int = 0

    @property
    def total(self) -> int:
        return self.under.total()

    def take_in(self, row: Model) -> Any:
        """Count the values of a row; what it would hold with all that can be read under the key that encrypts."""
        context = self.kind.context(row, self.kind.field)

        def renewed(blob: bytes) -> bytes:
            self.under[crypto.name_of_key(blob) or ""] += 1
            try:
                new = crypto.renew(blob, context=context)
            except crypto.CannotDecrypt:
                self.unreadable += 1
                return blob
            self.behind += new != blob
            return new

        return self.kind.each(getattr(row, self.kind.field), renewed)


def survey() -> list[Tally]:
    """How every kind stands. Decrypts each value, and changes none."""
    found = [Tally(kind) for kind in SEALED]
    for tally in found:
        for batch in tally.kind.batches(BATCH):
            for row in batch:
                tally.take_in(row)
    return found


def rotate(report: Callable[[Tally], None]) -> list[Tally]:
    """Put what can be read under the key that encrypts; how every kind stands afterwards.

    `report` is told how far it is. Some may be behind in the end: then a process goes on writing under an older key.
    That something was put under another key is noted in the log of this Lumio itself.
    """
    found: list[Tally] = []
    renewed = 0
    for _ in range(ROUNDS):
        for kind in SEALED:
            renewed += _renew(kind, report)
        crash_point("rotate.before_survey")
        found = survey()
        if not any(tally.behind for tally in found):
            break
    if renewed:
        after = {"key": crypto.primary_name(), "values": renewed}
        record(system_actor(instance_account()), Action.KEYS_ROTATED, after=after)
    return found


def _renew(kind: Sealed, report: Callable[[Tally], None]) -> int:
    """How many values that were."""
    tally = Tally(kind)
    for batch in kind.batches(BATCH):
        for row in batch:
            before = tally.behind
            changed = tally.take_in(row)
            if tally.behind > before and kind.replace(row, changed):
                tally.renewed += tally.behind - before
                crash_point("rotate.after_write")
        report(tally)
    return tally.renewed


def not_needed(found: Iterable[Tally]) -> list[str]:
    """The names of the keys at hand that nothing is under, not even what cannot be read. Never the first."""
    used = {name for tally in found for name in tally.under} | {crypto.primary_name()}
    return [name for name in crypto.key_ring().names.values() if name not in used]


def complaints(found: Iterable[Tally]) -> list[str]:
    """A sentence for each kind of which some cannot be read."""
    return [
        f"{tally.kind.title}: {tally.unreadable} cannot be read. {tally.kind.remedy}"
        for tally in found
        if tally.unreadable
    ]
