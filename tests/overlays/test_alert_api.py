"""The alert queue over REST and GraphQL: thin doors of the same room."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from overlays.domain import queue
from overlays.models import Alert, AlertQueue
from tests.factories import make_event, make_overlay
from tests.overlays.alerts import FIRST, NOON, after, happen, make_box, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def overlay(account):
    overlay = make_overlay(account=account)
    make_box(overlay)
    return overlay


def send(client: Client, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    answer = client.generic(method, path, json.dumps(body) if body is not None else "", "application/json")
    shown = answer.json()
    return answer.status_code, shown["data"] if answer.status_code < 400 else shown["code"]


def graph(client: Client, query: str) -> dict[str, Any]:
    return client.post("/v1/gql", json.dumps({"query": query}), content_type="application/json").json()


def play(overlay) -> None:
    queue.done(queue.offer(overlay, FIRST, NOON)["play"], FIRST, after(4))


class TestRest:
    def test_history_is_read_page_by_page(self, ben_client, account, overlay):
        alerts = [happen(account).pk for _ in range(3)]
        play(overlay)

        first = ben_client.get("/v1/alerts?limit=2").json()
        rest = ben_client.get(first["_links"]["next"]).json()
        _, played = send(ben_client, "GET", "/v1/alerts?state=played,skipped")

        assert [one["id"] for one in first["data"] + rest["data"]] == alerts[::-1]
        assert [(one["id"], one["state"], one["ended_at"]) for one in played] == [
            (alerts[0], "played", after(4).isoformat())
        ]
        assert send(ben_client, "GET", "/v1/alerts?state=lost") == (400, "bad_filter")

    def test_one_alert(self, ben_client, account, overlay):
        alert = happen(account)

        assert send(ben_client, "GET", f"/v1/alerts/{alert.pk}") == (
            200,
            {
                "id": alert.pk,
                "event": 1,
                "type": "follow",
                "data": alert.event["data"],
                "state": "waiting",
                "priority": 2,
                "replay_of": None,
                "created_at": NOON.isoformat(),
                "started_at": None,
                "ended_at": None,
            },
        )

    def test_what_plays_and_how_it_stands(self, ben_client, account, overlay):
        alert = happen(account)
        queue.offer(overlay, FIRST, NOON)

        status, shown = send(ben_client, "PATCH", "/v1/alerts/queue", {"muted": True})

        assert (status, shown) == send(ben_client, "GET", "/v1/alerts/queue")
        assert shown["current"]["alert"] == alert.pk
        assert (shown["paused"], shown["muted"], shown["waiting"]) == (False, True, 0)

    def test_an_account_that_never_had_an_alert(self, ben_client):
        assert send(ben_client, "GET", "/v1/alerts/queue") == (
            200,
            {
                "paused": False,
                "muted": False,
                "waiting": 0,
                "held_back": 0,
                "current": None,
                "on_return": "all",
                "panic": None,
                "version": 0,
            },
        )
        assert not AlertQueue.objects.exists()

    def test_controls(self, ben_client, account, overlay):
        first, second, third = (happen(account) for _ in range(3))
        queue.offer(overlay, FIRST, NOON)

        assert send(ben_client, "POST", "/v1/alerts/skip")[1]["id"] == first.pk
        assert send(ben_client, "POST", "/v1/alerts/skip") == (409, "nothing_plays")
        assert send(ben_client, "POST", f"/v1/alerts/{second.pk}/skip")[1]["state"] == "skipped"
        assert send(ben_client, "POST", f"/v1/alerts/{second.pk}/skip") == (409, "alert_is_over")
        assert send(ben_client, "POST", "/v1/alerts/clear") == (200, {"cleared": 1})
        status, again = send(ben_client, "POST", f"/v1/alerts/{third.pk}/replay")
        assert (status, again["replay_of"], again["priority"]) == (201, third.pk, 10)
        assert send(ben_client, "POST", f"/v1/events/{first.event_seq}/alert")[0] == 201
        assert send(ben_client, "POST", "/v1/events/99/alert") == (404, "not_found")

    def test_settings(self, ada_client, ben_client):
        wanted = {"on_return": "newest", "guard_most": 0, "guard_seconds": 60, "priorities": {"follow": 9}}

        assert send(ada_client, "PATCH", "/v1/alerts/settings", wanted) == (200, wanted)
        assert send(ben_client, "GET", "/v1/alerts/settings") == (200, wanted)
        assert send(ben_client, "PATCH", "/v1/alerts/settings", {"guard_most": 9})[0] == 403
        assert send(ada_client, "PATCH", "/v1/alerts/settings", {"priorities": {"poll.end": 9}}) == (
            422,
            "bad_alert_setting",
        )
        assert AlertQueue.objects.get().guard_most == 0

    def test_alerts_of_others_are_not_there(self, cleo_client, account, overlay):
        alert = happen(account)

        for verb in ("", "/skip", "/replay"):
            method = "POST" if verb else "GET"
            assert send(cleo_client, method, f"/v1/alerts/{alert.pk}{verb}") == (404, "not_found")

        assert send(cleo_client, "POST", "/v1/alerts/clear") == (200, {"cleared": 0})
        assert state_of(alert) == "waiting"


class TestGraphql:
    def test_reading(self, ben_client, account, overlay):
        alert = happen(account)
        play(overlay)

        answer = graph(
            ben_client,
            "{ alerts(state: [PLAYED]) { id event type state data priority replayOf createdAt }"
            f" alert(id: {alert.pk}) {{ state }} alertQueue {{ paused waiting heldBack current {{ alert }} version }}"
            " alertSettings { onReturn guardMost guardSeconds priorities } }",
        )["data"]

        [shown] = answer["alerts"]
        assert (shown["id"], shown["event"], shown["type"], shown["state"]) == (alert.pk, 1, "follow", "PLAYED")
        assert answer["alert"] == {"state": "PLAYED"}
        assert answer["alertQueue"] == {"paused": False, "waiting": 0, "heldBack": 0, "current": None, "version": 3}
        assert answer["alertSettings"] == {"onReturn": "ALL", "guardMost": 20, "guardSeconds": 30, "priorities": {}}

    def test_controls(self, ada_client, account, overlay):
        alert, event = happen(account), make_event(account=account)

        answer = graph(
            ada_client,
            "mutation {"
            " switchAlerts(paused: true) { queue { paused muted } }"
            f" skipAlert(id: {alert.pk}) {{ alert {{ state }} }}"
            f" replayAlert(id: {alert.pk}) {{ alert {{ replayOf }} }}"
            f" playEventAlert(seq: {event.seq}) {{ alert {{ event }} }}"
            " clearAlerts { cleared }"
            " updateAlertSettings(input: {onReturn: NONE, priorities: {follow: 0}})"
            " { settings { onReturn priorities } }"
            " }",
        )["data"]

        assert answer == {
            "switchAlerts": {"queue": {"paused": True, "muted": False}},
            "skipAlert": {"alert": {"state": "SKIPPED"}},
            "replayAlert": {"alert": {"replayOf": alert.pk}},
            "playEventAlert": {"alert": {"event": event.seq}},
            "clearAlerts": {"cleared": 3},
            "updateAlertSettings": {"settings": {"onReturn": "NONE", "priorities": {"follow": 0}}},
        }

    def test_refusals(self, ben_client, account, overlay):
        happen(account)

        codes = [
            graph(ben_client, f"mutation {{ {asked} }}")["errors"][0]["extensions"]["code"]
            for asked in (
                "skipAlert { alert { id } }",
                "updateAlertSettings(input: {guardMost: 1}) { settings { guardMost } }",
                "playEventAlert(seq: 99) { alert { id } }",
            )
        ]

        assert codes == ["nothing_plays", "permission_refused", "not_found"]
        assert Alert.objects.get().state == "waiting"
