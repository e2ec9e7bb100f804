from __future__ import annotations

import json
from typing import ClassVar

import graphene
import pytest
from django.http import Http404
from django.test import Client, RequestFactory
from graphql import get_introspection_query

from accounts.actor import PermissionRefused
from accounts.enums import Permission
from accounts.gates import ANY_MEMBER, field
from accounts.throttle import Limit
from lumio.graphql import BODY_LIMIT, DEPTH_LIMIT, FIELD_LIMIT, ROW_LIMIT, TOKEN_LIMIT, TOP_LIMIT, GraphQL
from lumio.lib.errors import Refusal
from lumio.schema import schema


class Burnt(Refusal):
    code, status, sentence = "burnt", 409, "The {what} burnt."


FAILURES = {
    "refusal": Burnt(what="toast"),
    "permission": PermissionRefused(Permission.TOKENS_EDIT),
    "missing": Http404(),
    "bug": RuntimeError("secret detail"),
}


class Node(graphene.ObjectType):
    name = graphene.String()
    next = graphene.Field(lambda: Node)

    def resolve_next(root, info):
        return root


class Query(graphene.ObjectType):
    account = graphene.String()
    tokens = graphene.String()
    node = graphene.Field(Node)
    fail = graphene.String(how=graphene.String(required=True))
    rows = graphene.Int(limit=graphene.Int(default_value=100))
    costly = graphene.Int()

    read: ClassVar[list[int]] = []

    @field(ANY_MEMBER)
    def resolve_rows(root, actor, limit):
        Query.read.append(limit)
        return limit

    @field(ANY_MEMBER, limit=Limit("costly", 2))
    def resolve_costly(root, actor):
        return 1

    @field(ANY_MEMBER)
    def resolve_account(root, actor):
        return actor.account.name

    @field(Permission.TOKENS_READ)
    def resolve_tokens(root, actor):
        return "read"

    @field(ANY_MEMBER)
    def resolve_node(root, actor):
        return Node(name="n")

    @field(ANY_MEMBER)
    def resolve_fail(root, actor, how):
        raise FAILURES[how]


view = GraphQL.as_view(schema=graphene.Schema(query=Query), middleware=[])


@pytest.fixture
def ask(ada, account):
    def ask(query, *, user=ada, **body):
        request = RequestFactory().post(
            "/v1/gql", json.dumps({"query": query, **body}), content_type="application/json"
        )
        request.user, request.session, request._dont_enforce_csrf_checks = user, {}, True
        response = view(request)
        return response.status_code, json.loads(response.content)

    return ask


def codes(answer) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def test_a_query_is_answered(ask):
    assert ask("{ account tokens }") == (200, {"data": {"account": "Ada live", "tokens": "read"}})


def test_a_field_without_the_permission_is_refused_alone(ask, ben):
    status, answer = ask("{ account tokens }", user=ben)

    assert status == 200
    assert answer["data"] == {"account": "Ada live", "tokens": None}
    assert answer["errors"][0]["path"] == ["tokens"]
    assert answer["errors"][0]["extensions"] == {"code": "permission_refused", "permission": "tokens:read"}


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        ("refusal", "burnt", "The toast burnt."),
        ("permission", "permission_refused", None),
        ("missing", "not_found", None),
        ("bug", "internal_error", "Something went wrong in Lumio. It has been logged."),
    ],
)
def test_errors_carry_the_codes_of_rest(ask, caplog, how, code, message):
    status, answer = ask("query ($how: String!) { fail(how: $how) }", variables={"how": how})

    assert (status, codes(answer)) == (200, [code])
    assert message is None or answer["errors"][0]["message"] == message
    assert "secret detail" not in json.dumps(answer)
    assert ("secret detail" in caplog.text) == (how == "bug")


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "{ nothing }",
        "query A { account } query B { account }",
        "{ fail }",
        "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }",
        "{ ...Missing }",
        "subscription { account }",
    ],
)
def test_a_bad_query_is_told_so(ask, caplog, query):
    status, answer = ask(query)

    assert status == 400
    assert set(codes(answer)) == {"invalid_query"}
    assert caplog.records == []


def test_a_wrong_variable_is_told_so(ask):
    status, answer = ask("query ($how: String!) { fail(how: $how) }", variables={"how": 7})

    assert (status, codes(answer)) == (400, ["invalid_query"])


