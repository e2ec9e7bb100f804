"""Working through runs: each step once at most, whatever dies, and one that fails stops no other."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from automations.domain import nudges, runner
from automations.domain.carry_out import Outcome
from automations.domain.failures import BrokenOff, IntegrationGone, TookTooLong, TooLate, WentWrong, problem
from automations.enums import RunState, StepState
from automations.models import Run, RunStep
from integrations.tools.failures import OutcomeUnknown
from tests.automations.made import make_run, wait

#: Steps are carried out in threads of their own.
pytestmark = pytest.mark.django_db(transaction=True)


def say(text: str) -> dict[str, Any]:
    return {"type": "chat", "config": {"text": text, "platforms": []}}


class Hands:
    """In the place of `carry_out`: remembers what it was asked for. `answers` has by text what it raises, or calls."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.answers: dict[str, Any] = {}

    def __call__(self, run: Run, step: RunStep) -> Outcome:
        text = step.config["text"]
        self.done.append(text)
        answer = self.answers.get(text)
        if isinstance(answer, Exception):
            raise answer
        return answer() if answer else Outcome({"said": text})


@pytest.fixture(autouse=True)
def hands(monkeypatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(runner, "carry_out", made)
    return made


@pytest.fixture(autouse=True)
def told(monkeypatch) -> list[tuple[list[int], float]]:
    found: list[tuple[list[int], float]] = []
    monkeypatch.setattr(nudges, "send", lambda run_ids, after=0.0: found.append((list(run_ids), after)))
    return found


def states(run: Run) -> list[str]:
    return list(run.steps.values_list("state", flat=True))


def state(run: Run) -> str:
    return Run.objects.get(pk=run.pk).state


def wait_for(condition) -> None:
    """For what another thread does."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def leave(run: Run, *, begun: int | None, for_seconds: float = 31) -> None:
    """As a worker leaves it that died so long ago, in the middle of step `begun`."""
    now = timezone.now()
    left = now - timedelta(seconds=for_seconds)
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, owner="gone", leased_until=left + runner.LEASE)
    if begun is not None:
        run.steps.filter(position__lt=begun).update(state=StepState.DONE)
        run.steps.filter(position=begun).update(state=StepState.RUNNING, started_at=left)


# --- one worker


def test_steps_are_done_in_order_with_what_came_of_them(account, hands):
    run = make_run(account=account, steps=[say("a"), say("b")])

    runner.work(run.pk)

    assert hands.done == ["a", "b"]
    assert (state(run), states(run)) == ("done", ["done", "done"])
    first = run.steps.first()
    assert (first.outcome, first.failure_code) == ({"said": "a"}, "")
    assert first.started_at <= first.ended_at
    run.refresh_from_db()
    assert (run.owner, run.leased_until, run.ended_at is not None) == ("", None, True)


def test_step_that_fails_stops_no_other(account, hands):
    run = make_run(account=account, steps=[say("a"), say("b"), say("c")])
    hands.answers = {"a": IntegrationGone(tool="OBS Studio"), "b": ZeroDivisionError()}

    runner.work(run.pk)

    assert hands.done == ["a", "b", "c"]
    assert (state(run), states(run)) == ("failed", ["failed", "failed", "done"])
    gone, wrong, _ = run.steps.all()
    assert (gone.failure_code, gone.failure_params) == ("integration_gone", {"tool": "OBS Studio"})
    assert problem(gone).text.startswith("The OBS Studio that this step used was removed")
    assert wrong.failure_code == WentWrong.code


def test_step_that_was_done_in_part_says_both(account, hands):
    run = make_run(account=account, steps=[say("a")])
    hands.answers = {"a": lambda: Outcome({"sent": ["Twitch"]}, IntegrationGone(tool="x"))}

    runner.work(run.pk)

    step = run.steps.get()
    assert (step.state, step.outcome, step.failure_code) == ("failed", {"sent": ["Twitch"]}, "integration_gone")


def test_step_of_which_nobody_can_tell_is_said_to_be_one(account, hands):
    run = make_run(account=account, steps=[say("a")])
    hands.answers = {"a": OutcomeUnknown(tool="OBS")}

    runner.work(run.pk)

    assert (state(run), states(run)) == ("failed", ["unknown"])


def test_step_has_so_long_and_the_next_is_done(account, hands, monkeypatch):
    monkeypatch.setattr(runner, "STEP_LASTS", 0.1)
    run = make_run(account=account, steps=[say("a"), say("b")])
    hold = threading.Event()
    hands.answers = {"a": lambda: (hold.wait(10), Outcome())[1]}

    runner.work(run.pk)
    hold.set()

    assert states(run) == ["unknown", "done"]
    assert run.steps.first().failure_code == TookTooLong.code


def test_run_that_ended_is_not_run_again(account, hands):
    run = make_run(account=account, steps=[say("a")])

    runner.work(run.pk)
    runner.work(run.pk)

    assert hands.done == ["a"]


def test_run_without_steps_is_done(account):
    run = make_run(account=account, steps=[])

    runner.work(run.pk)

    assert state(run) == "done"


# --- waiting


def test_moment_is_waited_for_on_the_spot(account, hands, told):
    run = make_run(account=account, steps=[say("a"), wait(0.5), say("b")])

    runner.work(run.pk)

    assert (hands.done, state(run), told) == (["a", "b"], "done", [])
    waited = run.steps.get(position=1)
    assert timedelta(seconds=0.5) <= waited.ended_at - waited.started_at < timedelta(seconds=2)


def test_longer_wait_keeps_no_worker_and_goes_on_when_it_is_over(account, hands, told):
    with time_machine.travel(datetime(2026, 5, 1, 12, tzinfo=UTC), tick=False) as clock:
        run = make_run(account=account, steps=[say("a"), wait(300), say("b")])
        runner.work(run.pk)
        waiting = (hands.done[:], state(run), states(run), Run.objects.get().owner)
        clock.shift(timedelta(seconds=299))
        runner.work(run.pk)
        too_early = hands.done[:]
        clock.shift(timedelta(seconds=1))
        runner.work(run.pk)

    assert waiting == (["a"], "waiting", ["done", "running", "waiting"], "")
    assert told == [([run.pk], 300.0)]
    assert too_early == ["a"]
    assert (hands.done, state(run), states(run)) == (["a", "b"], "done", ["done", "done", "done"])


# --- several workers, and workers that die


def test_of_two_workers_one_has_it(account, hands):
    run = make_run(account=account, steps=[say("a")])
    begun, hold = threading.Event(), threading.Event()
    hands.answers = {"a": lambda: (begun.set(), hold.wait(10), Outcome())[2]}
    runner.begin(run.pk)
    assert begun.wait(10)

    runner.work(run.pk)
    hold.set()
    wait_for(lambda: state(run) == "done")

    assert hands.done == ["a"]


@pytest.mark.parametrize("begun", [0, 1])
def test_step_of_a_worker_that_died_is_never_done_again_and_the_rest_is(account, hands, begun):
    run = make_run(account=account, steps=[say("a"), say("b"), say("c")])
    leave(run, begun=begun)

    runner.work(run.pk)

    assert hands.done == ["a", "b", "c"][begun + 1 :]
    assert states(run) == ["done"] * begun + ["unknown"] + ["done"] * (2 - begun)
    assert state(run) == "failed"
    broken = run.steps.get(position=begun)
    assert (broken.failure_code, problem(broken).code) == (BrokenOff.code, BrokenOff.code)


def test_worker_that_died_between_two_steps_leaves_none_in_doubt(account, hands):
    run = make_run(account=account, steps=[say("a"), say("b")])
    run.steps.filter(position=0).update(state=StepState.DONE)
    leave(run, begun=None)

    runner.work(run.pk)

    assert (hands.done, state(run)) == (["b"], "done")


def test_lease_of_somebody_alive_is_respected(account, hands):
    run = make_run(account=account, steps=[say("a"), say("b")])
    leave(run, begun=0, for_seconds=29)

    runner.work(run.pk)

    assert (hands.done, states(run)) == ([], ["running", "waiting"])


def test_run_that_came_to_a_stop_long_ago_is_broken_off(account, hands):
    run = make_run(account=account, steps=[say("a"), say("b")])
    leave(run, begun=0)
    Run.objects.update(created_at=timezone.now() - timedelta(seconds=121))

    runner.work(run.pk)

    assert hands.done == []
    assert (state(run), states(run)) == ("abandoned", ["unknown", "left_out"])
    assert run.steps.last().failure_code == TooLate.code


def test_run_that_nobody_took_for_long_is_not_begun(account, hands):
    run = make_run(account=account, steps=[say("a")], created_at=timezone.now() - timedelta(minutes=3))

    runner.work(run.pk)

    assert (hands.done, state(run), states(run)) == ([], "abandoned", ["left_out"])


def test_own_waits_do_not_make_a_run_old(account, hands):
    run = make_run(account=account, steps=[say("a"), wait(300), say("b")])
    run.steps.filter(position__lt=2).update(state=StepState.DONE)
    Run.objects.update(created_at=timezone.now() - timedelta(seconds=400))

    runner.work(run.pk)

    assert (hands.done, state(run)) == (["b"], "done")


def test_worker_that_was_held_up_does_nothing_more_once_somebody_else_has_the_run(account, hands):
    run = make_run(account=account, steps=[say("a"), say("b")])

    def held_up() -> Outcome:
        Run.objects.filter(pk=run.pk).update(owner="other", leased_until=timezone.now() + runner.LEASE)
        RunStep.objects.filter(run=run, position=0).update(state=StepState.UNKNOWN, failure_code=BrokenOff.code)
        return Outcome({"said": "a"})

    hands.answers = {"a": held_up}

    runner.work(run.pk)

    assert hands.done == ["a"]
    assert states(run) == ["done", "waiting"]
    assert (state(run), Run.objects.get().owner) == ("running", "other")


def test_worker_that_is_to_end_leaves_the_rest_to_the_next(account, hands, monkeypatch):
    run = make_run(account=account, steps=[say("a"), say("b")])
    stopping = threading.Event()
    monkeypatch.setattr(runner, "stopping", stopping)
    hands.answers = {"a": lambda: (stopping.set(), Outcome())[1]}

    runner.work(run.pk)
    left = (state(run), states(run), Run.objects.get().leased_until)
    runner.work(run.pk)
    stopping.clear()
    runner.work(run.pk)

    assert left == ("waiting", ["done", "waiting"], None)
    assert (hands.done, state(run)) == (["a", "b"], "done")


def test_account_that_was_closed_does_nothing_more(account, hands):
    run = make_run(account=account, steps=[say("a")])
    account.closed_at = timezone.now()
    account.save()

    runner.work(run.pk)

    assert (hands.done, state(run)) == ([], "abandoned")


def test_sweep_begins_with_what_is_due_and_with_nothing_else(account, monkeypatch):
    begun: list[int] = []
    monkeypatch.setattr(runner, "begin", begun.append)
    now = timezone.now()
    late = make_run(account=account, due_at=now - timedelta(seconds=1))
    broken = make_run(account=account, due_at=now - timedelta(seconds=2))
    leave(broken, begun=0)
    leave(make_run(account=account), begun=0, for_seconds=1)
    make_run(account=account, due_at=now + timedelta(seconds=60))
    make_run(account=account, state=RunState.DONE)

    number = runner.sweep()

    assert (number, begun) == (2, [broken.pk, late.pk])


def test_account_has_so_many_at_once_and_the_next_is_begun_when_one_ends(account, hands, monkeypatch):
    monkeypatch.setattr(runner, "MOST_AT_ONCE", 1)
    begun: list[int] = []
    monkeypatch.setattr(runner, "begin", begun.append)
    first, second = (make_run(account=account, steps=[say(text)]) for text in "ab")
    hands.answers = {"a": lambda: (runner.work(second.pk), Outcome())[1]}

    runner.work(first.pk)

    assert hands.done == ["a"]
    assert (state(first), state(second), begun) == ("done", "waiting", [second.pk])


def test_flood_of_one_account_keeps_nobody_else_waiting(account, hands, cleo_actor, monkeypatch):
    monkeypatch.setattr(runner, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(runner, "SWEPT", 1)
    begun: list[int] = []
    monkeypatch.setattr(runner, "begin", begun.append)
    leave(make_run(account=account), begun=0, for_seconds=1)
    for _ in range(3):
        make_run(account=account)
    other = make_run(account=cleo_actor.account, steps=[say("b")])

    number = runner.sweep()
    runner.work(other.pk)

    assert (number, begun, hands.done) == (1, [other.pk], ["b"])
