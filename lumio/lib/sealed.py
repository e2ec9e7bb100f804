"""Which fields of the database hold encrypted values. Each app lists its own; `lumio.rotation` goes through all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from lumio.lib import crypto

#: A blob in, and the blob that is to stand in its place, or the same one.
Change = Callable[[bytes], bytes]


def whole(stored: Any, change: Change) -> bytes:
    """For a field that is one blob and nothing else."""
    return change(bytes(stored))


@dataclass(frozen=True)
class Sealed:
    """A field that holds encrypted values.

    `title` names them for operators, in the plural; `remedy` is a sentence about what to do where they cannot be read.
    `context` gives the place that the blobs of a row are bound to, from row and field; `each` what is stored with a
    change made to every blob in it.
    """

    model: type[Model]
    field: str
    title: str
    remedy: str
    context: Callable[[Any, str], crypto.Context]
    each: Callable[[Any, Change], Any] = whole

    def batches(self, size: int) -> Iterator[list[Model]]:
        """Every row that holds something, by primary key. No statement stays open while a batch is worked on."""
        rows = self._rows.filter(**{f"{self.field}__isnull": False}).order_by("pk")
        batch = list(rows[:size])
        while batch:
            yield batch
            batch = list(rows.filter(pk__gt=batch[-1].pk)[:size])

    def replace(self, row: Model, changed: Any) -> bool:
        """Store what is changed, unless the row has come to hold something else than `row` does. Whether it was."""
        known = self._rows.filter(pk=row.pk, **{self.field: getattr(row, self.field)})
        return bool(known.update(**{self.field: changed}))

    @property
    def _rows(self) -> QuerySet[Model]:
        return self.model._base_manager.all()