def test_introspection_is_for_development_and_then_within_the_limits(ask, settings):
    settings.DEBUG = True
    status, answer = ask(get_introspection_query(descriptions=True))

    assert status == 200
    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize("query", [get_introspection_query(), '{ __type(name: "Node") { name } }'])
def test_elsewhere_there_is_no_introspection(ask, query):
    status, answer = ask(query)

    assert (status, set(codes(answer))) == (400, {"invalid_query"})
    assert ask("{ __typename }") == (200, {"data": {"__typename": "Query"}})


def nested(levels: int) -> str:
    return "{ node " + "{ next " * (levels - 2) + "{ name }" + " }" * (levels - 2) + " }"


def test_depth_is_limited(ask):
    assert ask(nested(DEPTH_LIMIT))[0] == 200
    status, answer = ask(nested(DEPTH_LIMIT + 1))

    assert (status, codes(answer)) == (400, ["invalid_query"])
    assert answer["errors"][0]["message"] == f"The query is deeper than {DEPTH_LIMIT} levels."


def test_depth_counts_through_fragments(ask):
    query = "{ node { ...A } } fragment A on Node " + nested(DEPTH_LIMIT).replace("{ node", "{ next", 1)

    assert ask(query)[0] == 400


def test_aliases_are_limited(ask):
    def aliases(count: int) -> str:
        return "{" + " ".join(f"a{number}: account" for number in range(count)) + "}"

    assert ask(aliases(TOP_LIMIT))[0] == 200
    status, answer = ask(aliases(TOP_LIMIT + 1))

    assert (status, codes(answer)) == (400, ["invalid_query"])
    assert answer["errors"][0]["message"] == f"The query asks for more than {TOP_LIMIT} fields at its top."


def test_fields_are_limited(ask):
    def query(count: int) -> str:
        return "{ node {" + " ".join(f"a{number}: name" for number in range(count - 1)) + "} }"

    assert ask(query(FIELD_LIMIT))[0] == 200
    status, answer = ask(query(FIELD_LIMIT + 1))

    assert (status, codes(answer)) == (400, ["invalid_query"])


class TestRows:
    """`rows` counts as many as its `limit` says; nothing counts what was refused."""

    @pytest.mark.parametrize(
        ("query", "variables"),
        [
            ("{ rows(limit: 500) more: rows(limit: 500) }", {}),
            ("{ a: rows b: rows c: rows }", {}),
            ("query ($n: Int) { rows(limit: $n) more: rows(limit: 500) }", {"n": 500}),
            ("query ($n: Int = 500) { rows(limit: $n) more: rows(limit: 500) }", {}),
            ("query A { rows(limit: 500) } query B { rows(limit: 500) more: rows(limit: 500) }", {}),
        ],
    )
    def test_a_thousand_are_given(self, ask, query, variables):
        assert ask(query, variables=variables, operationName="A" if "query A" in query else None)[0] == 200

    @pytest.mark.parametrize(
        ("query", "variables"),
        [
            ("{ rows(limit: 500) more: rows(limit: 500) evenMore: rows(limit: 1) }", {}),
            ("query ($n: Int) { rows(limit: $n) a: rows(limit: $n) b: rows(limit: $n) }", {"n": 400}),
            ("query ($n: Int = 400) { rows(limit: $n) a: rows(limit: $n) b: rows(limit: $n) }", {}),
            ("{ ...A } fragment A on Query { rows(limit: 500) a: rows(limit: 500) ... { b: rows } }", {}),
            ("{ rows(limit: 500) a: rows(limit: 500) b: rows(limit: -500) c: rows(limit: 500) }", {}),
            ("{ rows(limit: 500) a: rows(limit: 450) b: rows(limit: null) }", {}),
        ],
    )
    def test_more_are_refused_before_any_is_read(self, ask, query, variables):
        Query.read.clear()

        status, answer = ask(query, variables=variables)

        assert (status, codes(answer), Query.read) == (400, ["invalid_query"], [])
        assert f"more than {ROW_LIMIT} rows" in answer["errors"][0]["message"]

    def test_only_fields_at_the_top_take_a_limit(self):
        """Those alone are counted; nested ones would multiply."""
        document = schema.graphql_schema
        deeper = [kind for name, kind in document.type_map.items() if hasattr(kind, "fields") and name != "Query"]

        assert [
            f"{kind.name}.{name}"
            for kind in deeper
            for name, field in kind.fields.items()
            if "limit" in getattr(field, "args", {})
        ] == []


