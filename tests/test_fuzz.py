"""The API called by Schemathesis, as its documents say and as they do not, by everybody who may call it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as examples
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.graphql import nodes
from schemathesis.specs.openapi import checks

from accounts.enums import ALL, MODERATOR
from accounts.problems import CONTENT_TYPE
from lumio import openapi, sdl
from tests.test_contract import (  # noqa: F401  # fixtures
    account,
    ada,
    ada_client,
    codes_of,
    confirmed,
    credentials,
    furnished,
    grant,
    house,
    listener,
    spotify,
    streamelements,
    tools,
    twitch,
)
from tests.test_doors import House

FEW = examples(max_examples=4, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
#: What a browser would have been given with a page.
CSRF = "csrf" * 8
#: Codes of GraphQL that say that something went wrong in Lumio.
OWN_FAULT = "internal_error"


def code_conformance(ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """A refusal has one of the codes that its operation lists."""
    if response.headers.get("content-type") == [CONTENT_TYPE]:
        code = response.json()["code"]
        assert code in codes_of(f"{case.method.upper()} {case.path}", response.status_code), code


CHECKS = [
    code_conformance,
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]

schemathesis.graphql.scalar("GenericScalar", st.text().map(nodes.String))


def document() -> dict[str, Any]:
    """The document without what says who calls: the callers below bring that."""
    described = json.loads(openapi.FILE.read_text(encoding="utf-8"))
    del described["paths"]["/v1/gql"]
    for operations in described["paths"].values():
        for operation in operations.values():
            operation["security"] = []
            operation["parameters"] = [one for one in operation["parameters"] if one.get("in") in {"path", "query"}]
    return described


def few(**phases: bool) -> schemathesis.Config:
    return schemathesis.Config.from_dict({"phases": {name: {"enabled": on} for name, on in phases.items()}})


#: Around a request Django closes connections, which would end the test's transaction.
SIGNALS = (request_started, request_finished)


class InTransaction(WSGIHandler):
    def __call__(self, *args: Any) -> Any:
        for signal in SIGNALS:
            signal.disconnect(close_old_connections)
        return super().__call__(*args)


#: Every kind of mistake in every place, one after the other; and any of them at random.
thorough = schemathesis.openapi.from_dict(document())
random = schemathesis.openapi.from_dict(document(), config=few(coverage=False))
graphql = schemathesis.graphql.from_file(sdl.FILE.read_text(encoding="utf-8"))
thorough.app = random.app = graphql.app = InTransaction()


@pytest.fixture(autouse=True)
def _connections_are_kept() -> Iterator[None]:
    yield
    for signal in SIGNALS:
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def _without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of calls in one test are meant to get through."""
    monkeypatch.setattr("accounts.throttle.Allowance.is_exceeded", False)


@pytest.fixture
def callers(house: House, ada_client: Client) -> dict[str, dict[str, Any]]:  # noqa: F811  # the fixtures
    """What each caller sends along."""

    def session(client: Client) -> dict[str, Any]:
        cookies = {settings.SESSION_COOKIE_NAME: client.session.session_key, settings.CSRF_COOKIE_NAME: CSRF}
        return {"cookies": cookies, "headers": {"X-CSRFToken": CSRF}}

    return {
        "owner": session(ada_client),
        "moderator": session(house.member(MODERATOR.permissions)),
        "token": {"params": {"token": house.token(ALL)}},
        "nobody": {},
    }


#: The others get the same answers, or fewer (tests/test_doors.py).
EVERYBODY = ["owner", *(pytest.param(who, marks=pytest.mark.trial) for who in ("moderator", "token", "nobody"))]


@pytest.mark.trial
@thorough.parametrize()
@FEW
def test_rest_with_every_mistake(case: schemathesis.Case, house: House, callers: dict[str, dict[str, Any]]) -> None:  # noqa: F811
    check_rest(case, house, callers["owner"])


@pytest.mark.parametrize("who", EVERYBODY)
@random.parametrize()
@FEW
def test_rest(case: schemathesis.Case, house: House, callers: dict[str, dict[str, Any]], who: str) -> None:  # noqa: F811
    check_rest(case, house, callers[who])


def check_rest(case: schemathesis.Case, house: House, caller: dict[str, Any]) -> None:  # noqa: F811
    if case.meta.generation.mode == GenerationMode.POSITIVE:
        case.path_parameters = {name: str(house.ids.get(name, value)) for name, value in case.path_parameters.items()}

    response = case.call(base_url="http://localhost", **caller)

    # An empty parameter counts as none, and of one that is there several times the last counts: it may be sound.
    is_sound = any(value == "" or isinstance(value, list) for value in (case.query or {}).values())
    case.validate_response(response, checks=CHECKS[:-1] if is_sound else CHECKS)


@pytest.mark.parametrize("who", EVERYBODY)
@graphql.parametrize()
@FEW
def test_graphql(case: schemathesis.Case, callers: dict[str, dict[str, Any]], who: str) -> None:
    answer = case.call(base_url="http://localhost/v1/gql", **callers[who])

    assert answer.status_code < 500, answer.text
    codes = {error["extensions"]["code"] for error in answer.json().get("errors", [])}
    assert OWN_FAULT not in codes, (case.body, codes)
