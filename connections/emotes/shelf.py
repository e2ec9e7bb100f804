"""What others tell of emotes, badges and cheermotes, at hand in this process and fetched beside whoever asks.

Three places: this process's memory, the cache that all processes share, and whoever knows. Nobody waits for the last
two. What was fetched once is kept until something newer is there: a provider that fails takes no emotes away.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from django.core.cache import cache
from django.db import connections

from lumio.lib.backoff import back_off
from lumio.lib.errors import Refusal

log = logging.getLogger(__name__)

#: Changes with the shape of what is stored.
PREFIX = "emotes:1"
THREADS = 2
#: Names in memory; the shared cache has the others.
MOST_KEPT = 4_000
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    #: Whoever knows is asked this often, by one process for all.
    fresh: float = 600.0
    #: The shared cache is asked this often, for what others have fetched or somebody wants anew.
    look: float = 15.0
    #: The last good answer is kept this long.
    keep: float = 30 * 24 * 3600.0
    #: While one process asks, the others wait; a dead one is waited for this long.
    turn: float = 60.0
    backoff_first: float = 10.0
    backoff_longest: float = 600.0


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be known: `name` for all processes, `asked` for whoever may be down, `fetch` asks them.

    `fetch` runs in a thread, may use the database, and raises a Refusal where there is no answer now.
    """

    name: str
    asked: str
    fetch: Callable[[], Any]


@dataclass(slots=True)
class Kept:
    """`value` None: not known yet. `due` is when to look again, `fetched_at` a Unix time."""

    value: Any = None
    fetched_at: float = 0.0
    due: float = 0.0


@dataclass(slots=True)
class Outage:
    """Somebody who does not answer, and until when nobody is sent there again."""

    pauses: Iterator[float]
    until: float = 0.0


@dataclass
class Shelf:
    timing: Timing = field(default_factory=Timing)
    _kept: dict[str, Kept] = field(default_factory=dict)
    _outages: dict[str, Outage] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: SimpleQueue[tuple[Question, Kept]] = field(default_factory=SimpleQueue)
    _threads: list[threading.Thread] = field(default_factory=list)

    def get(self, question: Question) -> Any:
        """What is known now, or None; if it is time, something newer is looked for beside this."""
        kept = self._kept.get(question.name)
        if kept is None or time.monotonic() >= kept.due:
            kept = self._send(question)
        return kept.value

    def _send(self, question: Question) -> Kept:
        """Have somebody look, once."""
        with self._lock:
            kept = self._kept.get(question.name)
            if kept is None:
                kept = self._kept[question.name] = Kept()
                if len(self._kept) > MOST_KEPT:
                    del self._kept[next(iter(self._kept))]
            if time.monotonic() >= kept.due:
                kept.due = NEVER
                self._waiting.put((question, kept))
                if len(self._threads) < THREADS:
                    # A daemon: whoever stops does not wait for a provider that hangs.
                    self._threads.append(threading.Thread(target=self._work, name="emotes", daemon=True))
                    self._threads[-1].start()
            return kept

    # In a thread

    def _work(self) -> None:
        while True:
            self._look(*self._waiting.get())

    def _look(self, question: Question, kept: Kept) -> None:
        pause = self.timing.look
        try:
            self._take(question, kept)
            if not cache.get(_key("fresh", question.name)):
                pause = self._fetch(question, kept)
        except Exception:
            log.exception("Looking for %s failed", question.name)
        finally:
            connections.close_all()
            kept.due = time.monotonic() + pause

    def _take(self, question: Question, kept: Kept) -> None:
        """What another process has fetched, if it is newer than ours."""
        fetched_at = cache.get(_key("at", question.name), 0.0)
        if fetched_at > kept.fetched_at:
            value = cache.get(_key("value", question.name))
            if value is not None:
                kept.value, kept.fetched_at = value, fetched_at

    def _fetch(self, question: Question, kept: Kept) -> float:
        """Ask whoever knows, unless they are down or another process is asking; seconds until the next look."""
        outage = self._outages.get(question.asked)
        if outage and time.monotonic() < outage.until:
            return outage.until - time.monotonic()
        if not cache.add(_key("turn", question.name), 1, self.timing.turn):
            return self.timing.look
        try:
            value = question.fetch()
        except Refusal as refusal:
            return self._note_outage(question.asked, refusal)
        finally:
            cache.delete(_key("turn", question.name))
        if self._outages.pop(question.asked, None):
            log.info("%s tells of emotes and badges again", question.asked)
        kept.value, kept.fetched_at = value, time.time()
        cache.set(_key("value", question.name), value, self.timing.keep)
        cache.set(_key("at", question.name), kept.fetched_at, self.timing.keep)
        cache.set(_key("fresh", question.name), 1, self.timing.fresh)
        return self.timing.look

    def _note_outage(self, asked: str, refusal: Refusal) -> float:
        """Seconds until somebody is sent there again."""
        outage = self._outages.get(asked)
        if outage is None:
            log.info("%s does not tell of emotes and badges now: %s", asked, refusal.code)
            pauses = back_off(self.timing.backoff_first, self.timing.backoff_longest)
            outage = self._outages[asked] = Outage(pauses)
        pause = max(next(outage.pauses), refusal.retry_after or 0)
        outage.until = time.monotonic() + pause
        return pause


def ask_again(*names: str) -> None:
    """Have every process look for something newer within `Timing.look` seconds, if it is used there."""
    for name in names:
        cache.delete(_key("fresh", name))


def _key(kind: str, name: str) -> str:
    return f"{PREFIX}:{kind}:{name}"


#: The one of this process.
shelf = Shelf()