def test_fragments_that_double_each_other_are_weighed_in_no_time(ask):
    """Written out, these are 2^40 fields."""
    fragments = [f"fragment F{n} on Node {{ next {{ ...F{n + 1} }} other: next {{ ...F{n + 1} }} }}" for n in range(40)]
    query = "{ node { ...F0 } } " + " ".join(fragments) + " fragment F40 on Node { name }"

    status, answer = ask(query)

    assert status == 400
    assert f"The query asks for more than {FIELD_LIMIT} fields." in [error["message"] for error in answer["errors"]]


@pytest.mark.parametrize(
    "query",
    [
        "{" * 16_000,
        "{ account " + "account " * TOKEN_LIMIT + "}",
        "{ fail(how: " + "[" * 16_000 + ") }",
    ],
)
def test_a_query_that_would_take_long_to_read_is_refused_at_once(ask, query):
    status, answer = ask(query)

    assert (status, codes(answer)) == (400, ["invalid_query"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b" ", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"[" * 20_000, 400, "malformed"),
        (b'[{"query": "{ account }"}]', 400, "invalid_query"),
        (b"{}", 400, "invalid_query"),
        (b'{"query": 7}', 400, "invalid_query"),
        (b'{"query": "{ account }", "variables": "{}"}', 400, "invalid_query"),
        (b'{"query": "{ account }", "operationName": {}}', 400, "invalid_query"),
        (b'{"query": "' + b" " * BODY_LIMIT + b'"}', 413, "too_large"),
    ],
)
def test_a_bad_body_is_told_so(ada_client, body, status, code):
    response = ada_client.post("/v1/gql", body, content_type="application/json")

    assert (response.status_code, codes(response.json())) == (status, [code])


def test_only_post_and_only_json(ada_client):
    got = ada_client.get("/v1/gql?query={__typename}")
    form = ada_client.post("/v1/gql", {"query": "{ __typename }"})

    assert (got.status_code, got["Allow"], codes(got.json())) == (405, "POST", ["method_not_allowed"])
    assert (form.status_code, codes(form.json())) == (415, ["unsupported_media_type"])


def test_a_query_in_the_address_is_not_read(ada_client):
    response = ada_client.post("/v1/gql?query={__typename}", {}, content_type="application/json")

    assert (response.status_code, codes(response.json())) == (400, ["invalid_query"])


def test_what_costs_more_is_counted_by_itself(ask, one_window):
    assert [ask("{ costly }")[0] for _ in range(3)] == [200, 200, 429]
    assert codes(ask("{ costly }")[1]) == ["rate_limited"]


def test_what_was_partly_done_is_not_asked_for_again(ask, one_window):
    status, answer = ask("{ one: costly two: costly three: costly }")

    assert (status, answer["data"]) == (200, {"one": 1, "two": 1, "three": None})
    assert codes(answer) == ["rate_limited"]


def test_a_call_for_another_account_is_refused(ada_client, account, cleo_actor):
    def ask(account_id):
        return ada_client.post(
            "/v1/gql",
            {"query": "{ myPermissions }"},
            content_type="application/json",
            headers={"Lumio-Account": str(account_id)},
        )

    assert (ask(account.pk).status_code, ask(cleo_actor.account.pk).status_code) == (200, 409)
    assert codes(ask(cleo_actor.account.pk).json()) == ["wrong_account"]


def test_nobody_is_a_401(client, db):
    response = client.post("/v1/gql", {"query": "{ __typename }"}, content_type="application/json")

    assert (response.status_code, codes(response.json())) == (401, ["not_authenticated"])


def test_a_session_needs_its_csrf_token(ada, account):
    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    client.force_login(ada)

    response = client.post("/v1/gql", {"query": "{ __typename }"}, content_type="application/json")

    assert (response.status_code, codes(response.json())) == (403, ["csrf_failed"])


def test_no_cookie_is_set(ada_client):
    response = ada_client.post("/v1/gql", {"query": "{ __typename }"}, content_type="application/json")

    assert response.status_code == 200
    assert not response.cookies


def test_answers_are_not_kept_by_anybody(ada_client):
    answer = ada_client.post("/v1/gql", {"query": "{ myPermissions }"}, content_type="application/json")

    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
