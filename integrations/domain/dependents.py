"""What uses an integration, as apps above this one register it: it stops doing what it should once that is removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from accounts.models import Account

#: By integration the names of what uses it; one query at most.
Source = Callable[["Account"], Mapping[UUID, Sequence[str]]]

_sources: list[Source] = []


def register(source: Source) -> None:
    _sources.append(source)


def of(account: Account) -> dict[UUID, list[str]]:
    """By integration the names of everything that uses it; one that nothing uses is not there."""
    found: dict[UUID, list[str]] = {}
    for source in _sources:
        for integration, names in source(account).items():
            found.setdefault(integration, []).extend(names)
    return found
