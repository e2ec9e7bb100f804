"""Automations over REST and GraphQL: thin doors of the same rooms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from automations.domain import nudges
from automations.enums import RunState, StepState
from automations.models import Automation, Run
from tests import factories
from tests.automations.made import CHAT, make_automation, make_run

pytestmark = pytest.mark.django_db

EXECUTE, HISTORY = Permission.AUTOMATIONS_EXECUTE, Permission.AUTOMATIONS_HISTORY


@pytest.fixture(autouse=True)
def told(monkeypatch) -> list[int]:
    found: list[int] = []
    monkeypatch.setattr(nudges, "send", lambda run_ids, after=0.0: found.extend(run_ids))
    return found


def send(client: Client, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    answer = client.generic(method, path, json.dumps(body) if body is not None else "", "application/json")
    shown = answer.json() if answer.content else {"data": None}
    return answer.status_code, shown["data"] if answer.status_code < 400 else shown["code"]


def graph(client: Client, query: str) -> dict[str, Any]:
    return client.post("/v1/gql", json.dumps({"query": query}), content_type="application/json").json()


class TestRest:
    def test_is_made_shown_changed_and_removed(self, ada_client):
        wanted = {"name": "Raids", "trigger": "event", "kinds": ["raid"], "least": 5, "steps": [CHAT]}

        status, made = send(ada_client, "POST", "/v1/automations", wanted)
        address = f"/v1/automations/{made['id']}"
        found = send(ada_client, "GET", address)
        changed = send(ada_client, "PATCH", address, {"version": 1, "enabled": False})[1]
        conflict = send(ada_client, "PATCH", address, {"version": 1, "name": "Mine"})
        removed = send(ada_client, "DELETE", address)

        assert (status, found) == (201, (200, made))
        assert {name: made[name] for name in wanted} == wanted
        assert (made["enabled"], made["version"], made["ran_at"]) == (True, 1, None)
        assert (changed["enabled"], changed["version"], changed["steps"]) == (False, 2, [CHAT])
        assert conflict == (409, "automation_changed_meanwhile")
        assert (removed, Automation.objects.count()) == ((204, None), 0)

    def test_list_is_by_name(self, ben_client, account):
        for name in ("B", "A"):
            make_automation(account=account, name=name)

        assert [one["name"] for one in send(ben_client, "GET", "/v1/automations")[1]] == ["A", "B"]

    @pytest.mark.parametrize(
        "body",
        [
            {"name": 5},
            {"name": "A", "kinds": "raid"},
            {"name": "A", "kinds": [{}]},
            {"name": "A", "steps": "chat"},
            {"name": "A", "steps": [{"type": "chat", "config": []}]},
            {"name": "A", "least": "NaN"},
            {"name": "A", "trigger": "event", "kinds": ["raid"], "least": 1e300},
            {"name": "A", "cooldown": 10**30},
        ],
    )
    def test_nonsense_is_refused_and_makes_nothing(self, ada_client, body):
        assert send(ada_client, "POST", "/v1/automations", body)[0] in (400, 422)
        assert not Automation.objects.exists()

    def test_run_by_hand_is_accepted_told_and_audited(
        self, ben_client, account, told, django_capture_on_commit_callbacks
    ):
        row = make_automation(account=account, enabled=False)

        with django_capture_on_commit_callbacks(execute=True):
            status, run = send(ben_client, "POST", f"/v1/automations/{row.pk}/run", {"variables": {"name": "Grace"}})

        assert (status, run["state"], run["by"], run["trigger"]) == (202, "waiting", "Ben", "manual")
        assert run["variables"] | {"name": "Grace"} == run["variables"]
        assert [step["config"] for step in run["steps"]] == [CHAT["config"]]
        assert told == [run["id"]]
        [entry] = AuditEntry.objects.filter(action=Action.AUTOMATION_RUN)
        assert (entry.target_id, entry.after) == (str(row.pk), {"run": run["id"]})

    def test_stream_deck_runs_it_with_a_token_and_may_do_nothing_else(self, client, ada_actor, account):
        row = make_automation(account=account)
        _, secret = factories.make_token(actor=ada_actor, permissions={EXECUTE})
        query = f"?token={secret.reveal()}"

        status, run = send(client, "POST", f"/v1/automations/{row.pk}/run{query}")
        looked = send(client, "GET", f"/v1/runs/{run['id']}{query}")
        changed = send(client, "PATCH", f"/v1/automations/{row.pk}{query}", {"name": "Mine"})

        assert (status, looked[0], changed[0]) == (202, 403, 403)
        assert Run.objects.get().by == "Ada"

    @pytest.mark.parametrize(
        "variables",
        [
            {f"v{'x' * number}": "" for number in range(21)},
            {"Name": "Grace"},
            {"": "Grace"},
            {"name": "x" * 501},
            {"name": 5},
            {"name": "\x00"},
            {"name": {}},
        ],
    )
    def test_variables_are_few_and_short(self, ben_client, account, variables):
        row = make_automation(account=account)

        status, _ = send(ben_client, "POST", f"/v1/automations/{row.pk}/run", {"variables": variables})

        assert status in (400, 422)
        assert not Run.objects.exists()

    def test_history_is_read_page_by_page_newest_first(self, ben_client, account):
        row = make_automation(account=account)
        runs = [make_run(account=account, automation=row).pk for _ in range(3)]
        make_run(account=account, automation=make_automation(account=account))

        first = ben_client.get(f"/v1/automations/{row.pk}/runs?limit=2").json()
        rest = ben_client.get(first["_links"]["next"]).json()

        assert [one["id"] for one in first["data"] + rest["data"]] == runs[::-1]

    def test_run_says_what_came_of_each_step(self, ben_client, account):
        run = make_run(account=account, state=RunState.FAILED, left_out=3)
        run.steps.update(state=StepState.FAILED, failure_code="nowhere_to_send", failure_params={})

        status, shown = send(ben_client, "GET", f"/v1/runs/{run.pk}")

        assert (status, shown["state"], shown["left_out"]) == (200, "failed", 3)
        [step] = shown["steps"]
        assert (step["state"], step["failure_code"], step["detail"]) == (
            "failed",
            "nowhere_to_send",
            "There is no chat to write into. Connect a channel on the Connections page, or reconnect it.",
        )

    def test_somebody_elses_is_not_there(self, cleo_client, account):
        row, run = make_automation(account=account), make_run(account=account)

        answers = [
            send(cleo_client, "GET", f"/v1/automations/{row.pk}"),
            send(cleo_client, "POST", f"/v1/automations/{row.pk}/run"),
            send(cleo_client, "GET", f"/v1/automations/{row.pk}/runs"),
            send(cleo_client, "GET", f"/v1/runs/{run.pk}"),
            send(cleo_client, "GET", f"/v1/runs/{2**70}"),
        ]

        assert answers == [(404, "not_found")] * 5
        assert Run.objects.count() == 1

    def test_history_takes_as_many_queries_however_long_it_is(self, ben_client, account, django_assert_num_queries):
        row = make_automation(account=account)
        address = f"/v1/automations/{row.pk}/runs"
        make_run(account=account, automation=row)
        ben_client.get(address)

        with django_assert_num_queries(7):
            ben_client.get(address)
        for _ in range(3):
            make_run(account=account, automation=row)
        with django_assert_num_queries(7):
            ben_client.get(address)


class TestGraphql:
    def test_is_made_changed_run_and_removed(self, ada_client):
        made = graph(
            ada_client,
            'mutation { createAutomation(input: {name: "Raids", trigger: "event", kinds: ["raid"], least: 2.5, '
            'steps: [{type: "wait", config: {seconds: 2}}]}) { automation { id least steps { type config } } } }',
        )["data"]["createAutomation"]["automation"]
        changed = graph(
            ada_client,
            f'mutation {{ updateAutomation(id: "{made["id"]}", version: 1, input: {{enabled: false}}) '
            "{ automation { enabled version kinds } } }",
        )["data"]["updateAutomation"]["automation"]
        run = graph(
            ada_client,
            f'mutation {{ runAutomation(id: "{made["id"]}", variables: [{{name: "name", value: "Grace"}}]) '
            "{ run { id state variables steps { type state } } } }",
        )["data"]["runAutomation"]["run"]
        seen = graph(
            ada_client,
            f'{{ automationRuns(id: "{made["id"]}") {{ id }} automationRun(id: {run["id"]}) {{ by automation }} '
            "automations { name } }",
        )["data"]
        removed = graph(ada_client, f'mutation {{ deleteAutomation(id: "{made["id"]}") {{ id }} }}')["data"]

        assert (made["least"], made["steps"]) == (2.5, [{"type": "wait", "config": {"seconds": 2}}])
        assert changed == {"enabled": False, "version": 2, "kinds": ["raid"]}
        assert (run["state"], run["variables"]["name"]) == ("waiting", "Grace")
        assert seen == {
            "automationRuns": [{"id": run["id"]}],
            "automationRun": {"by": "Ada", "automation": made["id"]},
            "automations": [{"name": "Raids"}],
        }
        assert removed == {"deleteAutomation": {"id": made["id"]}}

    def test_refusal_has_its_code(self, ada_client):
        answer = graph(
            ada_client,
            'mutation { createAutomation(input: {name: "A", steps: [{type: "chat"}]}) { automation { id } } }',
        )

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["bad_automation_step"]
        assert not Automation.objects.exists()
