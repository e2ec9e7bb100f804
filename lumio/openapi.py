"""The OpenAPI document, read off the endpoints themselves. `make schema` writes it to `docs/openapi.json`.

What goes in and out an endpoint says with drf-spectacular's `extend_schema`. `Schema` adds what all have in common:
the envelope, callers, problems by status and code, rate-limit headers. It takes them from `gates`, `limits` and
`refusals` of the ApiView.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.utils import translation
from drf_spectacular.openapi import AutoSchema

from accounts.authentication import NoAccount, WrongAccount
from accounts.gates import ANY_PERSON, Gate, gate_of
from accounts.paging import BadCursor
from accounts.problems import CONTENT_TYPE
from accounts.throttle import ADDRESS, PERSON, TOKEN, RateLimited
from lumio.env import ROOT
from lumio.lib.jsonbody import BodyTooLarge, MalformedJson
from tokens.enums import NEVER_BY_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rest_framework.serializers import Serializer

#: The checked-in copy, which is also what `/v1/openapi.json` serves.
FILE = ROOT / "docs" / "openapi.json"

DESCRIPTION = f"""\
REST and GraphQL call the same functions, ask for the same permissions and refuse with the same codes.

Callers are popout tokens (`?token=lm_pop_…`) and sessions (the dashboard's cookie; calls that change something also
need the header `X-CSRFToken`). A token makes {TOKEN.most} requests a minute, a person {PERSON.most}, an address without
either {ADDRESS.most}. Lists come newest first, by cursor; follow `_links.next`. Errors are `application/problem+json`
with a stable `code`. Conventions and examples stand in `docs/api.md`; what changes while a page is open comes over the
socket that `docs/live-protocol.md` describes.
"""

LINKS = {
    "type": "object",
    "properties": {
        "self": {"type": "string"},
        "next": {"type": "string", "description": "The next page in the same direction. Absent after the last row."},
        "prev": {"type": "string", "description": "Back, in the other direction."},
    },
    "required": ["self"],
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Some codes have members of their own.",
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "code": {
            "type": "string",
            "description": "Stable, for programs: one of those that the answer's description lists.",
        },
        "detail": {"type": "string", "description": "What happened and what to do, in the caller's language."},
        "permission": {"type": "string", "description": "The one that is missing, or that cannot be given."},
        "errors": {"type": "object", "description": "With `invalid`: what is wrong, by field."},
    },
    "required": ["type", "title", "status", "code", "detail"],
}
RATE_LIMIT_HEADERS = {
    "RateLimit-Limit": {"description": "Calls in a window of time.", "schema": {"type": "integer"}},
    "RateLimit-Remaining": {"description": "How many of them are left.", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "Seconds until the next window.", "schema": {"type": "integer"}},
}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
CALLERS = {
    "popoutToken": {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "description": "A popout token. Beside it the cookie is not read.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "lumio_session",
        "description": "The dashboard's; its name begins with `__Host-` where Lumio is served by HTTPS.",
    },
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken", "description": "Beside the session's cookie."},
}
LUMIO_ACCOUNT = {
    "in": "header",
    "name": "Lumio-Account",
    "schema": {"type": "string"},
    "description": "The account this call is meant for. If the caller acts for another one, it is refused.",
}


class Schema(AutoSchema):
    """One operation of the document."""

    view: Any

    @property
    def gate(self) -> Gate:
        return gate_of(self.view.gates[self.method])

    @property
    def changes(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    def get_serializer_name(self, serializer: Serializer[Any], direction: Any) -> str:
        return type(serializer).__name__.removesuffix("Out")

    def get_summary(self) -> str:
        return " ".join(super().get_description().partition("\n\n")[0].split())

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular's, which overrides REST framework's
        more = super().get_description().partition("\n\n")[2]
        needs = " or ".join(f"`{code.value}`" for code in self.gate.permissions)
        anybody = "For anybody." if self.gate.is_public else "For any caller."
        return "\n\n".join(part for part in (more, f"Needs {needs}." if needs else anybody) if part)

    def get_auth(self) -> list[dict[str, Any]]:
        if self.gate.is_public:
            return [{}]
        session: dict[str, Any] = {"session": [], **({"csrf": []} if self.changes else {})}
        never_by_token = self.gate.permissions and NEVER_BY_TOKEN.issuperset(self.gate.permissions)
        if never_by_token or (403, "session_only") in self.problems():
            return [session]
        return [{"popoutToken": []}, session]

    def _get_parameters(self) -> list[dict[str, Any]]:
        return [*super()._get_parameters(), {"$ref": "#/components/parameters/LumioAccount"}]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction)
        for answer in responses.values():
            answer["description"] = answer["description"] or "What was asked for."
            answer["headers"] = answer.get("headers", {}) | _header_refs(RATE_LIMIT_HEADERS)
            for kind, media in answer.get("content", {}).items():
                if kind == "application/json":
                    media["schema"] = _enveloped(media["schema"])
        if "201" in responses:
            responses["201"]["headers"]["Location"] = {"schema": {"type": "string"}}
        by_status: dict[int, set[str]] = defaultdict(set)
        for status, code in self.problems():
            by_status[status].add(code)
        return responses | {str(status): _problem(status, sorted(by_status[status])) for status in sorted(by_status)}

    def problems(self) -> Iterator[tuple[int, str]]:
        """Status and code of everything this operation may refuse."""
        if any(parameter.get("name") == "limit" for parameter in self._get_parameters()):
            yield BadCursor.status, BadCursor.code
        if any(parameter.get("in") == "query" and parameter.get("required") for parameter in self._get_parameters()):
            yield 400, "invalid"
        if self._get_request_body():  # type: ignore[no-untyped-call]
            yield MalformedJson.status, MalformedJson.code
            yield 400, "invalid"
            yield BodyTooLarge.status, BodyTooLarge.code
            yield 415, "unsupported_media_type"
        if not self.gate.is_public:
            yield from self._problems_of_callers()
        if "{" in self.path:
            yield 404, "not_found"
        yield 406, "not_acceptable"
        for refusal in self.view.refusals.get(self.method, ()):
            yield (404, "not_found") if refusal is Http404 else (refusal.status, refusal.code)
        yield RateLimited.status, RateLimited.code
        yield 500, "internal_error"

    def _problems_of_callers(self) -> Iterator[tuple[int, str]]:
        """Those of who asks: the rest is the same for everybody."""
        yield 401, "not_authenticated"
        if self.gate.permissions:
            yield 403, "permission_refused"
        if self.changes:
            yield 403, "csrf_failed"
        if self.gate is not ANY_PERSON:
            yield NoAccount.status, NoAccount.code
        yield WrongAccount.status, WrongAccount.code


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """drf-spectacular's hook: what stands once for all operations, and GraphQL, which is no endpoint of REST's."""
    components = result["components"]
    components.setdefault("schemas", {}).update({"Links": LINKS, "Problem": PROBLEM, "GraphQLAnswer": GRAPHQL_ANSWER})
    components["securitySchemes"] = CALLERS
    components["parameters"] = {"LumioAccount": LUMIO_ACCOUNT}
    components["headers"] = {**RATE_LIMIT_HEADERS, "Retry-After": RETRY_AFTER}
    components["responses"] = {}
    for operation in (operation for path in result["paths"].values() for operation in path.values()):
        for status, answer in operation["responses"].items():
            if CONTENT_TYPE in answer.get("content", {}):
                # Most operations refuse the same.
                name = "-".join([status, *answer["description"].replace("`", "").split(", ")])
                components["responses"][name] = answer
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    result["info"]["description"] = DESCRIPTION
    result["paths"]["/v1/gql"] = {"post": GRAPHQL}
    return result


def document() -> dict[str, Any]:
    """The whole document, in English. Raises RuntimeError if an endpoint does not say enough; standard error has it."""
    # Only for whoever writes or tests the copy.
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    with translation.override("en"):
        # Through JSON, so that every lazy sentence is text and what is compared is what is written.
        result = json.loads(text(SchemaGenerator().get_schema(public=True)))  # type: ignore[no-untyped-call]
    if GENERATOR_STATS:
        raise RuntimeError("The OpenAPI document is not complete.")
    return result


def text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False, default=str) + "\n"


def _enveloped(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"data": schema, "_links": {"$ref": "#/components/schemas/Links"}},
        "required": ["data", "_links"],
    }


def _header_refs(headers: dict[str, Any]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    """The description lists the codes: a schema for each list of them would be another type in generated clients."""
    limited = {"Retry-After": RETRY_AFTER} if status == RateLimited.status else {}
    return {
        "description": ", ".join(f"`{code}`" for code in codes),
        "headers": _header_refs(RATE_LIMIT_HEADERS | limited),
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


GRAPHQL_ANSWER = {
    "type": "object",
    "properties": {
        "data": {"type": ["object", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "message": {"type": "string"},
                    "path": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "extensions": {
                        "type": "object",
                        "properties": {"code": {"type": "string", "description": "As `code` of a problem."}},
                        "required": ["code"],
                    },
                },
                "required": ["message", "extensions"],
            },
        },
    },
}


def _graphql_answer(description: str, **headers: Any) -> dict[str, Any]:
    return {
        "description": description,
        "headers": _header_refs(RATE_LIMIT_HEADERS | headers),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/GraphQLAnswer"}}},
    }


GRAPHQL: dict[str, Any] = {
    "operationId": "gql",
    "summary": "GraphQL.",
    "description": "Its schema stands at `/v1/schema`. A field may be refused while others are answered.",
    "tags": ["gql"],
    "security": [{"popoutToken": []}, {"session": [], "csrf": []}],
    "parameters": [{"$ref": "#/components/parameters/LumioAccount"}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "query": {"type": "string"},
                        "variables": {"type": ["object", "null"]},
                        "operationName": {"type": ["string", "null"]},
                    },
                    "required": ["query"],
                }
            }
        },
    },
    "responses": {
        "200": _graphql_answer("The query ran; `errors` says which fields were refused."),
        "400": _graphql_answer("`malformed`, `invalid_query`"),
        "401": _graphql_answer("`not_authenticated`"),
        "403": _graphql_answer("`csrf_failed`, `no_account`"),
        "409": _graphql_answer("`wrong_account`"),
        "413": _graphql_answer("`too_large`"),
        "415": _graphql_answer("`unsupported_media_type`"),
        "429": _graphql_answer("`rate_limited`", **{"Retry-After": RETRY_AFTER}),
        "500": _graphql_answer("`internal_error`"),
    },
}
