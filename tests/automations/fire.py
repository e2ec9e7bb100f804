"""Automations while events pour in and workers are killed: what Streamer.bot heard against what the history says."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.fakes.streamerbot import StreamerBot
from tests.processes.cluster import Lumio
from tests.processes.process import wait_for

ENVIRONMENT = {"LUMIO_ALLOW_PRIVATE_HOSTS": "1"}
#: Seconds: until a dead worker's run is given up, with the lease, two sweeps and what a busy machine adds.
SETTLED = 240


@dataclass(frozen=True)
class Fire:
    """So many events, so many a second, and so many deaths while they come."""

    events: int
    per_second: float
    automations: int
    deaths: int
    pause: float = 0.5


def stand(lumio: Lumio, tool: StreamerBot, fire: Fire) -> dict[str, Any]:
    """Have it all happen, and look at it afterwards. Raises AssertionError; figures for whoever reads along."""
    # Many deaths fall between what was done and the word that it was.
    tool.configure(action_delay=0.2)
    action = tool.add_action("Note")
    lumio.inside("tests.automations.stage.set_stage", tool.port, action, fire.automations, fire.pause)
    wait_for(lambda: tool.sockets(), seconds=60, what="connecting to Streamer.bot")
    workers = [name for name in lumio.processes if name.startswith("worker")]
    wait_for(lambda: lumio.inside("tests.automations.stage.workers") == len(workers), seconds=120, what="workers")
    with dying(lumio, workers, fire):
        stored = lumio.inside("tests.automations.stage.happen", fire.events, fire.per_second, fire.automations)
    wait_for(lambda: lumio.inside("tests.automations.stage.unfinished") == 0, seconds=SETTLED, what="all runs to end")

    told = lumio.inside("tests.automations.stage.told")
    heard = Counter((run["args"]["automation"], run["args"]["who"], run["args"]["step"]) for run in tool.runs())
    states = {(name, who, step): state for name, who, step, state in told["steps"]}
    figures = {"heard": sum(heard.values()), "runs": told["runs"], "steps": Counter(states.values())}
    assert stored == fire.events
    assert told["accounted"] == fire.events, "each event was run for once, or told as left out"
    assert len(states) == len(told["steps"]) == 2 * sum(told["runs"].values())
    assert set(heard.values()) <= {1}, "each step at most once"
    assert {key for key, state in states.items() if state == "done"} <= heard.keys()
    assert {states[key] for key in heard} <= {"done", "unknown"}, "what was done is told, or that nobody can tell"
    assert set(states.values()) <= {"done", "unknown", "left_out", "failed"}
    assert set(told["runs"]) <= {"done", "failed", "abandoned"}
    return figures


@contextmanager
def dying(lumio: Lumio, workers: list[str], fire: Fire) -> Iterator[None]:
    """Meanwhile workers are killed at random moments, wherever they are, and others take their places."""
    over = threading.Event()
    length = fire.events / fire.per_second

    def kill() -> None:
        for _ in range(fire.deaths):
            over.wait(random.uniform(0.5, 1.5) * length / (fire.deaths + 1))
            name = random.choice(workers)
            lumio.kill(name)
            time.sleep(0.2)
            lumio.restart(name)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
