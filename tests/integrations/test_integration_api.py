"""OBS and Streamer.bot over REST and GraphQL: the same rows, rules and codes."""

from __future__ import annotations

import pytest

from accounts.enums import Permission
from integrations.domain import bridge, live, results, vault
from integrations.enums import Route, Trigger
from integrations.models import Integration
from integrations.tools.failures import NotRunning
from integrations.tools.link import Found
from tests import factories
from tests.integrations.test_api import graphql
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

REST = "/v1/integrations"
FIELDS = (
    "id label isEnabled route host port endpoint hasPassword takesEvents state version latencyMs failureCode trouble"
)
CREATE = (
    "mutation ($input: CreateIntegrationInput!) "
    f"{{ createIntegration(input: $input) {{ integration {{ {FIELDS} }} }} }}"
)
UPDATE = (
    "mutation ($id: ID!, $input: UpdateIntegrationInput!) "
    "{ updateIntegration(id: $id, input: $input) { integration { label isEnabled hasPassword } } }"
)
DELETE = "mutation ($id: ID!) { deleteIntegration(id: $id) { integration { id } } }"


def post(client, **data):
    return client.post(REST, data, content_type="application/json")


def patch(client, row, **data):
    return client.patch(f"{REST}/{row.pk}", data, content_type="application/json")


class TestRest:
    def test_adds_lists_shows_and_removes(self, ada_client, ben_client):
        made = post(ada_client, tool="obs", label="Gaming PC", password="hunter2")
        listed = ben_client.get(REST).json()["data"]
        shown = ben_client.get(made["Location"]).json()["data"]

        assert made.status_code == 201
        assert listed == [shown] == [made.json()["data"]]
        del shown["id"], shown["created_at"]
        assert shown == {
            "tool": "obs", "label": "Gaming PC", "is_enabled": True, "route": "bridge", "host": "127.0.0.1",
            "port": 4455, "endpoint": "/", "has_password": True, "takes_events": False, "state": "silent",
            "version": "", "latency_ms": None, "is_protected": None, "failure_code": "", "trouble": "", "results": [],
            "used_by": [],
        }  # fmt: skip
        assert ada_client.delete(made["Location"]).status_code == 204
        assert ada_client.get(made["Location"]).status_code == 404

    def test_says_how_the_connection_is_and_what_came_of_the_last_tries(self, ada_client, account):
        row = factories.make_integration(account=account)
        results.record(row.pk, trigger=Trigger.LINK, failure=NotRunning(tool="OBS Studio", address="127.0.0.1:4455"))
        results.record(row.pk, trigger=Trigger.LINK, found=Found("30.1.2", 12))
        live.keep(row.pk, account.pk, {"state": "connected", "version": "30.1.2", "latency_ms": 12})

        shown = ada_client.get(f"{REST}/{row.pk}").json()["data"]

        assert (shown["state"], shown["version"], shown["latency_ms"], shown["is_protected"]) == (
            "connected",
            "30.1.2",
            12,
            True,
        )
        assert [(one["is_success"], one["failure_code"], one["detail"]) for one in shown["results"]] == [
            (True, "", "Connected to OBS 30.1.2 successfully!"),
            (False, "tool_refused", NotRunning(tool="OBS Studio", address="127.0.0.1:4455").text),
        ]

    def test_changes_what_is_given_and_nothing_else(self, ada_client, account):
        row = factories.make_integration(account=account, password="hunter2")

        changed = patch(ada_client, row, label="Gaming PC", is_enabled=False).json()["data"]

        row.refresh_from_db()
        assert (changed["label"], changed["is_enabled"], changed["state"], changed["has_password"]) == (
            "Gaming PC",
            False,
            "off",
            True,
        )
        assert (row.label, row.is_enabled, row.port, vault.password_of(row).reveal()) == (
            "Gaming PC",
            False,
            4455,
            "hunter2",
        )
        assert patch(ada_client, row, password="").json()["data"]["has_password"] is False

    def test_a_refusal_leaves_all_of_it(self, ada_client, account):
        row = factories.make_integration(account=account)

        response = patch(ada_client, row, label="Gaming PC", is_enabled=False, port=0)

        row.refresh_from_db()
        assert (response.status_code, response.json()["code"]) == (422, "bad_port")
        assert (row.label, row.is_enabled, row.port) == ("OBS Studio", True, 4455)

    @pytest.mark.parametrize(
        ("data", "status", "code"),
        [
            ({}, 400, "invalid"),
            ({"tool": "vlc"}, 422, "no_such_tool"),
            ({"port": "4455"}, 400, "invalid"),
            ({"route": "direct"}, 422, "host_missing"),
            ({"route": "pigeon"}, 422, "no_such_route"),
            ({"host": "203.0.113.7"}, 422, "only_beside_the_bridge"),
            ({"label": "Taken"}, 409, "label_taken"),
        ],
    )
    def test_refusals(self, ada_client, account, data, status, code):
        factories.make_integration(account=account, label="Taken")

        response = post(ada_client, **({"tool": "obs"} | data if data else {}))

        assert (response.status_code, response.json()["code"]) == (status, code)
        assert Integration.objects.count() == 1

    def test_is_asked_for_the_right(self, ben_client, account):
        row = factories.make_integration(account=account)

        asked = [
            post(ben_client, tool="obs"),
            patch(ben_client, row, label="x"),
            ben_client.post(f"{REST}/{row.pk}/test"),
            ben_client.get("/v1/bridge"),
            ben_client.delete(f"{REST}/{row.pk}"),
        ]

        assert [answer.json()["permission"] for answer in asked] == [
            Permission.CONNECTIONS_CREATE,
            *[Permission.CONNECTIONS_EDIT] * 3,
            Permission.CONNECTIONS_DELETE,
        ]
        assert [Integration.objects.get().label] == ["OBS Studio"]

    def test_another_accounts_is_not_there(self, cleo_client, account):
        row = factories.make_integration(account=account)

        assert cleo_client.get(REST).json()["data"] == []
        assert {
            cleo_client.get(f"{REST}/{row.pk}").status_code,
            patch(cleo_client, row, label="x").status_code,
            cleo_client.post(f"{REST}/{row.pk}/test").status_code,
            cleo_client.delete(f"{REST}/{row.pk}").status_code,
        } == {404}
        assert Integration.objects.get().label == "OBS Studio"

    def test_the_bridges_address_and_a_new_one(self, ada_client, account):
        shown = ada_client.get("/v1/bridge").json()["data"]["address"]
        renewed = ada_client.post("/v1/bridge/renew").json()["data"]["address"]

        assert shown != renewed
        assert bridge.address(account).reveal() == renewed


