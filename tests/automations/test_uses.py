"""Which automations use an integration: told wherever one could remove it."""

from __future__ import annotations

import json

import pytest

from automations.domain import uses
from tests import factories
from tests.automations.made import CHAT, make_automation

pytestmark = pytest.mark.django_db


@pytest.fixture
def obs(account):
    return factories.make_integration(account=account)


def step(integration) -> dict:
    config = {"integration": str(integration.pk), "act": "studio.take", "arguments": {}}
    return {"type": "obs", "config": config}


@pytest.fixture(autouse=True)
def _automations(account, obs):
    make_automation(account=account, name="Raids", steps=[step(obs), CHAT, step(obs)])
    make_automation(account=account, name="Breaks", steps=[step(obs)])
    make_automation(account=account, name="Thanks")


def test_names_stand_once_and_in_order_in_one_query(account, obs, cleo_actor, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = uses.of(account)

    assert found == {obs.pk: ["Breaks", "Raids"]}
    assert uses.of(cleo_actor.account) == {}


def test_dialog_that_asks_before_removing_names_them(ada_client, account, obs):
    other = factories.make_integration(account=account, label="Laptop")

    named = ada_client.get(f"/dashboard/connections/integrations/{obs.pk}/uses").content.decode()
    unnamed = ada_client.get(f"/dashboard/connections/integrations/{other.pk}/uses").content.decode()

    assert named.strip() == "<p>Automations that use it, and will say that it is missing: Breaks, Raids</p>"
    assert unnamed.strip() == ""


def test_rest_and_graphql_name_them(ada_client, obs):
    one = ada_client.get(f"/v1/integrations/{obs.pk}").json()["data"]
    [listed] = ada_client.get("/v1/integrations").json()["data"]
    query = {"query": "{ integrations { usedBy } }"}
    graph = ada_client.post("/v1/gql", json.dumps(query), content_type="application/json").json()["data"]

    assert one["used_by"] == listed["used_by"] == ["Breaks", "Raids"]
    assert graph == {"integrations": [{"usedBy": ["Breaks", "Raids"]}]}
