"""The platforms that events come from, as the app that knows them has named them."""

from __future__ import annotations

from collections.abc import Iterable

_registered: dict[str, None] = {}


def register_platforms(slugs: Iterable[str]) -> None:
    """Say which platforms there are, in the order to name them in."""
    _registered.update(dict.fromkeys(slugs))


def known() -> tuple[str, ...]:
    return tuple(_registered)
