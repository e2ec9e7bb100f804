from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from lumio.up.watchdog import Watchdog
from tests.chaos.strikes import Blow, Strike, Victim, of, plan, striking
from tests.processes.process import Process, wait_for

VICTIMS = ["web", "ingest", "valkey"]


def test_the_same_seed_strikes_the_same():
    assert plan(1, VICTIMS, 60) == plan(1, VICTIMS, 60) != plan(2, VICTIMS, 60)


@pytest.mark.parametrize("seconds", [5, 300])
def test_everybody_is_struck_within_the_time_and_never_while_away(seconds: float):
    strikes = plan(3, VICTIMS, seconds)

    assert {strike.victim for strike in strikes} == set(VICTIMS)
    assert all(0 <= strike.at < seconds for strike in strikes)
    for victim in VICTIMS:
        own = of(victim, strikes)
        assert all(later.at >= earlier.at + earlier.away for earlier, later in pairwise(own))


def test_five_minutes_have_every_blow():
    assert {strike.blow for strike in plan(4, VICTIMS, 300)} == set(Blow)


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Victim]:
    watchdog = Watchdog()
    ticks = "import time\nwhile True:\n    print(1, flush=True)\n    time.sleep(0.01)"
    process = Process("clock", [sys.executable, "-c", ticks], environment={}, log=tmp_path / "log", watchdog=watchdog)
    process.start()
    yield Victim("clock", process)
    process.stop()
    watchdog.close()


@pytest.mark.parametrize("blow", [Blow.KILL, Blow.STOP])
def test_who_is_ended_is_another_process_afterwards(victim: Victim, blow: Blow):
    before = victim.process.pid

    victim.suffer(Strike(0, "clock", blow, 0.01))

    assert victim.process.is_running
    assert victim.process.pid != before
    assert (victim.suffered, victim.fell) == ({blow: 1}, 0)


def test_who_is_frozen_goes_on_afterwards(victim: Victim):
    before = victim.process.pid

    victim.suffer(Strike(0, "clock", Blow.FREEZE, 0.01))

    assert victim.process.is_running
    assert victim.process.pid == before
    ticked = len(victim.process.output())
    wait_for(lambda: len(victim.process.output()) > ticked, seconds=10, what="ticking on")


def test_strikes_come_in_their_time_and_who_falls_by_itself_is_started_again(victim: Victim):
    began = time.monotonic()
    with striking([victim], [Strike(0.3, "clock", Blow.KILL, 0.01), Strike(600, "clock", Blow.KILL, 0.01)]):
        wait_for(lambda: victim.suffered[Blow.KILL], seconds=10, what="the first strike")
        assert time.monotonic() - began >= 0.3
        wait_for(lambda: victim.process.is_running, seconds=10, what="coming back")
        victim.process.kill()
        wait_for(lambda: victim.fell == 1 and victim.process.is_running, seconds=10, what="being started again")

    assert victim.suffered == {Blow.KILL: 1}
