"""Pages of a list that grows: newest first, by cursor, so that rows which come meanwhile shift nothing.

`before` continues to older rows; `after` turns around: what follows, oldest first. Both exclude the row they name.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter

from accounts.answers import link
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from rest_framework.request import Request

#: Rows of a page, unless the reader asks for another number, and at most.
PAGE = 100
LONGEST = 500
#: The largest number a log can have.
LAST = 2**63 - 1

Row = TypeVar("Row")
AnyModel = TypeVar("AnyModel", bound=Model)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OutOfRange(Refusal):
    code = "bad_cursor"
    sentence = _("{name} takes a whole number from {low} to {high}.")


class BadCursor(Refusal):
    code = "bad_cursor"
    sentence = _("{name} takes a cursor from `_links` or from a row, as it stands there.")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`has_more` in the direction it was read."""

    rows: list[Row]
    has_more: bool

    @classmethod
    def cut(cls, rows: list[Row], limit: int) -> Page[Row]:
        """From up to one row more than the page has."""
        return cls(rows[:limit], len(rows) > limit)

    def links(self, request: Request, cursor: Callable[[Row], object]) -> dict[str, str]:
        """`next`, on in the same direction, and `prev`, back in the other; each only where there is something."""
        turned, continued = (bool(request.query_params.get(name)) for name in ("after", "before"))
        links = {}
        if self.has_more:
            links["next"] = link(request, **{"after" if turned else "before": cursor(self.rows[-1])})
        if self.rows and turned != continued:
            back = {"before": None, "after": None, "before" if turned else "after": cursor(self.rows[0])}
            links["prev"] = link(request, **back)
        return links


LIMIT = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": LONGEST, "default": PAGE}, description="Rows of a page."
)


def parameters(cursor: str, schema: dict[str, Any]) -> list[OpenApiParameter]:
    """`limit`, `before` and `after` for the OpenAPI document. `cursor` is the rows' field that they take."""
    return [
        LIMIT,
        OpenApiParameter("before", schema, description=f"Older rows than the one with this `{cursor}`, newest first."),
        OpenApiParameter("after", schema, description=f"Newer rows than the one with this `{cursor}`, oldest first."),
    ]


BY_SEQ = parameters("seq", {"type": "integer", "minimum": 0, "maximum": LAST})
BY_ID = parameters("id", {"type": "integer", "minimum": 0, "maximum": LAST})
BY_CURSOR = parameters("cursor", {"type": "string"})


def number(value: str | int | None, name: str, low: int, high: int) -> int | None:
    """A whole number from outside, None for none given. Raises OutOfRange."""
    text = "" if value is None else str(value)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
        raise OutOfRange(name=name, low=low, high=high)
    return int(text)


def limit(value: str | int | None) -> int:
    """How many rows a reader asks for. Raises OutOfRange."""
    asked = number(value, "limit", 1, LONGEST)
    return PAGE if asked is None else asked


def cursor_of(row: Any, by: str = "created_at") -> str:
    """Where a row with a moment, `by`, and a UUID stands in its list."""
    return _cursor((getattr(row, by) - _EPOCH) // timedelta(microseconds=1), row.pk)


def _cursor(microseconds: int, pk: UUID) -> str:
    return base64.urlsafe_b64encode(f"{microseconds}.{pk.hex}".encode()).decode().rstrip("=")


#: Where a list starts that is read from its oldest row on: before every row there is.
BEGINNING = _cursor(0, UUID(int=0))


def by_number(
    rows: QuerySet[AnyModel], *, limit: int, before: int | None = None, after: int | None = None
) -> Page[AnyModel]:
    """A page of rows whose key counts up, newest first; with `after` what follows, oldest first. Both exclude the row
    they name."""
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return Page.cut(list(rows.order_by("-pk" if after is None else "pk")[: limit + 1]), limit)


def newest_first(
    rows: QuerySet[AnyModel],
    *,
    limit: int,
    before: str | None = None,
    after: str | None = None,
    by: str = "created_at",
) -> Page[AnyModel]:
    """A page of rows with a moment, `by`, and a UUID, by their cursors. Raises BadCursor."""
    if before:
        moment, pk = _place(before, "before")
        rows = rows.filter(Q(**{f"{by}__lt": moment}) | Q(**{by: moment}, pk__lt=pk))
    if after:
        moment, pk = _place(after, "after")
        rows = rows.filter(Q(**{f"{by}__gt": moment}) | Q(**{by: moment}, pk__gt=pk))
    order = (by, "pk") if after else (f"-{by}", "-pk")
    return Page.cut(list(rows.order_by(*order)[: limit + 1]), limit)


def _place(cursor: str, name: str) -> tuple[datetime, UUID]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        microseconds, _dot, pk = text.partition(".")
        return _EPOCH + timedelta(microseconds=int(microseconds)), UUID(hex=pk)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise BadCursor(name=name) from error
