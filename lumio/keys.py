"""Whether the keys at hand are the ones that the stored secrets were encrypted with.

For every key that came first there is a canary in the database, until nothing is under that key any more. A ring that
cannot read one of them is wrong, and nothing may be written under it: two halves of the secrets would then need two
different rings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from lumio.lib import crypto
from lumio.models import KeyCanary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TEXT = "Lumio can read what it stored."
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class LostKey:
    """A key that secrets were encrypted with and that is not at hand."""

    name: str
    #: Another key stands under its name.
    is_replaced: bool

    def __str__(self) -> str:
        what = f"holds another key as {self.name!r} than" if self.is_replaced else f"lacks {self.name!r},"
        return f"LUMIO_ENCRYPTION_KEYS {what} the key that stored secrets were encrypted with."


#: What to do about it.
HINT = (
    "Put that key back, anywhere in the list. If it is lost for good, `manage.py check_keys --forget-lost` goes on "
    "without it: what it encrypted stays unreadable, and each platform concerned has to be connected again."
)


def lost() -> Sequence[LostKey]:
    """The keys that are missing. One query."""
    return lost_of(KeyCanary.objects.order_by("made_at"))


def lost_of(canaries: Iterable[KeyCanary]) -> Sequence[LostKey]:
    """The same of these canaries, such as those in a backup."""
    names = set(crypto.key_ring().names.values())
    return [LostKey(canary.name, canary.name in names) for canary in canaries if not _can_read(canary)]


def remember() -> Sequence[LostKey]:
    """See that the key which encrypts has its canary, unless one of the others cannot be read; what is `lost`."""
    name = crypto.primary_name()
    missing = lost()
    if not missing and not KeyCanary.objects.filter(name=name).exists():
        canary = KeyCanary(name=name)
        canary.sealed = crypto.encrypt(TEXT, context=_context(canary))
        KeyCanary.objects.bulk_create([canary], ignore_conflicts=True)
        missing = lost()  # somebody else may have been faster, with another key of this name
    return missing


@transaction.atomic
def forget_lost() -> Sequence[str]:
    """Give up the secrets that the missing keys encrypted; the names of those keys."""
    names = [key.name for key in lost()]
    KeyCanary.objects.filter(name__in=names).delete()
    return names


def retire(name: str) -> bool:
    """Let go of a key that no stored value is under: Lumio starts without it from now on. Whether it ever encrypted."""
    return bool(KeyCanary.objects.filter(name=name).delete()[0])


def _can_read(canary: KeyCanary) -> bool:
    try:
        return crypto.decrypt(canary.sealed, context=_context(canary)).reveal() == TEXT
    except crypto.CannotDecrypt:
        return False


def _context(canary: KeyCanary) -> crypto.Context:
    return crypto.Context("lumio_keycanary", canary.pk, "sealed", NOBODY)
