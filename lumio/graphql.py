"""GraphQL over HTTP: `POST /v1/gql`, JSON in, JSON out, same callers, rules and error codes as REST."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from graphene_django.views import GraphQLView
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    execute,
    get_argument_values,
    get_operation_ast,
    get_variable_values,
    parse,
    specified_rules,
    validate,
)
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from accounts import paging
from accounts.authentication import NoAccount
from accounts.gates import ANY_MEMBER, ANY_PERSON, NOT_KEPT, Gate, NotSignedIn, check_csrf, require_actor
from accounts.problems import Problem, problem_of
from accounts.throttle import RateLimited
from lumio.lib import jsonbody
from lumio.lib.errors import Refusal
from lumio.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

log = logging.getLogger(__name__)

BODY_LIMIT = 32 * 1024  # bytes, looked at before anything is parsed
#: Validation compares every two fields of one name, so the length of a query is bounded before it starts.
TOKEN_LIMIT = 1000
DEPTH_LIMIT = 10
#: Fields after every fragment is written out, aliases counted each.
FIELD_LIMIT = 300
#: Of these, how many at the top, each of which asks the database.
TOP_LIMIT = 20
#: Rows that all lists of a query may have together, by their `limit`.
ROW_LIMIT = 1000


class BadQuery(Refusal):
    """The request around the query is not one."""

    code = "invalid_query"
    sentence = "{problem}"


class NotPost(Refusal):
    code = "method_not_allowed"
    status = 405
    headers = {"Allow": "POST"}
    sentence = "GraphQL takes POST requests only."


class NotJson(Refusal):
    code = "unsupported_media_type"
    status = 415
    sentence = "GraphQL takes application/json only."


class GraphQL(GraphQLView):
    """graphene-django's view, for strangers: bounded before parsing, before validation and before execution."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if request.method != "POST":
                raise NotPost
            body = self.admit(request)
            result, status = self.get_response(request, body)
        except Refusal as refusal:
            return refused(request, refusal)
        if limited := getattr(request, "_lumio_limited", None):
            status = limited.status
        headers = {"Cache-Control": NOT_KEPT, **(limited.headers if limited else {})}
        return HttpResponse(result, status=status, content_type="application/json", headers=headers)

    def admit(self, request: HttpRequest) -> dict[str, Any]:
        """The body, unless what it asks for is not for this caller: that is told before anything else about it."""
        try:
            require_actor(request)
        except (NotSignedIn, NoAccount) as refusal:
            body = self._body_for_strangers(request, is_person=isinstance(refusal, NoAccount))
            if body is None:
                raise
        else:
            body = self.parse_body(request)
        if request.user.is_authenticated:
            check_csrf(request)
        return body

    def _body_for_strangers(self, request: HttpRequest, *, is_person: bool) -> dict[str, Any] | None:
        """The body, if every field at its top is for anybody, or for people without an account where this is one."""
        try:
            body = self.parse_body(request)
            query, _variables, name, _id = self.get_graphql_params(request, body)
            document = parse(query, max_tokens=TOKEN_LIMIT)
        except (Refusal, GraphQLError, RecursionError):
            return None
        operation = get_operation_ast(document, name)
        root = self.schema.graphql_schema.get_root_type(operation.operation) if operation else None
        if operation is None or root is None:
            return None
        gates = [_gate_of(root, node) for node in operation.selection_set.selections]
        is_open = all(gate and (gate.is_public or (is_person and gate is ANY_PERSON)) for gate in gates)
        return body if is_open else None

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        if request.content_type != "application/json":
            raise NotJson
        if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
            raise jsonbody.BodyTooLarge(limit=BODY_LIMIT)
        body = jsonbody.parse(request.read(BODY_LIMIT + 1), limit=BODY_LIMIT)
        if not isinstance(body, dict):
            raise BadQuery(problem='Send one object: {"query": …, "variables": …}.')
        return body

    @staticmethod
    def get_graphql_params(request: HttpRequest, data: dict[str, Any]) -> tuple[str, dict[str, Any], str | None, None]:
        """From the body alone: an address ends up in logs."""
        query, variables, name = data.get("query"), data.get("variables"), data.get("operationName")
        if not isinstance(query, str) or not query.strip():
            raise BadQuery(problem="`query` must be the text of a query.")
        if not isinstance(variables, dict | None):
            raise BadQuery(problem="`variables` must be an object.")
        if not isinstance(name, str | None):
            raise BadQuery(problem="`operationName` must be a string.")
        return query, variables or {}, name or None, None

    def execute_graphql_request(
        self,
        request: HttpRequest,
        data: dict[str, Any],
        query: str,
        variables: dict[str, Any],
        operation_name: str | None,
        show_graphiql: bool = False,
    ) -> ExecutionResult:
        """Parse, validate, weigh, execute. Weighing comes last because only a valid document has no fragment cycles."""
        document_schema = self.schema.graphql_schema
        try:
            document = parse(query, max_tokens=TOKEN_LIMIT)
            rules = specified_rules if settings.DEBUG else [*specified_rules, NoSchemaIntrospectionCustomRule]
            errors = validate(document_schema, document, rules) or too_heavy(document)
            errors = errors or too_much(document_schema, document, variables, operation_name)
        except GraphQLError as error:
            errors = [error]
        except RecursionError:
            errors = [GraphQLError("The query is nested too deeply.")]
        if errors:
            return ExecutionResult(data=None, errors=errors)
        executed = execute(
            document_schema,
            document,
            context_value=request,
            variable_values=variables,
            operation_name=operation_name,
        )
        result = cast(ExecutionResult, executed)  # no resolver here is async
        # Whoever is told 429 asks for all of it again: only where nothing of it was done.
        if not any(answer is not None for answer in (result.data or {}).values()):
            for failure in result.errors or ():
                if isinstance(failure.original_error, RateLimited):
                    request._lumio_limited = failure.original_error  # type: ignore[attr-defined]
        return result

    @staticmethod
    def format_error(error: Exception) -> dict[str, Any]:
        """An error as GraphQL has it, with our code in `extensions`; what nobody foresaw is logged, not told."""
        graphql_error = error if isinstance(error, GraphQLError) else None
        cause = graphql_error.original_error if graphql_error else error
        problem = problem_of(cause) if cause else None
        if problem is None and graphql_error and (cause is None or isinstance(cause, GraphQLError)):
            problem = Problem(400, BadQuery.code, graphql_error.message)
        if problem is None:
            log.error("GraphQL field failed", exc_info=cause)
            problem = Problem(500, "internal_error", _("Something went wrong in Lumio. It has been logged."))
        told: dict[str, Any] = {"message": problem.detail, "extensions": {"code": problem.code, **problem.extra}}
        if graphql_error and graphql_error.locations:
            told["locations"] = [place.formatted for place in graphql_error.locations]
        if graphql_error and graphql_error.path:
            told["path"] = graphql_error.path
        return told


