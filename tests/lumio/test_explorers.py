"""The API described, and the pages that let people try it."""

from __future__ import annotations

import json
import re

import pytest
from graphql import build_schema

from tests import factories


def test_the_openapi_document_is_for_everybody_and_kept_a_while(client, db):
    answer = client.get("/v1/openapi.json")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Cache-Control"] == "public, max-age=300"
    assert json.loads(answer.content)["openapi"].startswith("3.1")
    assert not answer.cookies


def test_the_graphql_schema_is_for_everybody(client, db):
    answer = client.get("/v1/schema")

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert "myPermissions" in build_schema(answer.content.decode()).query_type.fields
    assert not answer.cookies


def test_the_docs_hold_nothing_inline_and_nothing_from_elsewhere(ada_client):
    answer = ada_client.get("/v1/docs")
    content = answer.content.decode()

    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert "'unsafe" not in answer["Content-Security-Policy"]
    assert not re.findall(r"<script(?![^>]* src=)|<style| style=| on\w+=", content)
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", content)
    assert 'data-document="/v1/openapi.json"' in content


def test_the_docs_repeat_no_token(client, account):
    _, secret = factories.make_token(actor=factories.make_actor(account=account), permissions={"events:read"})

    assert secret.reveal() not in client.get(f"/v1/docs?token={secret.reveal()}").content.decode()


def test_graphiql_is_there_in_development_alone(ada_client, settings):
    hidden = ada_client.get("/v1/graphiql")
    settings.DEBUG = True
    shown = ada_client.get("/v1/graphiql")

    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    assert shown.status_code == 200
    assert not re.findall(r"<script(?![^>]* src=)|<style| style=", shown.content.decode())


@pytest.mark.parametrize("address", ["/v1/openapi.json", "/v1/schema", "/v1/docs"])
def test_other_methods_are_refused_by_all_of_them(client, db, address):
    answer = client.post(address)

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert (answer["Content-Type"], answer.json()["code"]) == ("application/problem+json", "method_not_allowed")
