"""What happens at the platforms all the while, and what is known of it there."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from lumio.celery import broker_url
from tests.chaos.beside import beside
from tests.system.sources import FAN, Sources

#: Things that happen each second at one source, and tips, each of which is an alert of a second.
RATE, TIPS = 3.0, 0.3
#: Seconds between two sweeps that somebody asks for; beat does once a minute.
SWEEP_EVERY = 2.0


@dataclass
class Upstream:
    """One account's source: `happen` makes the next thing happen there, `happened` has who did something and when."""

    account: str
    source: str
    repeats: bool
    acts: Iterator[Callable[[str], Any]]
    rate: float
    numbers: Iterator[int]
    happened: dict[str, float] = field(default_factory=dict)

    def happen(self) -> str:
        who = f"{FAN}{next(self.numbers)}"
        self.happened[who] = time.time()
        next(self.acts)(who)
        return who

    def go_on(self, ends: threading.Event) -> None:
        """Something happens at its rate until `ends` is set."""
        began = time.monotonic()
        for count in itertools.count():
            if ends.wait(began + count / self.rate - time.monotonic()):
                return
            self.happen()


def upstreams(sources: Sources) -> list[Upstream]:
    """Every source of every account; at YouTube one broadcast runs, that of the first."""
    numbers = itertools.count(1)
    made = []
    for account in sources.accounts:
        channel, tips = account["login"], account["tips"]
        acts: dict[str, list[Callable[[str], Any]]] = {
            "twitch": [
                lambda who, to=channel: sources.twitch.follow(who, channel=to),
                lambda who, to=channel: sources.twitch.chat(who, "hello", channel=to),
            ],
            "kick": [
                lambda who, to=channel: sources.kick.follow(who, channel=to),
                lambda who, to=channel: sources.kick.chat(who, "hello", channel=to),
            ],
            "trovo": [lambda who, to=channel: sources.trovo.chat(who, "hello", channel=to)],
            "streamelements": [lambda who, to=tips: sources.streamelements.tip(who, 4.2, "EUR", channel=to)],
        }
        if account is sources.ada:
            acts["youtube"] = [lambda who: sources.youtube.chat(who, "hello")]
        made += [
            Upstream(
                account=account["account"],
                source=name,
                repeats=not sources.all[name].misses,
                acts=itertools.cycle(these),
                rate=TIPS if name == "streamelements" else RATE,
                numbers=numbers,
            )
            for name, these in acts.items()
        ]
    return made


@contextmanager
def going_on(streams: list[Upstream]) -> Iterator[None]:
    """Things happen at all of these."""
    ends = threading.Event()
    threads = [threading.Thread(target=one.go_on, args=(ends,), name=one.source, daemon=True) for one in streams]
    with beside(threads, ends):
        yield


@contextmanager
def sweeping(redis_url: str) -> Iterator[None]:
    """Workers are asked to refresh what is due, more often than beat does."""
    ends = threading.Event()
    beat = Celery(broker=broker_url(redis_url), set_as_current=False)

    def ask() -> None:
        while not ends.wait(SWEEP_EVERY):
            try:
                beat.send_task("connections.tasks.refresh_due", retry=False)
            except (OperationalError, RedisError, OSError):
                continue  # Valkey is away

    with beside([threading.Thread(target=ask, name="sweeps", daemon=True)], ends):
        yield
