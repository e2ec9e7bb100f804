"""Many rows with one statement that takes all of them as one value, an array of JSON objects.

`bulk_create` composes its statement out of each value of each row, which took most of the time of storing an event, and
a query for each account took most of it where many accounts are busy. The rows do not learn their ids.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.expressions import RawSQL

Row = TypeVar("Row", bound=models.Model)

encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def insert(model: type[models.Model], text: str, *, conflict: str = "") -> None:
    """Write the rows of `text`, which is what `encoded` makes of them. `conflict` is SQL for those that are there."""
    with connection.cursor() as cursor:
        # Not executemany() or COPY: on PostgreSQL whoever freezes half-way counts as busy, and no time-out ends it.
        cursor.execute(_insertion(model, connection.vendor) + conflict, [text])


def having(rows: models.QuerySet[Row], names: Sequence[str], keys: Collection[tuple[Any, ...]]) -> models.QuerySet[Row]:
    """Those that have one of the `keys` in these columns, which are to have an index."""
    columns = dict(_columns(rows.model))
    writers = [columns[name] or _as_it_is for name in names]
    wanted = [{name: write(value) for name, write, value in zip(names, writers, key, strict=True)} for key in keys]
    search = _search(rows.model, tuple(names), connection.vendor)
    return rows.filter(pk__in=RawSQL(search, [encode(wanted)]))  # noqa: S611  our names


def encoded(rows: Sequence[models.Model]) -> str:
    """The rows as objects that both databases read. Raises ValueError for what is no JSON, such as infinity."""
    return encode([values(row) for row in rows])


def values(row: models.Model) -> dict[str, Any]:
    """The columns of a row, as JSON that both databases take for what is stored."""
    return {name: store(getattr(row, name)) if store else getattr(row, name) for name, store in _columns(type(row))}


@cache
def _insertion(model: type[models.Model], vendor: str) -> str:
    table, names = model._meta.db_table, [name for name, _ in _columns(model)]
    if vendor == "postgresql":
        columns, source = names, f"jsonb_populate_recordset(NULL::{table}, %s)"
    else:
        columns, source = [f"json_extract(value, '$.{name}')" for name in names], "json_each(%s)"
    # Without a WHERE, SQLite takes the ON of a conflict for that of a join.
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(columns)} FROM {source} WHERE true "  # noqa: S608  our names


@cache
def _search(model: type[models.Model], names: tuple[str, ...], vendor: str) -> str:
    table = model._meta.db_table
    if vendor == "postgresql":
        source = f"jsonb_populate_recordset(NULL::{table}, %s) AS wanted JOIN {table} USING ({', '.join(names)})"
    else:
        same = [f"{table}.{name} = json_extract(value, '$.{name}')" for name in names]
        source = f"json_each(%s) JOIN {table} ON {' AND '.join(same)}"
    return f"SELECT {table}.id FROM {source}"  # noqa: S608  our names


@cache
def _columns(model: type[models.Model]) -> list[tuple[str, Callable[[Any], Any] | None]]:
    """Names, and how a value is written where JSON has no word for it. Numbers are given by the database."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    return [(field.attname, _writer(field)) for field in fields]


def _writer(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.UUIDField):
        return lambda value: value.hex
    return _moment if isinstance(target, models.DateTimeField) else None


def _as_it_is(value: Any) -> Any:
    return value


def _moment(value: datetime | None) -> str | None:
    return None if value is None else str(connection.ops.adapt_datetimefield_value(value))
