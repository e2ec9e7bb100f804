from __future__ import annotations

from http import HTTPStatus

import pytest
from django.http import Http404
from django.test import Client, override_settings
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.response import Response

from accounts.actor import PermissionRefused
from accounts.enums import Permission
from accounts.gates import ANY_MEMBER, ApiView
from lumio.lib.errors import Refusal

FAILURES: dict[str, Exception] = {}


class OutOfTea(Refusal):
    code, status, sentence = "out_of_tea", 409, "There is no {what} left."


class TeaSerializer(serializers.Serializer):
    cups = serializers.IntegerField(min_value=1)
    name = serializers.CharField(max_length=5)


class Tea(ApiView):
    gates = {"GET": ANY_MEMBER, "POST": Permission.TOKENS_CREATE}

    def get(self, request):
        raise FAILURES[request.GET["raise"]]

    def post(self, request):
        serializer = TeaSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response({"data": serializer.validated_data}, status=201)

    def delete(self, request):
        raise AssertionError("a method that no gate names must never run")


urlpatterns = [path("v1/tea", Tea.as_view())]
handler400, handler404 = "lumio.views.bad_request", "lumio.views.not_found"
handler500 = "lumio.views.server_error"

pytestmark = pytest.mark.urls(__name__)


def problem(response) -> dict:
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert set(body) >= {"type", "title", "status", "code", "detail"}
    assert (body["type"], body["title"]) == ("about:blank", HTTPStatus(body["status"]).phrase)
    return body


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OutOfTea(what="Darjeeling"), 409, "out_of_tea"),
        (PermissionRefused(Permission.TOKENS_EDIT), 403, "permission_refused"),
        (Http404(), 404, "not_found"),
        (Throttled(wait=7), 429, "rate_limited"),
    ],
)
def test_what_is_refused_is_a_problem_with_a_stable_code(ada_client, error, status, code):
    FAILURES["it"] = error

    response = ada_client.get("/v1/tea?raise=it")

    assert (response.status_code, problem(response)["code"]) == (status, code)


def test_a_refusal_tells_its_sentence(ada_client):
    FAILURES["it"] = OutOfTea(what="Darjeeling")

    assert ada_client.get("/v1/tea?raise=it").json()["detail"] == "There is no Darjeeling left."


def test_a_missing_permission_is_named(ben_client):
    response = ben_client.post("/v1/tea", {}, content_type="application/json")

    assert response.status_code == 403
    assert problem(response)["permission"] == "tokens:create"


def test_too_many_says_when_to_come_back(ada_client):
    FAILURES["it"] = Throttled(wait=7)

    assert ada_client.get("/v1/tea?raise=it")["Retry-After"] == "7"


def test_nobody_is_a_401_that_says_how(client, db):
    response = client.get("/v1/tea")

    assert (response.status_code, problem(response)["code"]) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == "PopoutToken"


def test_a_bearer_header_is_a_401_even_beside_a_session(ada_client):
    assert ada_client.get("/v1/tea", headers={"Authorization": "Bearer lm_pop_x"}).status_code == 401


def test_bad_values_are_told_by_field(ada_client):
    response = ada_client.post("/v1/tea", {"cups": 0, "name": "Lapsang Souchong"}, content_type="application/json")

    assert response.status_code == 400
    body = problem(response)
    assert body["code"] == "invalid"
    assert sorted(body["errors"]) == ["cups", "name"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"cups": NaN, "name": "x"}',
        b'{"cups": 1, "name": "\\u0000"}',
        b'{"cups": 1, "name": "\\ud800"}',
        b'{"cups": 1' + b"0" * 5000 + b', "name": "x"}',
    ],
)
def test_malformed_json_is_a_400(ada_client, body):
    response = ada_client.post("/v1/tea", body, content_type="application/json")

    assert (response.status_code, problem(response)["code"]) == (400, "malformed")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"7"])
def test_json_of_another_shape_is_a_400(ada_client, body):
    response = ada_client.post("/v1/tea", body, content_type="application/json")

    assert (response.status_code, problem(response)["code"]) == (400, "invalid")


def test_a_body_over_the_limit_is_a_413(ada_client):
    response = ada_client.post("/v1/tea", b" " * (1024 * 1024 + 1), content_type="application/json")

    assert (response.status_code, problem(response)["code"]) == (413, "too_large")


def test_another_content_type_is_a_415(ada_client):
    response = ada_client.post("/v1/tea", "cups=1", content_type="application/x-www-form-urlencoded")

    assert (response.status_code, problem(response)["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("method", ["delete", "put", "patch", "trace"])
def test_a_method_that_no_gate_names_is_a_405(ada_client, method):
    response = getattr(ada_client, method)("/v1/tea")

    assert (response.status_code, problem(response)["code"]) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_options_tells_what_may_be_asked_for(ada_client):
    response = ada_client.options("/v1/tea")

    assert (response.status_code, response["Allow"], response.content) == (204, "GET, POST, HEAD, OPTIONS", b"")


def test_a_format_that_there_is_not_is_a_406(ada_client):
    response = ada_client.get("/v1/tea", headers={"Accept": "application/xml"})

    assert (response.status_code, problem(response)["code"]) == (406, "not_acceptable")


def test_an_address_that_leads_nowhere_is_a_404(ada_client):
    assert problem(ada_client.get("/v1/nowhere"))["code"] == "not_found"


def test_head_asks_for_what_get_asks_for(ben, account):
    class Guarded(Tea):
        gates = {"GET": Permission.TOKENS_READ}

        def get(self, request):
            raise AssertionError("Ben may not read tokens")

    from django.test import RequestFactory

    request = RequestFactory().head("/v1/tea")
    request.user, request.session = ben, {}

    assert Guarded.as_view()(request).status_code == 403


def test_a_session_needs_its_csrf_token(ada, account):
    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    client.force_login(ada)

    response = client.post("/v1/tea", {"cups": 1, "name": "Assam"}, content_type="application/json")

    assert (response.status_code, problem(response)["code"]) == (403, "csrf_failed")


def test_a_call_for_another_account_is_refused(ada_client, cleo_actor):
    response = ada_client.get("/v1/tea", headers={"Lumio-Account": str(cleo_actor.account.pk)})

    assert (response.status_code, problem(response)["code"]) == (409, "wrong_account")


def test_what_nobody_foresaw_is_masked(ada_client, caplog):
    FAILURES["it"] = RuntimeError("secret detail")
    ada_client.raise_request_exception = False

    response = ada_client.get("/v1/tea?raise=it")

    assert (response.status_code, problem(response)["code"]) == (500, "internal_error")
    assert "secret detail" not in response.content.decode()
    assert "secret detail" in caplog.text


@override_settings(ALLOWED_HOSTS=["localhost"])
def test_a_host_that_is_not_ours_is_a_400(db):
    response = Client(HTTP_HOST="evil.example").get("/v1/tea")

    assert response.status_code == 400
