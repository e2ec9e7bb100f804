"""GraphQL scalars that graphene has not, or has only loosely."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from graphene import Scalar
from graphql import GraphQLError, IntValueNode, ValueNode, print_ast


class BigInt(Scalar):
    """A whole number of up to 64 bits, as a JSON number. `Int` ends at 32 bits, which a log outgrows."""

    @staticmethod
    def serialize(value: int) -> int:
        return value

    @staticmethod
    def parse_value(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise GraphQLError("BigInt takes a whole number.")
        return value

    @staticmethod
    def parse_literal(node: ValueNode, variables: Any = None) -> int:
        # More digits than 64 bits have are not worth turning into a number.
        if not isinstance(node, IntValueNode) or len(node.value) > 20:
            raise GraphQLError(f"BigInt takes a whole number, not {print_ast(node)[:40]}.")
        return int(node.value)


class DateTime(Scalar):
    """A moment, ISO 8601 in UTC, as REST and sockets have it. Only in answers."""

    @staticmethod
    def serialize(value: datetime | str) -> str:
        return value if isinstance(value, str) else value.astimezone(UTC).isoformat()
