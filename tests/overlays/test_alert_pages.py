from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.types import Person
from overlays.alert_forms import SettingsForm
from overlays.domain import queue
from overlays.models import Alert, AlertQueue
from tests.factories import make_member, make_overlay, make_user
from tests.overlays.alerts import FIRST, NOON, after, happen, make_box, state_of
from tests.pages import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def overlay(account):
    overlay = make_overlay(account=account)
    make_box(overlay)
    return overlay


def post(client, account, path: str, **data):
    return client.post(f"/dashboard/alerts{path}", {"account": account.pk, **data})


def test_what_plays_what_waits_and_what_was(ada_client, account, overlay):
    for name in ("Grace", "Hedy", "Ida"):
        happen(account, actor=Person(id=name, name=name))
    queue.done(queue.offer(overlay, FIRST, NOON)["play"], FIRST, after(4))
    queue.offer(overlay, FIRST, after(5))

    page = ada_client.get("/dashboard/alerts").content.decode()

    places = [page.index(text) for text in (">Now<", "Hedy", ">Up next<", "Ida", ">Earlier<", "Grace", "played")]
    assert places == sorted(places)


def test_it_is_redrawn_only_if_it_changed(ada_client, account, overlay):
    happen(account)
    version = AlertQueue.objects.get().version

    unchanged = ada_client.get(f"/dashboard/alerts?seen={version}", headers={"HX-Request": "true"})
    changed = ada_client.get(f"/dashboard/alerts?seen={version - 1}", headers={"HX-Request": "true"})

    assert (unchanged.status_code, unchanged.content) == (204, b"")
    assert changed.content.decode().lstrip().startswith('<div class="stack" id="alerts-queue"')


def test_the_queue_is_held_and_let_go(ben_client, account):
    post(ben_client, account, "/switch", paused="1")
    post(ben_client, account, "/switch", muted="1")
    assert AlertQueue.objects.values_list("paused", "muted").get() == (True, True)

    post(ben_client, account, "/switch", paused="0")
    assert AlertQueue.objects.values_list("paused", "muted").get() == (False, True)


def test_alerts_are_skipped_and_played_again(ben_client, account, overlay):
    alert = happen(account)

    assert said(post(ben_client, account, f"/{alert.pk}/skip")) == ["The alert was skipped."]
    assert state_of(alert) == "skipped"
    assert said(post(ben_client, account, f"/{alert.pk}/skip"))[-1].startswith("This alert is over already.")
    assert said(post(ben_client, account, f"/{alert.pk}/replay"))[-1] == "The alert plays next."
    assert Alert.objects.get(replay_of=alert).state == "waiting"


def test_clearing_asks_first(ben_client, account, overlay):
    alerts = [happen(account), happen(account)]

    assert ben_client.get("/dashboard/alerts/clear").status_code == 200
    assert {state_of(alert) for alert in alerts} == {"waiting"}
    assert said(post(ben_client, account, "/clear")) == ["2 alerts were taken out of the queue."]
    assert {state_of(alert) for alert in alerts} == {"cleared"}


def filled(**values):
    """The form of settings as it comes, with these changed."""
    form = SettingsForm(row=AlertQueue())
    return {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()} | values


def test_settings_are_saved(ada_client, account):
    answer = post(ada_client, account, "/settings", **filled(on_return="newest", guard_most=3, priority_follow=9))

    assert said(answer) == ["Alerts are played like this from now on."]
    row = AlertQueue.objects.get()
    assert (row.on_return, row.guard_most, row.guard_seconds, row.priorities) == ("newest", 3, 30, {"follow": 9})


def test_settings_that_make_no_sense_are_said_beside_their_field(ada_client, account):
    answer = post(ada_client, account, "/settings", **filled(priority_follow=10))

    assert answer.status_code == 422
    assert "Ensure this value is less than or equal to 9." in answer.content.decode()
    assert not AlertQueue.objects.exists()


def test_whoever_only_looks_has_no_buttons(client, account, overlay):
    looker = make_user()
    make_member(account=account, user=looker, permissions={"events:read"})
    client.force_login(looker)
    alert = happen(account)

    page = client.get("/dashboard/alerts").content.decode()

    assert "Grace" in page
    assert "/dashboard/alerts/" not in page
    assert post(client, account, f"/{alert.pk}/skip").status_code == 403
    assert state_of(alert) == "waiting"


def test_queries_do_not_grow_with_the_alerts(ada_client, account, overlay):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            ada_client.get("/dashboard/alerts")
        return len(found)

    happen(account)
    queries()  # the first one settles the session
    few = queries()
    for _ in range(5):
        happen(account)

    assert queries() == few
