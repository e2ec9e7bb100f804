"""What stops working when a platform is disconnected. Apps above this one register what they know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Account


@dataclass(frozen=True)
class Dependent:
    """Something that lives on some platforms (slugs): what it is in words, and the page where it is looked after."""

    platforms: frozenset[str]
    text: str
    url: str


Source = Callable[["Account"], Sequence[Dependent]]

_sources: list[Source] = []


def register(source: Source) -> None:
    """Have `source` asked for what an account has; one query at most, as it is asked on every Connections page."""
    _sources.append(source)


def of(account: Account) -> list[Dependent]:
    return [dependent for source in _sources for dependent in source(account)]
