"""Filters of a list, as a caller wrote them into an address or a query."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from lumio.lib.errors import Refusal
from lumio.lib.payload import UNSTORABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_TEXT = 100


class BadFilter(Refusal):
    code = "bad_filter"
    sentence = _("“{value}” is nothing that {name} takes. There are: {known}.")


class BadMoment(BadFilter):
    sentence = _("{name} takes a moment as in 2026-05-01T18:00:00Z, not “{value}”.")


class TextTooLong(BadFilter):
    sentence = _("{name} takes {limit} characters at most.")


def some_of(known: Sequence[str], asked: str | Iterable[str] | None, name: str) -> list[str]:
    """Several values, as a list or with commas between. Raises BadFilter for one that is not `known`."""
    values = asked.split(",") if isinstance(asked, str) else asked or ()
    wanted = [value.strip() for value in values if value.strip()]
    for value in wanted:
        if value not in known:
            raise BadFilter(name=name, value=value[:LONGEST_TEXT], known=", ".join(known))
    return wanted


def flag(asked: str | bool | None, name: str) -> bool | None:
    """`true` or `false`; None where nobody asks. Raises BadFilter."""
    if isinstance(asked, bool):
        return asked
    return None if not asked else some_of(("true", "false"), [asked], name) == ["true"]


def text(value: str | None, name: str = "q") -> str:
    """Words to look for, without what no database can even be asked for. Raises TextTooLong."""
    words = UNSTORABLE.sub("", value or "").strip()
    if len(words) > LONGEST_TEXT:
        raise TextTooLong(name=name, limit=LONGEST_TEXT)
    return words


def moment(value: str | None, name: str) -> datetime | None:
    """ISO 8601; without a time zone, UTC. The + of one arrives as a space where nobody encoded it. Raises BadMoment."""
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadMoment(name=name, value=value[:LONGEST_TEXT]) from None
