"""OBS over REST and GraphQL: thin doors of the same room. That an act reaches OBS, `test_obs_processes` tries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from accounts.throttle import Limit
from events import channels
from events.domain import watching
from integrations.domain import commands, live
from integrations.enums import Route, Tool
from integrations.models import Integration
from integrations.obs import state
from integrations.obs_rest import ObsScreenshot
from integrations.tools.failures import OutcomeUnknown, Refused
from tests import factories

pytestmark = pytest.mark.django_db

STATE = """{ obs {
  integration link version program scenes { name } items { id name visible group } inputs { name db } can
  stream { state since } trouble { code detail }
} }"""


@pytest.fixture(autouse=True)
def _real_valkey(real_valkey) -> None:
    """What is kept is kept there."""


@pytest.fixture
def row(account) -> Integration:
    return factories.make_integration(account=account, route=Route.DIRECT, host="obs.example", label="Gaming PC")


@pytest.fixture
def connected(row) -> dict[str, Any]:
    """What is told of it."""
    data = state.blank(integration=str(row.pk), label=row.label, via=row.route) | {
        "link": "connected",
        "version": "30.1.2",
        "latency_ms": 12,
        "read_at": "2026-11-27T20:00:00+00:00",
        "scenes": [{"name": "Live"}],
        "program": "Live",
        "items": [{"id": 3, "name": "Titel", "visible": True, "group": None}],
        "inputs": [{"name": "Mic", "muted": False, "db": -3.2, "is_special": True, "media": None}],
        "stream": {"state": "on", "since": "2026-11-27T19:30:00+00:00"},
        "can": ["scene.program", "stream.stop"],
    }
    watching.keep(channels.obs(row.account_id), state.message(data), part=str(row.pk))
    live.keep(row.pk, row.account_id, {"state": "connected", "version": "30.1.2", "via": row.route})
    return data


class Sent:
    """In place of whoever holds the connection."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, dict[str, Any]]] = []
        self.failure: Exception | None = None

    def __call__(self, row: Integration, command: str, data: dict[str, Any]) -> dict[str, Any]:
        self.commands.append((command, data))
        if self.failure:
            raise self.failure
        return {"image": "data:image/jpg;base64,/9j/"} if command == "screenshot" else {}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    double = Sent()
    monkeypatch.setattr(commands, "ask", double)
    return double


def post(client: Client, row: Integration, **body: Any) -> tuple[int, Any]:
    answer = client.post(f"/v1/obs/{row.pk}/acts", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json().get("code") if answer.content else None


def graph(client: Client, query: str) -> dict[str, Any]:
    return client.post("/v1/gql", json.dumps({"query": query}), content_type="application/json").json()


def audited() -> list[dict[str, Any]]:
    return [entry.after for entry in AuditEntry.objects.filter(action="obs.controlled").order_by("pk")]


class TestRest:
    def test_what_it_is_like(self, ada_client, row, connected):
        [listed] = ada_client.get("/v1/obs").json()["data"]
        one = ada_client.get(f"/v1/obs/{row.pk}").json()["data"]

        assert listed == one == connected

    def test_asking_is_looking(self, ada_client, row):
        assert ada_client.get("/v1/obs").json()["data"][0]["trouble"]["code"] == "tool_not_connected"
        assert watching.is_watched(channels.obs(row.account_id))

    def test_a_streamerbot_is_no_obs(self, ada_client, account, sent):
        other = factories.make_integration(account=account, tool=Tool.STREAMERBOT)

        assert ada_client.get("/v1/obs").json()["data"] == []
        assert ada_client.get(f"/v1/obs/{other.pk}").status_code == 404
        assert post(ada_client, other, act="studio.take") == (404, "not_found")
        assert sent.commands == []

    def test_an_act_is_sent_and_written_down(self, ada_client, row, sent):
        assert post(ada_client, row, act="source.visible", scene="Live", item=3, visible=False) == (204, None)

        what = {"act": "source.visible", "scene": "Live", "item": 3, "visible": False}
        assert sent.commands == [("act", what)]
        assert audited() == [what]

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ({}, (400, "invalid")),
            ({"act": "scene.delete"}, (400, "invalid")),
            ({"act": "scene.program", "scene": 5}, (400, "invalid")),
            ({"act": "input.volume", "input": "Mic", "db": "loud"}, (400, "invalid")),
            ({"act": "input.volume", "input": "Mic", "db": True}, (400, "invalid")),
            ({"act": "input.volume", "input": "Mic", "db": 27}, (400, "invalid")),
            ({"act": "scene.program"}, (422, "not_for_this_obs_act")),
            ({"act": "studio.take", "scene": "Live"}, (422, "not_for_this_obs_act")),
        ],
    )
    def test_what_is_not_understood_is_not_sent(self, ada_client, row, sent, body, told):
        assert post(ada_client, row, **body) == told
        assert (sent.commands, audited()) == ([], [])

    def test_what_obs_refuses_is_not_written_down_as_done(self, ada_client, row, sent):
        sent.failure = Refused(tool="OBS Studio", reason="No source was found")

        assert post(ada_client, row, act="scene.program", scene="Nowhere") == (409, "tool_says_no")
        assert audited() == []

    def test_what_may_have_been_done_is_written_down_as_that(self, ada_client, row, sent):
        sent.failure = OutcomeUnknown(**live.named(row))

        assert post(ada_client, row, act="stream.start") == (502, "tool_outcome_unknown")
        assert audited() == [{"act": "stream.start", "outcome": "unknown"}]

    def test_nobody_holds_a_connection(self, ada_client, row):
        assert post(ada_client, row, act="stream.start") == (409, "tool_not_connected")
        assert audited() == []

    def test_a_picture_of_a_scene(self, ada_client, row, sent):
        answer = ada_client.get(f"/v1/obs/{row.pk}/screenshot", {"scene": "Live"}).json()

        assert answer["data"] == {"image": "data:image/jpg;base64,/9j/"}
        assert sent.commands == [("screenshot", {"scene": "Live", "width": 320})]

    def test_pictures_are_counted(self, ada_client, row, sent, monkeypatch):
        monkeypatch.setattr(ObsScreenshot, "limits", {"GET": Limit("obs-pictures-in-tests", 1, 60)})
        address = f"/v1/obs/{row.pk}/screenshot"

        answers = [ada_client.get(address, {"scene": "Live"}).status_code for _ in range(2)]

        assert answers == [200, 429]


