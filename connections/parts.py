"""What other apps show on the Connections page, below its cards. `lumio` registers it, as it knows both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accounts.actor import Actor


@dataclass(frozen=True)
class Part:
    """`context` gets whoever looks and makes what the template has as `shown`, with one query at most."""

    template: str
    context: Callable[[Actor], dict[str, Any]]


@dataclass(frozen=True)
class Drawn:
    template: str
    shown: dict[str, Any]


_parts: list[Part] = []


def register(part: Part) -> None:
    _parts.append(part)


def drawn_for(actor: Actor) -> list[Drawn]:
    return [Drawn(part.template, part.context(actor)) for part in _parts]
