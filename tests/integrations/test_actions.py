"""Streamer.bot's actions: on the page, over REST and GraphQL. Whoever holds the connection is in
test_streamerbot_session.py; here it is somebody who answers what they are told to."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from integrations.domain import actions
from integrations.enums import Tool
from integrations.models import Integration
from integrations.tools.failures import ActionGone, ActionOff, NoBridge, OutcomeUnknown, ToolFailure
from tests import factories
from tests.pages import member

pytestmark = pytest.mark.django_db

LIGHTS = {"id": "a1", "name": "Lights", "group": "Room", "is_enabled": True}
CONFETTI = {"id": "b2", "name": "Confetti <b>", "group": "", "is_enabled": False}


class Held:
    """Answers as a session would, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.actions = [LIGHTS, CONFETTI]
        self.failure: ToolFailure | None = None

    def __call__(self, integration: Integration, command: str, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.asked.append((command, data))
        if self.failure:
            raise self.failure
        return {"actions": self.actions} if command == "actions" else {"name": "Lights"}


@pytest.fixture
def held(monkeypatch) -> Held:
    session = Held()
    monkeypatch.setattr("integrations.domain.commands.ask", session)
    return session


@pytest.fixture
def row(account) -> Integration:
    return factories.make_integration(account=account, tool=Tool.STREAMERBOT, label="Gaming PC")


def audited() -> list[dict[str, Any] | None]:
    return list(AuditEntry.objects.filter(action=Action.STREAMERBOT_RAN).order_by("pk").values_list("after", flat=True))


class TestRest:
    def run(self, client: Client, row: Integration, body: Any, action: str = "a1"):
        address = f"/v1/integrations/{row.pk}/actions/{action}/run"
        return client.post(address, json.dumps(body), content_type="application/json")

    def test_the_actions_in_their_order(self, ada_client, row, held):
        response = ada_client.get(f"/v1/integrations/{row.pk}/actions")

        assert (response.status_code, response.json()["data"]) == (200, [LIGHTS, CONFETTI])

    def test_one_is_run_with_arguments_and_audited(self, ada_client, row, held):
        arguments = {"colour": "red", "level": 3, "ratio": 0.5, "fade": True}

        response = self.run(ada_client, row, {"arguments": arguments})

        assert (response.status_code, response.content) == (204, b"")
        assert held.asked == [("do", {"id": "a1", "arguments": arguments})]
        said = ["colour=red", "level=3", "ratio=0.5", "fade=True"]
        assert audited() == [{"action": "Lights", "id": "a1", "arguments": said}]

    @pytest.mark.parametrize("body", [{}, {"arguments": {}}])
    def test_arguments_can_be_left_out(self, ada_client, row, held, body):
        assert self.run(ada_client, row, body).status_code == 204
        assert held.asked == [("do", {"id": "a1", "arguments": {}})]

    @pytest.mark.parametrize(
        "arguments",
        [
            {"a b": "x"},
            {"": "x"},
            {"a": ["x"]},
            {"a": {"b": 1}},
            {"a": None},
            {"a": "x" * (actions.TEXT_LENGTH + 1)},
            {"a": 2**60},
            {f"a{number}": 1 for number in range(actions.MOST_ARGUMENTS + 1)},
        ],
    )
    def test_other_arguments_are_refused_and_nothing_is_asked(self, ada_client, row, held, arguments):
        response = self.run(ada_client, row, {"arguments": arguments})

        assert (response.status_code, response.json()["code"]) == (422, "bad_action_arguments")
        assert (held.asked, audited()) == ([], [])

    @pytest.mark.parametrize(
        ("failure", "status"),
        [
            (ActionGone(tool="Streamer.bot"), 404),
            (ActionOff(tool="Streamer.bot", action="Lights"), 409),
            (NoBridge(tool="Streamer.bot"), 409),
        ],
    )
    def test_what_was_not_run_is_said_and_not_audited(self, ada_client, row, held, failure, status):
        held.failure = failure

        response = self.run(ada_client, row, {})

        assert (response.status_code, response.json()["code"]) == (status, failure.code)
        assert audited() == []

    def test_what_may_have_run_is_audited(self, ada_client, row, held):
        held.failure = OutcomeUnknown(tool="Streamer.bot")

        response = self.run(ada_client, row, {})

        assert (response.status_code, response.json()["code"]) == (502, "tool_outcome_unknown")
        assert audited() == [{"id": "a1", "arguments": [], "outcome": "unknown"}]

    def test_an_obs_has_no_actions(self, ada_client, account, held):
        obs = factories.make_integration(account=account)

        assert ada_client.get(f"/v1/integrations/{obs.pk}/actions").status_code == 404
        assert self.run(ada_client, obs, {}).status_code == 404
        assert held.asked == []

    def test_a_stranger_finds_none_of_it(self, cleo_client, row, held):
        assert cleo_client.get(f"/v1/integrations/{row.pk}/actions").status_code == 404
        assert self.run(cleo_client, row, {}).status_code == 404
        assert held.asked == []

    def test_looking_is_not_running(self, account, row, held):
        looks = member(account, Permission.SETTINGS_READ)

        assert looks.get(f"/v1/integrations/{row.pk}/actions").status_code == 200
        assert self.run(looks, row, {}).status_code == 403
        assert [command for command, _ in held.asked] == ["actions"]


class TestGraph:
    def ask(self, client: Client, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables})
        return client.post("/v1/gql", body, content_type="application/json").json()

    def test_the_same(self, ada_client, row, held):
        listed = self.ask(
            ada_client, "query ($id: ID!) { streamerbotActions(id: $id) { id name group isEnabled } }", id=str(row.pk)
        )
        ran = self.ask(
            ada_client,
            'mutation ($id: ID!) { runStreamerbotAction(id: $id, action: "a1", '
            'arguments: [{name: "colour", value: "red"}]) { name } }',
            id=str(row.pk),
        )

        assert listed == {
            "data": {
                "streamerbotActions": [
                    {"id": "a1", "name": "Lights", "group": "Room", "isEnabled": True},
                    {"id": "b2", "name": "Confetti <b>", "group": "", "isEnabled": False},
                ]
            }
        }
        assert ran == {"data": {"runStreamerbotAction": {"name": "Lights"}}}
        assert held.asked[-1] == ("do", {"id": "a1", "arguments": {"colour": "red"}})

    def test_what_no_database_stores_is_refused(self, ada_client, row, held):
        answer = self.ask(
            ada_client,
            'mutation ($id: ID!) { runStreamerbotAction(id: $id, action: "a1", '
            'arguments: [{name: "a", value: "\\u0000"}]) { name } }',
            id=str(row.pk),
        )

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["bad_action_arguments"]
        assert (held.asked, audited()) == ([], [])

    def test_refusals_have_their_codes(self, ada_client, row, held):
        held.failure = ActionGone(tool="Streamer.bot")

        answer = self.ask(
            ada_client, 'mutation ($id: ID!) { runStreamerbotAction(id: $id, action: "x") { name } }', id=str(row.pk)
        )

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["tool_action_gone"]