class TestRights:
    def test_whoever_may_look_may_not_act(self, account, row, connected, sent):
        member = factories.make_member(account=account, permissions={"settings:read"})
        client = Client(HTTP_HOST="localhost")
        client.force_login(member.user)

        assert client.get(f"/v1/obs/{row.pk}").status_code == 200
        assert post(client, row, act="stream.stop") == (403, "permission_refused")
        assert sent.commands == []

    def test_strangers_find_nothing(self, cleo_client, row, connected, sent):
        assert cleo_client.get("/v1/obs").json()["data"] == []
        assert cleo_client.get(f"/v1/obs/{row.pk}").status_code == 404
        assert post(cleo_client, row, act="stream.stop") == (404, "not_found")
        assert sent.commands == []


class TestGraph:
    def test_what_it_is_like(self, ada_client, row, connected):
        assert graph(ada_client, STATE)["data"]["obs"] == [
            {
                "integration": str(row.pk),
                "link": "connected",
                "version": "30.1.2",
                "program": "Live",
                "scenes": [{"name": "Live"}],
                "items": [{"id": 3, "name": "Titel", "visible": True, "group": None}],
                "inputs": [{"name": "Mic", "db": -3.2}],
                "can": ["SCENE_PROGRAM", "STREAM_STOP"],
                "stream": {"state": "on", "since": "2026-11-27T19:30:00+00:00"},
                "trouble": None,
            }
        ]

    def test_an_act(self, ada_client, row, sent):
        act = f'integration: "{row.pk}", act: INPUT_MUTE, input: "Mic", muted: true'

        answer = graph(ada_client, f"mutation {{ controlObs(input: {{{act}}}) {{ act }} }}")

        assert answer["data"] == {"controlObs": {"act": "INPUT_MUTE"}}
        assert sent.commands == [("act", {"act": "input.mute", "input": "Mic", "muted": True})]
        assert audited() == [{"act": "input.mute", "input": "Mic", "muted": True}]

    def test_an_act_without_what_it_needs(self, ada_client, row, sent):
        query = f'mutation {{ controlObs(input: {{integration: "{row.pk}", act: INPUT_MUTE}}) {{ act }} }}'

        [error] = graph(ada_client, query)["errors"]

        assert error["extensions"]["code"] == "not_for_this_obs_act"
        assert sent.commands == []

    def test_a_picture_of_a_scene(self, ada_client, row, sent):
        answer = graph(ada_client, f'{{ obsScreenshot(integration: "{row.pk}", scene: "Live") }}')

        assert answer["data"] == {"obsScreenshot": "data:image/jpg;base64,/9j/"}
