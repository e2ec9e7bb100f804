"""GraphQL over HTTP: `POST /v1/gql`, JSON in, JSON out, same callers, rules and error codes as REST."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from graphene_django.views import GraphQLView
from graphql import ExecutionResult, GraphQLError, execute, parse, validate
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from accounts.gates import ANY_MEMBER, NOT_KEPT, check_csrf, require_actor
from accounts.problems import Problem, problem_of
from lumio.lib import jsonbody
from lumio.lib.errors import Refusal
from lumio.schema import schema

if TYPE_CHECKING:
    from django.http import HttpRequest

log = logging.getLogger(__name__)

BODY_LIMIT = 32 * 1024  # bytes, looked at before anything is parsed
#: Validation compares every two fields of one name, so the length of a query is bounded before it starts.
TOKEN_LIMIT = 1000
DEPTH_LIMIT = 10
#: Fields after every fragment is written out, aliases counted each.
FIELD_LIMIT = 300


class BadQuery(Refusal):
    """The request around the query is not one."""

    code = "invalid_query"
    sentence = "{problem}"


class NotPost(Refusal):
    code = "method_not_allowed"
    status = 405
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
            require_actor(request)
            body = self.parse_body(request)
            check_csrf(request)
            result, status = self.get_response(request, body)
        except Refusal as refusal:
            result = self.json_encode(request, {"errors": [self.format_error(refusal)]})
            status = refusal.status
        response = HttpResponse(result, status=status, content_type="application/json")
        response["Cache-Control"] = NOT_KEPT
        if status == NotPost.status:
            response["Allow"] = "POST"
        return response

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
            errors = validate(document_schema, document) or too_heavy(document)
        except GraphQLError as error:
            errors = [error]
        except RecursionError:
            errors = [GraphQLError("The query is nested too deeply.")]
        if errors:
            return ExecutionResult(data=None, errors=errors)
        result = execute(
            document_schema,
            document,
            context_value=request,
            variable_values=variables,
            operation_name=operation_name,
        )
        return cast("ExecutionResult", result)  # no resolver here is async

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


graphql = csrf_exempt(GraphQL.as_view(schema=schema, middleware=[]))  # sessions are checked in `dispatch`
graphql.gate = ANY_MEMBER
