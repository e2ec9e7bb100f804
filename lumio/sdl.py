"""The GraphQL schema as text. `make schema` writes it to `lumio/schema.graphql`."""

from __future__ import annotations

from graphql import lexicographic_sort_schema, print_schema

from lumio.env import ROOT
from lumio.schema import schema

#: The checked-in copy, which is also what `/v1/schema` serves.
FILE = ROOT / "lumio" / "schema.graphql"


def text() -> str:
    return print_schema(lexicographic_sort_schema(schema.graphql_schema)) + "\n"
