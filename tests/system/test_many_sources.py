"""Two ingest processes share forty accounts with five sources each; one of them dies."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from tests.processes.process import wait_for
from tests.system.sources import PATIENCE, Sources

pytestmark = pytest.mark.trial

ACCOUNTS = 40
#: Seconds after which all sources run again.
TAKEOVER = 10


def test_the_other_takes_all_over_and_no_source_ever_runs_twice() -> None:
    with Sources(accounts=ACCOUNTS, ingest=2) as sources:
        most: Counter[tuple[str, str]] = Counter()
        stops = threading.Event()

        def watch() -> None:
            while not stops.wait(0.05):
                most.update({one: count for one, count in sources.listeners().items() if count > most[one]})

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        pids = {name: sources.lumio.processes[name].pid for name in ("ingest", "ingest2")}
        before = Counter(pid for _, _, pid in sources.held())

        sources.lumio.kill("ingest")
        killed_at = time.monotonic()
        wait_for(
            lambda: Counter(pid for _, _, pid in sources.held()) == {pids["ingest2"]: 5 * ACCOUNTS},
            seconds=PATIENCE,
            what="taking all over",
        )
        taken_over = time.monotonic() - killed_at
        sources.wait_until_listening()
        delivering = time.monotonic() - killed_at
        print(
            f"{before[pids['ingest']]} sources taken over in {taken_over:.1f} s, all deliver after {delivering:.1f} s"
        )
        stops.set()
        watching.join()

    assert before.keys() == set(pids.values()), "both had some"
    assert taken_over < TAKEOVER
    assert [one for one, count in most.items() if count > 1] == []