def too_heavy(document: DocumentNode) -> list[GraphQLError]:
    """What makes a valid document too much work: depth and number of fields, each fragment weighed once."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    weights: dict[str, tuple[int, int]] = {}

    def weigh(selections: SelectionSetNode | None) -> tuple[int, int]:
        depth = fields = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in weights:
                    weights[name] = weigh(fragments[name].selection_set)
                below, count = weights[name]
            else:
                below, count = weigh(getattr(node, "selection_set", None))
            if isinstance(node, FieldNode):
                # Introspection is deep by nature; graphql-core bounds it by a rule of its own.
                below = 0 if node.name.value.startswith("__") else below + 1
                count += 1
            depth, fields = max(depth, below), fields + count
        return depth, fields

    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    sizes = [weigh(operation.selection_set) for operation in operations]
    errors = []
    if max((depth for depth, fields in sizes), default=0) > DEPTH_LIMIT:
        errors.append(GraphQLError(f"The query is deeper than {DEPTH_LIMIT} levels."))
    if sum(fields for depth, fields in sizes) > FIELD_LIMIT:
        errors.append(GraphQLError(f"The query asks for more than {FIELD_LIMIT} fields."))
    return errors


def too_much(
    schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any], operation_name: str | None
) -> list[GraphQLError]:
    """What makes a document that is not too heavy ask for too much: fields at its top, and the sum of their limits."""
    operation = get_operation_ast(document, operation_name)
    root = schema.get_root_type(operation.operation) if operation else None
    if operation is None or root is None:
        return []  # execution says what is wrong
    values = get_variable_values(schema, operation.variable_definitions or (), variables)
    if isinstance(values, list):
        return []  # the same
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    top = list(_fields(operation.selection_set, fragments))
    if len(top) > TOP_LIMIT:
        return [GraphQLError(f"The query asks for more than {TOP_LIMIT} fields at its top.")]
    if sum(_limit_of(root, node, values) for node in top) > ROW_LIMIT:
        return [GraphQLError(f"The query asks for more than {ROW_LIMIT} rows. Take a smaller `limit`, or ask twice.")]
    return []


def _gate_of(root: GraphQLObjectType, node: SelectionNode) -> Gate | None:
    """The gate of a field at the top, written out there."""
    field = root.fields.get(node.name.value) if isinstance(node, FieldNode) else None
    return getattr(field.resolve, "gate", None) if field else None


def _limit_of(root: GraphQLObjectType, node: FieldNode, variables: dict[str, Any]) -> int:
    field = root.fields.get(node.name.value)
    if field is None or "limit" not in field.args:
        return 0
    limit = get_argument_values(field, node, variables).get("limit")
    if limit is None:
        return paging.PAGE
    # What is out of range the resolver refuses, as REST does.
    return limit if isinstance(limit, int) and 0 < limit <= paging.LONGEST else 0


def _fields(selections: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """The fields of a selection, fragments written out. For a valid document only, which has no fragment cycles."""
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(fragments[node.name.value].selection_set, fragments)
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The answer to a call that did not even become a query."""
    answer = json.dumps({"errors": [GraphQL.format_error(refusal)]})
    headers = {"Cache-Control": NOT_KEPT, **refusal.headers}
    return HttpResponse(answer, status=refusal.status, content_type="application/json", headers=headers)


graphql = csrf_exempt(GraphQL.as_view(schema=schema, middleware=[]))  # sessions are checked in `dispatch`
graphql.gate = ANY_MEMBER
graphql.too_many = refused
