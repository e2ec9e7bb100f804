"""What befalls whom, and when: drawn from a seed before the run, so that a run can be had again."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from tests.chaos.beside import beside
from tests.processes.process import Process


class Blow(StrEnum):
    KILL = "killed"
    """`kill -9`, and a new one after a while."""
    STOP = "told to stop"
    """As at every deployment, and a new one after a while."""
    FREEZE = "frozen"
    """Stopped in the middle of whatever it does, and woken after a while."""


#: Seconds that a process lives between two blows, at most; half of that on average.
CALM = 40.0
#: Seconds until it is started again or woken, at most. A lease of a source lasts five.
AWAY = {Blow.KILL: 4.0, Blow.STOP: 2.0, Blow.FREEZE: 8.0}
#: How often each befalls somebody, compared with the others.
WEIGHTS = {Blow.KILL: 3, Blow.STOP: 1, Blow.FREEZE: 1}
#: Seconds that one who is told to stop may take.
FAREWELL = 15.0
LOOK = 0.25


@dataclass(frozen=True)
class Strike:
    """At `at` seconds after the beginning; `away` seconds later the victim is back."""

    at: float
    victim: str
    blow: Blow
    away: float


def plan(seed: int, victims: Sequence[str], seconds: float) -> list[Strike]:
    """The strikes of a run, in order of time. Each victim is struck at least once, and never while it is away."""
    rng = random.Random(seed)
    calm = min(CALM, seconds)
    strikes = []
    for victim in victims:
        at = rng.uniform(0, calm)
        while at < seconds:
            [blow] = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
            away = min(rng.uniform(0.1, AWAY[blow]), seconds / 4)
            strikes.append(Strike(at, victim, blow, away))
            at += away + rng.uniform(1, calm)
    return sorted(strikes, key=lambda strike: strike.at)


@dataclass
class Victim:
    """A process that is struck, and looked after as a supervisor would: one that ended by itself is started again."""

    name: str
    process: Process
    stops_at: int = signal.SIGTERM
    suffered: Counter[Blow] = field(default_factory=Counter)
    fell: int = 0
    """How often it ended although nobody had struck it: a process that starts while the database is away may."""

    def suffer(self, strike: Strike) -> None:
        """Be struck, be away, and come back."""
        match strike.blow:
            case Blow.KILL:
                self.process.kill()
            case Blow.STOP:
                self.process.signal(self.stops_at)
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(FAREWELL)
                self.process.kill()
            case Blow.FREEZE:
                self.process.pause()
        time.sleep(strike.away)
        self.process.resume()
        self.revive()
        self.suffered[strike.blow] += 1

    def revive(self) -> bool:
        """Start it if it does not run. Whether it did not."""
        if self.process.is_running:
            return False
        self.process.start()
        return True

    def live(self, strikes: Sequence[Strike], began: float, ends: threading.Event) -> None:
        """Suffer each of these at its time, and be looked after in between, until `ends` is set."""
        for strike in strikes:
            self._be_until(began + strike.at, ends)
            if ends.is_set():
                return
            self.suffer(strike)
        self._be_until(float("inf"), ends)

    def _be_until(self, moment: float, ends: threading.Event) -> None:
        while (left := moment - time.monotonic()) > 0 and not ends.wait(min(LOOK, left)):
            self.fell += self.revive()


@contextmanager
def striking(victims: Sequence[Victim], strikes: Sequence[Strike]) -> Iterator[None]:
    """Meanwhile these happen, and whoever ends is started again. Strikes that are left over at the end do not."""
    began, ends = time.monotonic(), threading.Event()
    threads = [
        threading.Thread(
            target=victim.live, args=(of(victim.name, strikes), began, ends), name=f"fate of {victim.name}"
        )
        for victim in victims
    ]
    with beside(threads, ends):
        yield


def of(victim: str, strikes: Sequence[Strike]) -> list[Strike]:
    return [strike for strike in strikes if strike.victim == victim]
