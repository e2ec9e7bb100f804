"""Automations with real processes that race for runs, and die at the worst moment."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection as database

from automations.domain import runner
from automations.models import Run
from connections.domain import orders
from tests.automations import fire
from tests.automations.made import make_run
from tests.connections.speakers import channel, said
from tests.connections.stages import Stage, stage_of
from tests.fakes.streamerbot import StreamerBot
from tests.fakes.wire import environment
from tests.processes import manage
from tests.processes.cluster import Lumio
from tests.processes.fixtures import valkey  # noqa: F401

#: A worker that gives a step and its message all the time that a busy machine may take.
PATIENT = (
    "from automations.domain import runner; from connections.domain import orders; "
    "runner.STEP_LASTS = 60.0; orders.ANSWERED_WITHIN = 50.0"
)


@pytest.fixture
def twitch(settings):
    with stage_of("twitch", settings) as found:
        yield found


def two_messages(account) -> Run:
    """A run that says “a”, then “b”, in every chat that there is."""
    steps = [{"type": "chat", "config": {"text": text, "platforms": []}} for text in "ab"]
    return make_run(account=account, steps=steps)


def work(twitch: Stage, run: Run, **variables: str) -> subprocess.Popen[str]:
    """A worker at a run, in a process of its own."""
    here = {manage.DATABASE: str(database.settings_dict["NAME"]), **environment(twitch.stand_in.url), **variables}
    return manage.start("shell", "-c", f"{PATIENT}; runner.work({run.pk})", environment=here)


def ended(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=120)
    return process.returncode


def heard(twitch: Stage) -> list[str]:
    """In the last half a minute: the stand-in remembers no longer."""
    return [text for *_, text in said(twitch)]


def states(run: Run) -> list[str]:
    return list(run.steps.values_list("state", flat=True))


@pytest.mark.django_db(transaction=True)
def test_run_that_two_workers_are_told_of_is_done_once(twitch, account):
    channel(twitch, account)
    run = two_messages(account)

    assert [ended(one) for one in [work(twitch, run) for _ in range(2)]] == [0, 0]

    run.refresh_from_db()
    assert (run.state, states(run)) == ("done", ["done", "done"])
    assert heard(twitch) == ["a", "b"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("moment", "done"), [("run.begun", []), ("run.done", ["a"])])
def test_step_whose_worker_was_killed_is_never_begun_again(twitch, account, monkeypatch, moment, done):
    monkeypatch.setattr(runner, "STEP_LASTS", 60.0)
    monkeypatch.setattr(orders, "ANSWERED_WITHIN", 50.0)
    channel(twitch, account)
    run = two_messages(account)

    assert ended(work(twitch, run, LUMIO_CRASH_AT=moment)) == 137
    broken_off = (states(run), heard(twitch))
    with time_machine.travel(datetime.now(UTC) + runner.LEASE + timedelta(seconds=1)):
        runner.work(run.pk)

    run.refresh_from_db()
    assert broken_off == (["running", "waiting"], done)
    assert (run.state, states(run)) == ("failed", ["unknown", "done"])
    assert heard(twitch) == ["b"]


@pytest.mark.trial
def test_each_step_is_done_once_at_most_while_workers_are_killed(valkey):  # noqa: F811
    """A short run of tests/long/test_automations.py."""
    with (
        StreamerBot() as streamerbot,
        Lumio(redis_url=valkey.url, worker=2, environment=fire.ENVIRONMENT) as lumio,
    ):
        figures = fire.stand(lumio, streamerbot, fire.Fire(events=60, per_second=10, automations=4, deaths=2))

    assert figures["heard"] > 60, figures
