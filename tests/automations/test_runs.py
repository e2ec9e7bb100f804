"""Looking back at runs, forgetting them, and taking them along."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.domain import deletion, export
from accounts.models import Account
from automations import tasks
from automations.domain import nudges, runs
from automations.enums import RunState
from automations.models import Automation, Run, RunStep, Step
from lumio import apps
from lumio.celery import app
from lumio.lib import batches
from tests import factories
from tests.automations.made import make_automation, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr(batches, "PAUSE", 0.0)


def test_newest_run_of_each_automation_in_one_query(ada_actor, account, django_assert_num_queries):
    rows = [make_automation(account=account) for _ in range(3)]
    for row in rows[:2]:
        make_run(account=account, automation=row)
    newest = make_run(account=account, automation=rows[0])

    with django_assert_num_queries(1):
        found = runs.latest(ada_actor)

    assert {key: run.pk for key, run in found.items()} == {
        rows[0].pk: newest.pk,
        rows[1].pk: Run.objects.get(automation=rows[1]).pk,
    }


def test_history_of_the_account_keeps_what_a_removed_automation_did(ada_actor, account):
    row = make_automation(account=account)
    run = make_run(account=account, automation=row)
    row.delete()

    assert [one.pk for one in runs.page(ada_actor, 10).rows] == [run.pk]


def test_runs_are_forgotten_after_a_month_once_they_ended(account):
    old = timezone.now() - timedelta(days=30, seconds=1)
    fields = {"account": account, "state": RunState.DONE}
    make_run(**fields, created_at=old)
    kept = [
        make_run(**fields, created_at=old + timedelta(minutes=1)),
        make_run(account=account, created_at=old, state=RunState.WAITING),
    ]

    assert tasks.forget_runs() == 1

    assert list(Run.objects.order_by("pk")) == kept
    assert RunStep.objects.count() == 2


def test_so_many_are_kept_of_each_automation(account, monkeypatch):
    monkeypatch.setattr(runs, "KEPT_RUNS", 2)
    first, second = make_automation(account=account), make_automation(account=account)
    made = [make_run(account=account, automation=first, state=RunState.DONE) for _ in range(4)]
    other = make_run(account=account, automation=second, state=RunState.DONE)
    by_nobody = [make_run(account=account, state=RunState.DONE) for _ in range(3)]

    assert runs.forget() == 2

    assert list(Run.objects.order_by("pk")) == [*made[2:], other, *by_nobody]


def test_export_has_it_all(account):
    row = make_automation(account=account, name="Raids")
    make_run(account=account, automation=row)
    make_automation(account=factories.make_account())

    found = {file.name: b"".join(file.pieces(account)) for file in export._files if file.name.startswith("automation")}

    assert [one["name"] for one in json.loads(found["automations.json"])] == ["Raids"]
    assert [one["type"] for one in json.loads(found["automation_steps.json"])] == ["chat"]
    assert [json.loads(line)["state"] for line in found["automation_runs.jsonl"].splitlines()] == ["waiting"]
    assert [json.loads(line)["position"] for line in found["automation_run_steps.jsonl"].splitlines()] == [0]


def test_nothing_is_left_of_an_account_that_was_closed(account, ada_actor, monkeypatch):
    monkeypatch.setattr(deletion, "PAUSE", 0.0)
    row = make_automation(account=account)
    make_run(account=account, automation=row)
    deletion.close(actor=ada_actor, confirm_name=account.name)
    Account.objects.filter(pk=account.pk).update(closed_at=timezone.now() - deletion.NOTICED)

    deletion.finish()

    assert [model.objects.count() for model in (Automation, Step, Run, RunStep)] == [0, 0, 0, 0]


class TestNudges:
    def test_are_sent_one_after_the_other_and_one_that_fails_stops_none(self, monkeypatch):
        sent: list[tuple[int, float]] = []
        nudges._start()

        def send(run_id: int, after: float) -> None:
            sent.append((run_id, after))
            if run_id == 1:
                raise OSError

        monkeypatch.setattr(nudges, "_send", send)

        nudges.send([1, 2], 0.5)
        nudges._waiting.join()

        assert sent == [(1, 0.5), (2, 0.5)]

    def test_nobody_waits_while_valkey_does_not_answer(self, monkeypatch):
        monkeypatch.setattr(nudges, "_start", lambda: None)
        monkeypatch.setattr(nudges, "_waiting", nudges.queue.Queue(2))
        monkeypatch.setattr(nudges, "_send", lambda run_id, after: None)

        nudges.send(range(5))

        assert [nudges._waiting.get_nowait() for _ in range(2)] == [(0, 0.0), (1, 0.0)]
        assert nudges._waiting.empty()

    def test_reach_a_worker_as_a_task_that_there_is(self, monkeypatch):
        sent: list[tuple[str, list[int], dict[str, object]]] = []
        monkeypatch.setattr(app, "send_task", lambda name, args, **options: sent.append((name, args, options)))

        apps._have_run(7, 3.0)

        assert sent == [(tasks.work.name, [7], {"countdown": 3.0, "expires": 63.0, "retry": False})]
