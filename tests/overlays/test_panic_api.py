"""The panic button over REST and GraphQL and on its page: thin doors of the same room."""

from __future__ import annotations

import json

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from overlays.models import AlertQueue, Panic, SafeScene
from tests.factories import make_integration, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def gaming_pc(account):
    return make_integration(account=account, label="Gaming PC")


def pressed() -> bool:
    return Panic.objects.exclude(since=None).exists()


def test_a_token_of_a_stream_deck_presses_it_and_reads_what_came_of_it(ada_actor, gaming_pc):
    SafeScene.objects.create(integration=gaming_pc, account=ada_actor.account, scene="BRB")
    _, token = make_token(actor=ada_actor, permissions={"events:create"})
    deck = Client(HTTP_HOST="localhost")

    def send(body: str):
        return deck.post(f"/v1/panic?token={token.reveal()}", body, content_type="application/json")

    answer = send('{"on": true}').json()["data"]

    assert answer == {
        "on": True,
        "since": Panic.objects.get().since.isoformat(),
        "by": "Ada",
        "scenes": [
            {
                "integration": str(gaming_pc.pk),
                "label": "Gaming PC",
                "scene": "BRB",
                "state": "failed",
                "code": "tool_no_bridge",
                "detail": answer["scenes"][0]["detail"],
            }
        ],
    }
    assert answer["scenes"][0]["detail"].startswith("The bridge page is not open.")
    assert [send(body).status_code for body in ('{"on": 1}', "{}")] == [400, 400]
    assert send('{"on": false}').json()["data"]["on"] is False
    assert not pressed()


def test_settings_over_rest_and_graphql(ada_client, ben_client, gaming_pc):
    wanted = {"scenes": [{"integration": str(gaming_pc.pk), "scene": " BRB"}]}

    saved = ada_client.patch("/v1/panic", wanted, content_type="application/json").json()["data"]
    assert [(one["label"], one["scene"], one["state"]) for one in saved["scenes"]] == [("Gaming PC", " BRB", "idle")]
    assert ben_client.patch("/v1/panic", wanted, content_type="application/json").status_code == 403

    change = f'mutation {{ updatePanicSettings(scenes: [{{integration: "{gaming_pc.pk}", scene: "Pause"}}])'
    query = f"{change} {{ panic {{ on since by scenes {{ label scene state code detail }} }} }} }}"
    answer = ada_client.post("/v1/gql", json.dumps({"query": query}), content_type="application/json").json()
    assert answer["data"]["updatePanicSettings"]["panic"] == {
        "on": False,
        "since": None,
        "by": "",
        "scenes": [{"label": "Gaming PC", "scene": "Pause", "state": "IDLE", "code": "", "detail": ""}],
    }
    query = "mutation { pressPanic(on: true) { panic { on by scenes { state code } } } }"
    answer = ben_client.post("/v1/gql", json.dumps({"query": query}), content_type="application/json").json()
    assert answer["data"]["pressPanic"]["panic"] == {
        "on": True,
        "by": "Ben",
        "scenes": [{"state": "FAILED", "code": "tool_no_bridge"}],
    }


def test_the_page_presses_restores_and_says_what_is_so(ben_client, account):
    page = ben_client.post("/dashboard/panic/press", {"account": account.pk, "on": "1"}, follow=True)

    assert page.redirect_chain == [("/dashboard/panic", 302)]
    assert pressed()
    assert "The panic button is pressed." in page.content.decode()
    assert "The panic button is pressed." in ben_client.get("/dashboard/alerts").content.decode()
    seen = AlertQueue.objects.get().version
    assert ben_client.get(f"/dashboard/panic?seen={seen}", headers={"HX-Request": "true"}).status_code == 204
    ben_client.post("/dashboard/panic/press", {"account": account.pk, "on": "0"})
    assert not pressed()


def test_the_form_saves_what_is_not_empty_and_says_what_is_refused(ada_client, ben_client, account, gaming_pc):
    laptop = make_integration(account=account, label="Laptop")
    fields = {"account": account.pk, f"scene_{gaming_pc.pk}": "BRB", f"scene_{laptop.pk}": ""}

    saved = ada_client.post("/dashboard/panic/settings", fields)
    assert [str(one) for one in get_messages(saved.wsgi_request)] == ["The panic button does this from now on."]
    assert list(SafeScene.objects.values_list("integration", "scene")) == [(gaming_pc.pk, "BRB")]
    assert "Safe scene in" not in ben_client.get("/dashboard/panic").content.decode()

    Panic.objects.update_or_create(account=account, defaults={"since": timezone.now()})
    refused = ada_client.post("/dashboard/panic/settings", {**fields, f"scene_{laptop.pk}": "Pause"})
    assert refused.status_code == 422
    assert "Restore first, then change its settings." in refused.content.decode()
    assert SafeScene.objects.count() == 1


def test_the_page_reads_once_what_both_its_parts_show(ada_client, account, gaming_pc):
    SafeScene.objects.create(integration=gaming_pc, account=account, scene="BRB")

    with CaptureQueriesContext(connection) as queries:
        page = ada_client.get("/dashboard/panic").content.decode()

    assert page.count("BRB") == 2
    assert sum(f'FROM "{SafeScene._meta.db_table}"' in query["sql"] for query in queries) == 1