class TestGraphQL:
    def test_adds_changes_lists_and_removes(self, ada_client):
        wanted = {
            "tool": "streamerbot", "label": "Bot", "route": "direct", "host": "192.168.1.7", "endpoint": "api",
            "password": "hunter2", "takesEvents": True,
        }  # fmt: skip

        made = graphql(ada_client, CREATE, input=wanted)["data"]["createIntegration"]["integration"]
        [listed] = graphql(ada_client, f"{{ integrations {{ {FIELDS} }} }}")["data"]["integrations"]
        changed = graphql(ada_client, UPDATE, id=made["id"], input={"isEnabled": False, "password": "", "label": None})
        removed = graphql(ada_client, DELETE, id=made["id"])["data"]["deleteIntegration"]["integration"]

        assert listed == made
        assert (made["host"], made["port"], made["endpoint"], made["hasPassword"], made["takesEvents"]) == (
            "192.168.1.7",
            8080,
            "/api",
            True,
            True,
        )
        assert changed["data"]["updateIntegration"]["integration"] == {
            "label": "Bot",
            "isEnabled": False,
            "hasPassword": False,
        }
        assert removed == {"id": made["id"]}
        assert not Integration.objects.exists()

    @pytest.mark.parametrize(
        ("given", "code"),
        [({"tool": "vlc"}, "no_such_tool"), ({"route": "direct"}, "host_missing"), ({"port": 0}, "bad_port")],
    )
    def test_refusals_have_the_same_codes(self, ada_client, given, code):
        [error] = graphql(ada_client, CREATE, input={"tool": "obs"} | given)["errors"]

        assert error["extensions"]["code"] == code
        assert not Integration.objects.exists()

    def test_another_accounts_is_not_there(self, cleo_client, account):
        row = factories.make_integration(account=account)

        for query, more in ((DELETE, {}), (UPDATE, {"input": {"isEnabled": False}})):
            [error] = graphql(cleo_client, query, id=str(row.pk), **more)["errors"]
            assert error["extensions"]["code"] == "not_found"
        assert Integration.objects.get().is_enabled

    def test_the_bridges_address_and_a_new_one(self, ada_client, account):
        before = graphql(ada_client, "{ bridge { address } }")["data"]["bridge"]["address"]
        after = graphql(ada_client, "mutation { renewBridge { bridge { address } } }")["data"]["renewBridge"]["bridge"]

        assert before != after["address"]
        assert bridge.address(account).reveal() == after["address"]


def test_a_token_may_look_and_nothing_else(client, account, ada_actor):
    row = factories.make_integration(account=account, route=Route.DIRECT)
    _, secret = factories.make_token(actor=ada_actor, permissions={Permission.CONNECTIONS_READ})
    query = f"?token={secret.reveal()}"

    assert [one["id"] for one in client.get(REST + query).json()["data"]] == [str(row.pk)]
    assert client.delete(f"{REST}/{row.pk}{query}").status_code == 403
    assert client.get(f"/v1/bridge{query}").status_code == 403
    assert signed_in(ada_actor.user).delete(f"{REST}/{row.pk}").status_code == 204
