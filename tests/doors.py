"""Every door of Lumio, found by walking what is really there: URLs, REST methods, GraphQL fields, socket topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import graphene
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.gates import ANY_MEMBER, ANY_PERSON, Gate, gate_of
from events.channels import TOPICS

#: Doors of libraries, which carry no mark: the route and why it may stand as it is.
OF_LIBRARIES = {
    "/account/login/": "anybody may try to sign in; allauth limits the attempts",
    "/account/logout/": "allauth: only a signed-in person has something to end",
    "/account/signup/": "closed by AccountAdapter unless the operator opens it",
    "/account/inactive/": "a page that says no",
    "/account/reauthenticate/": "allauth asks the signed-in person again",
    "/account/2fa/": "one's own second factors; `tests/accounts/test_mfa.py` finds each of these gated",
    "/admin/": "Django admin asks every view for is_staff",
}

REST_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Door:
    """`name` is "page /dashboard", "GET /v1/tokens", "query myPermissions", "socket chat"."""

    name: str
    gate: Gate | None

    @property
    def asks(self) -> str:
        """What the gate asks for, in one word."""
        if self.gate is None:
            return "NOTHING AT ALL"
        if self.gate.permissions:
            return " or ".join(self.gate.permissions)
        return {ANY_MEMBER: "member", ANY_PERSON: "person"}.get(self.gate, "public")


def urls(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[Door]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if any(route.startswith(known) if known == "/admin/" else route == known for known in OF_LIBRARIES):
            continue
        if isinstance(pattern, URLResolver):
            yield from urls(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield from _of_view(pattern.callback, route)


def _of_view(view: Any, route: str) -> Iterator[Door]:
    endpoint = getattr(view, "cls", None)
    if endpoint is None:
        yield Door(f"page {route}", getattr(view, "gate", None))
        return
    gates = getattr(endpoint, "gates", {})
    for method in REST_METHODS:
        if hasattr(endpoint, method):
            asked = gates.get(method.upper())
            yield Door(f"{method.upper()} {route}", gate_of(asked) if asked is not None else None)


def fields(schema: graphene.Schema) -> Iterator[Door]:
    roots = {"query": schema.graphql_schema.query_type, "mutation": schema.graphql_schema.mutation_type}
    for kind, root in roots.items():
        for name, field in root.fields.items() if root else ():
            yield Door(f"{kind} {name}", getattr(field.resolve, "gate", None))


def topics() -> Iterator[Door]:
    for topic, permissions in TOPICS.items():
        yield Door(f"socket {topic}", Gate(permissions) if permissions else None)