class TestPage:
    def page(self, row: Integration, more: str = "") -> str:
        return f"/dashboard/connections/integrations/{row.pk}/actions{more}"

    def test_actions_by_group_with_a_button_for_those_that_run(self, ada_client, row, held):
        content = ada_client.get(self.page(row)).content.decode()

        assert re.findall(r"<h2>([^<]+)</h2>", content) == ["Without a group", "Room"]
        assert re.findall(r'name="action" value="([^"]+)"', content) == ["a1"]
        assert "Confetti &lt;b&gt;" in content
        assert "Switched off there" in content

    def test_words_find_them(self, ada_client, row, held):
        content = ada_client.get(self.page(row, "?q=ROOM")).content.decode()

        assert "Lights" in content
        assert "Confetti" not in content
        assert "No action is called so" in ada_client.get(self.page(row, "?q=dance")).content.decode()

    def test_hundreds_are_not_all_drawn(self, ada_client, row, held):
        held.actions = [LIGHTS | {"id": f"id-{number}", "name": f"Action {number}"} for number in range(5_000)]

        content = ada_client.get(self.page(row)).content.decode()

        assert content.count('name="action"') == 200
        assert "4800 more actions are not shown" in content.replace(",", "")
        assert len(content) < 250_000

    def test_a_button_runs_it_and_says_so(self, ada_client, account, row, held):
        form = {"action": "a1", "q": "li ghts", "account": account.pk}

        response = ada_client.post(self.page(row, "/run"), form)

        assert (response.status_code, response["Location"]) == (302, self.page(row, "?q=li+ghts"))
        assert [str(one) for one in get_messages(response.wsgi_request)] == ["Gaming PC has “Lights” in its queue."]
        assert held.asked == [("do", {"id": "a1", "arguments": {}})]
        assert audited() == [{"action": "Lights", "id": "a1", "arguments": []}]

    @pytest.mark.parametrize(
        ("failure", "level"), [(ActionGone(tool="Streamer.bot"), "error"), (OutcomeUnknown(tool="x"), "warning")]
    )
    def test_why_it_did_not_is_said(self, ada_client, account, row, held, failure, level):
        held.failure = failure

        response = ada_client.post(self.page(row, "/run"), {"action": "a1", "account": account.pk})

        [message] = get_messages(response.wsgi_request)
        assert (message.level_tag, str(message)) == (level, failure.text)

    def test_why_there_are_none_to_see_is_said(self, ada_client, row, held):
        held.failure = NoBridge(tool="Streamer.bot")

        response = ada_client.get(self.page(row))

        assert response.status_code == 200
        assert "The bridge page is not open." in response.content.decode()

    def test_who_may_only_look_gets_no_buttons(self, account, row, held):
        looks = member(account, Permission.SETTINGS_READ)

        content = looks.get(self.page(row)).content.decode()

        assert "Lights" in content
        assert 'name="action"' not in content
        assert looks.post(self.page(row, "/run"), {"action": "a1", "account": account.pk}).status_code == 403

    def test_the_connections_page_leads_there(self, ada_client, account, row):
        factories.make_integration(account=account)
        factories.make_integration(account=account, tool=Tool.STREAMERBOT, label="Off", is_enabled=False)

        content = ada_client.get("/dashboard/connections/integrations/list").content.decode()

        assert re.findall(r'href="([^"]+/actions)"', content) == [self.page(row)]
